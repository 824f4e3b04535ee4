"""pytest plugin: `*.scenario.yaml` files are tests, and `voicecall_world` is a world to test in.

Nothing heavy is imported before a scenario file is met or the fixture is used. A file counts as a scenario only if it
says `voicecall:` itself: other people's YAML is never touched.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pytest

if TYPE_CHECKING:
    from voicecall_sim.runner.events import Outcome
    from voicecall_sim.scenario.plan import Plan

SUFFIX: Final = ".scenario.yaml"
OURS: Final = re.compile(r"^voicecall\s*:", re.MULTILINE)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Which carriers, and which seed."""
    group = parser.getgroup("voicecall", "telephone calls")
    group.addoption(
        "--voicecall-carrier",
        action="append",
        default=[],
        metavar="CARRIER",
        help="run scenarios on this carrier only; repeatable",
    )
    group.addoption(
        "--voicecall-seed", type=int, metavar="SEED", help="go before the seeds that scenarios set themselves"
    )


def pytest_configure(config: pytest.Config) -> None:
    """Refuse carriers that are not there."""
    wanted = config.getoption("--voicecall-carrier")
    if wanted:
        from voicecall_sim.carriers import CARRIERS

        for name in wanted:
            if name not in CARRIERS:
                raise pytest.UsageError(f"there is no carrier {name!r}; known: {', '.join(CARRIERS)}")


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """Scenario files are collected."""
    return ScenarioFile.from_parent(parent, path=file_path) if is_scenario(file_path) else None


def is_scenario(path: Path) -> bool:
    """Whether a file is a scenario of ours; what merely has the suffix is not."""
    if not path.name.endswith(SUFFIX):
        return False
    return OURS.search(path.read_bytes().decode("utf-8", "replace")) is not None


class ScenarioFile(pytest.File):
    """A scenario file: one item for each carrier and cell of its matrix."""

    def collect(self) -> Iterable[pytest.Item]:
        """The items. What is wrong with the file is shown as the file's error."""
        from voicecall_sim.runner.selection import Selection, checked_by, select
        from voicecall_sim.scenario.errors import ScenarioError
        from voicecall_sim.subjects import factory

        selection = Selection(
            paths=[str(shown(self.path))],
            carriers=self.config.getoption("--voicecall-carrier"),
            seed=self.config.getoption("--voicecall-seed"),
        )
        try:
            plans, _ = select(selection, checked_by(factory("sdk")))
        except ScenarioError as error:
            raise self.CollectError(str(error)) from None
        for plan in plans:
            yield ScenarioItem.from_parent(self, name=plan.id.partition("::")[2], plan=plan)


def shown(path: Path) -> Path:
    """A path as people wrote it: from where they are, if it is below."""
    return path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path


class ScenarioItem(pytest.Item):
    """A scenario in one cell of its matrix."""

    def __init__(self, *, plan: Plan, **about: Any) -> None:
        super().__init__(**about)
        self.plan = plan
        if plan.skip is not None:
            self.add_marker(pytest.mark.skip(reason=plan.skip))
        if plan.expect_fail is not None:
            self.add_marker(pytest.mark.xfail(reason=plan.expect_fail, raises=ScenarioFailed, strict=True))

    def runtest(self) -> None:
        """Perform it. An expected failure is raised too: pytest expects it."""
        from voicecall_sim.runner.events import Verdict
        from voicecall_sim.runner.tour import perform
        from voicecall_sim.subjects import factory

        outcome = perform(self.plan, factory("sdk"))
        if outcome.verdict not in (Verdict.PASSED, Verdict.UNEXPECTED_PASS):
            raise ScenarioFailed(outcome)

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """What the console shows; a traceback only for what is a bug of ours."""
        if not isinstance(excinfo.value, ScenarioFailed):
            return super().repr_failure(excinfo, style)
        writer = self.config.get_terminal_writer()
        return Explained(excinfo.value.outcome, writer.fullwidth, writer.hasmarkup)

    def reportinfo(self) -> tuple[Path, int, str]:
        """File, line (from 0) and heading."""
        return self.path, self.plan.place.line - 1, self.name


class ScenarioFailed(AssertionError):
    """A scenario is not as it should be; `outcome` says everything."""

    def __init__(self, outcome: Outcome) -> None:
        titles = [failure.title for failure in outcome.failures]
        super().__init__(titles[0] if titles else outcome.reason)
        self.outcome = outcome


class Explained:
    """A failure as the console shows it, for pytest's report; `reprcrash` is its line in the summary."""

    def __init__(self, outcome: Outcome, width: int, color: bool) -> None:
        from voicecall_sim.report.failure import plainly

        place = outcome.failures[0].place if outcome.failures else outcome.plan.place
        self.reprcrash = Crash(str(ScenarioFailed(outcome)), str(place or outcome.plan.place))
        self._plain = plainly(outcome, width)
        self._painted = plainly(outcome, width, color=True) if color else self._plain

    def toterminal(self, tw: Any) -> None:
        """Write it."""
        tw.line(self._painted)

    def __str__(self) -> str:
        return self._plain


class Crash:
    """What pytest's summary wants to know."""

    def __init__(self, message: str, place: str) -> None:
        self.message = message
        self._place = place

    def __str__(self) -> str:
        return f"{self._place}: {self.message}"
