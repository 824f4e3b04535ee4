"""pytest plugin: `*.scenario.yaml` files are tests, and `voicecall_world` is a world to test in.

    @pytest.mark.voicecall(people={"anna": {"phone": "+15550005678"}}, app={"inboundPolicy": "open"})
    async def test_a_caller_is_greeted(voicecall_world):
        await voicecall_world.anna.calls("app")
        await voicecall_world.anna.hears("Hello! How can I help?", within="2s")

A coroutine test that uses the fixture runs in virtual time, once on each carrier, with pytest-asyncio or without; the
rules of every run are watched there too. Asynchronous fixtures stay outside of that world.

Nothing heavy is imported before a scenario file is met or the fixture is used. A file counts as a scenario only if it
says `voicecall:` itself: other people's YAML is never touched. Whoever wants to judge the runs of those files too
implements `pytest_voicecall_scenario_ran` (`voicecall_sim.pytest_hooks`).
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Awaitable, Callable, Generator, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pytest

if TYPE_CHECKING:
    from voicecall_sim.runner.events import Outcome
    from voicecall_sim.runner.live import Lived, Setting
    from voicecall_sim.runner.run import Run
    from voicecall_sim.scenario.plan import Plan
    from voicecall_sim.verify import Result

SUFFIX: Final = ".scenario.yaml"
FIXTURE: Final = "voicecall_world"
MARKER: Final = "voicecall(app, people, agent, carriers, tunnel, seed): what there is in the world of a test"
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
    group.addoption(
        "--voicecall-audio", metavar="DIR", help="write a stereo WAV of each call of scenario files into this directory"
    )


def pytest_addhooks(pluginmanager: pytest.PytestPluginManager) -> None:
    """Our own hooks are known."""
    from voicecall_sim import pytest_hooks

    pluginmanager.add_hookspecs(pytest_hooks)


def pytest_configure(config: pytest.Config) -> None:
    """Make the marker known, and refuse carriers that are not there."""
    config.addinivalue_line("markers", MARKER)
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
        """Perform it, and have it judged if it passed. An expected failure is raised too: pytest expects it."""
        from voicecall_sim.runner.events import PlanEnded, Verdict
        from voicecall_sim.runner.tour import Options, perform
        from voicecall_sim.subjects import factory

        audio = self.config.getoption("--voicecall-audio")
        runs: list[Run] = []
        outcome = perform(self.plan, factory("sdk"), Options(audio=audio is not None, witness=runs.append))
        if audio is not None:
            from voicecall_sim.report.audio import AudioReport

            AudioReport(Path(audio))(PlanEnded(outcome))
        if outcome.verdict is Verdict.SKIPPED:
            pytest.skip(outcome.reason)
        if outcome.verdict not in (Verdict.PASSED, Verdict.UNEXPECTED_PASS):
            raise ScenarioFailed(outcome)
        for run in runs:
            self.ihook.pytest_voicecall_scenario_ran(item=self, run=run)

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """A failure of ours as the console shows it, without a traceback being written first."""
        failed = excinfo.value
        return explained(self, failed) if isinstance(failed, ScenarioFailed) else super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, int, str]:
        """File, line (from 0) and heading."""
        return self.path, self.plan.place.line - 1, self.name


# --- tests in Python --------------------------------------------------------------------------------------------


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """A test that uses the fixture runs once on each carrier."""
    if FIXTURE in metafunc.fixturenames:
        from voicecall_sim.carriers import CARRIERS

        wanted = described(metafunc.definition).get("carriers", CARRIERS)
        chosen = metafunc.config.getoption("--voicecall-carrier") or CARRIERS
        metafunc.parametrize(FIXTURE, [name for name in CARRIERS if name in wanted and name in chosen], indirect=True)


@pytest.fixture
def voicecall_world(request: pytest.FixtureRequest) -> str:
    """A world to test in: `runner.live.Live`, the words of scenarios in Python. For coroutine tests.

    What there is in it, the marker says: `@pytest.mark.voicecall(app={...}, people={...}, agent=[...])`.
    """
    # the world begins with the test; until then there is its carrier
    carrier: str = request.param
    return carrier


@pytest.fixture
def voicecall_verify() -> Callable[..., Sequence[Result]]:
    """The signature battery: `voicecall_verify(app_or_url, carrier=..., auth_token=...)`.

    See `voicecall_sim.verify.verify_signatures`.
    """
    from voicecall_sim.verify import verify_signatures

    return verify_signatures


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> bool | None:
    """Run a coroutine test that uses the fixture in a world of its own."""
    if FIXTURE not in pyfuncitem.funcargs:
        return None
    # pytest-asyncio wraps the coroutine function; it has no part in this
    function = inspect.unwrap(pyfuncitem.obj)
    if not inspect.iscoroutinefunction(function):
        pytest.fail(f"{FIXTURE} is for coroutine tests: write `async def {pyfuncitem.originalname}`", pytrace=False)
    in_a_world(pyfuncitem, function)
    return True


def in_a_world(item: pytest.Function, function: Callable[..., Awaitable[None]]) -> None:
    """Perform a test; what is wrong with it or its world is raised."""
    from voicecall_sim.runner.live import Live, live
    from voicecall_sim.scenario.errors import ScenarioError
    from voicecall_sim.subjects import factory

    arguments = {name: item.funcargs[name] for name in inspect.signature(function).parameters if name in item.funcargs}

    async def test(world: Live) -> None:
        await function(**arguments | {FIXTURE: world})

    mistake = ""
    try:
        judge(item, live(setting(item), factory("sdk"), test))
    except ScenarioError as error:
        mistake = str(error)
    if mistake:
        # outside of the handler: it is told by itself, not as an error of an error
        pytest.fail(mistake, pytrace=False)


def setting(item: pytest.Function) -> Setting:
    """What there is in the world of a test."""
    from voicecall_sim.runner.live import Setting, place_of

    file, line, _ = item.reportinfo()
    about = described(item)
    seed = item.config.getoption("--voicecall-seed")
    return Setting(
        app=about.get("app", {}),
        people=about.get("people", {}),
        agent=about.get("agent"),
        carrier=str(item.funcargs[FIXTURE]),
        tunnel=about.get("tunnel", "none"),
        seed=about.get("seed", 0) if seed is None else seed,
        name=item.name,
        place=place_of(shown(Path(file)), (line or 0) + 1),
    )


def described(item: pytest.Item) -> dict[str, Any]:
    """What the markers say, the nearest first. Raises `UsageError` for words that are not known."""
    about: dict[str, Any] = {}
    for mark in item.iter_markers("voicecall"):
        about = {**mark.kwargs, **about}
        if mark.args or not mark.kwargs.keys() <= {"app", "people", "agent", "carriers", "tunnel", "seed"}:
            raise pytest.UsageError(f"{item.nodeid}: the marker is {MARKER}")
    return about


def judge(item: pytest.Item, lived: Lived) -> None:
    """Raise what the test raised, or else what is wrong with its world."""
    from voicecall_sim.report.ladder import ladder, plain
    from voicecall_sim.runner.performance import StepFailed

    raised, outcome = lived.raised, lived.outcome
    if raised is not None and not isinstance(raised, StepFailed):
        drawn = ladder(outcome.journal, carrier=outcome.plan.carrier)
        item.add_report_section("call", "voicecall", plain(drawn))
        raise raised
    if not outcome.verdict.good:
        raise ScenarioFailed(outcome)


# --- failures ---------------------------------------------------------------------------------------------------


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """A failure of ours is shown as the console shows it; a traceback is for what is a bug of the simulator."""
    report = yield
    failed = call.excinfo and call.excinfo.value
    if isinstance(failed, ScenarioFailed) and report.failed and not isinstance(report.longrepr, Explained):
        report.longrepr = explained(item, failed)
    return report


def explained(item: pytest.Item, failed: ScenarioFailed) -> Any:
    """A failure for pytest's report."""
    writer = item.config.get_terminal_writer()
    return Explained(failed.outcome, writer.fullwidth, writer.hasmarkup)


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
