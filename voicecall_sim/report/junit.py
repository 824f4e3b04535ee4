"""JUnit XML, as build servers read it: a suite for each file, a case for each scenario in each cell."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Final
from xml.etree import ElementTree as ET

from voicecall_sim.report.failure import failed_at, plainly
from voicecall_sim.report.ladder import ladder, plain
from voicecall_sim.runner.events import Outcome, RunEvent, TourEnded, Verdict
from voicecall_sim.world.clock import Micros, seconds

ILLEGAL: Final = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 cannot carry (section 2.2)."""


class JunitReport:
    """A reporter that writes one XML file when the run is over. Times in it are real, in seconds."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __call__(self, event: RunEvent) -> None:
        """Write the file at the end of the run."""
        if isinstance(event, TourEnded):
            tree = ET.ElementTree(document(event))
            ET.indent(tree)
            self._path.parent.mkdir(parents=True, exist_ok=True)
            tree.write(self._path, encoding="utf-8", xml_declaration=True)


def document(tour: TourEnded) -> ET.Element:
    """The whole report."""
    root = ET.Element("testsuites", {"name": "voicecall-sim"} | counts(tour.outcomes, tour.real))
    for file, outcomes in by_file(tour.outcomes).items():
        real = sum(outcome.real for outcome in outcomes)
        suite = ET.SubElement(root, "testsuite", {"name": clean(file)} | counts(outcomes, real))
        suite.extend(case(file, outcome) for outcome in outcomes)
    return root


def by_file(outcomes: Iterable[Outcome]) -> Mapping[str, Sequence[Outcome]]:
    """Outcomes by the file their scenario stands in, in the order of the run."""
    suites: dict[str, list[Outcome]] = {}
    for outcome in outcomes:
        suites.setdefault(outcome.plan.id.partition("::")[0], []).append(outcome)
    return suites


def counts(outcomes: Sequence[Outcome], real: Micros) -> dict[str, str]:
    """The attributes that a suite and the whole have in common."""
    skipped = sum(outcome.verdict in (Verdict.SKIPPED, Verdict.EXPECTED_FAILURE) for outcome in outcomes)
    failures = sum(not outcome.verdict.good for outcome in outcomes)
    return {
        "tests": str(len(outcomes)),
        "failures": str(failures),
        "errors": "0",
        "skipped": str(skipped),
        "time": f"{seconds(real):.3f}",
    }


def case(file: str, outcome: Outcome) -> ET.Element:
    """One test case with its properties, its verdict and its ladder."""
    plan = outcome.plan
    name = plan.id.partition("::")[2] or plan.id
    element = ET.Element(
        "testcase", {"classname": clean(file), "name": clean(name), "time": f"{seconds(outcome.real):.3f}"}
    )
    element.set("file", clean(file))
    element.set("line", str(plan.place.line))
    properties = ET.SubElement(element, "properties")
    for key, value in facts(outcome).items():
        ET.SubElement(properties, "property", {"name": key, "value": clean(value)})
    BODIES[outcome.verdict](element, outcome)
    drawn = plain(ladder(outcome.journal, carrier=plan.carrier, failed_at=failed_at(outcome)))
    if drawn:
        ET.SubElement(element, "system-out").text = clean(drawn)
    return element


def facts(outcome: Outcome) -> Mapping[str, str]:
    """The properties of a case."""
    return {
        "seed": str(outcome.plan.seed),
        "carrier": outcome.plan.carrier,
        "simulated": f"{seconds(outcome.simulated):.3f}",
        "calls": str(outcome.calls),
        "again": outcome.again,
    }


def failed(element: ET.Element, outcome: Outcome) -> None:
    """Not as it should be: the first failure in the message, everything in the text."""
    title = outcome.failures[0].title if outcome.failures else outcome.reason or outcome.verdict.value
    attributes = {"message": clean(title), "type": outcome.verdict.value}
    ET.SubElement(element, "failure", attributes).text = clean(plainly(outcome))


def skipped(element: ET.Element, outcome: Outcome) -> None:
    """Not performed, or failed as foretold."""
    reason = outcome.reason or outcome.plan.skip or outcome.plan.expect_fail or ""
    ET.SubElement(element, "skipped", {"message": clean(reason), "type": outcome.verdict.value})


def passed(element: ET.Element, outcome: Outcome) -> None:
    """Nothing to add."""


BODIES: Final[Mapping[Verdict, Callable[[ET.Element, Outcome], None]]] = {
    Verdict.PASSED: passed,
    Verdict.FAILED: failed,
    Verdict.SKIPPED: skipped,
    Verdict.EXPECTED_FAILURE: skipped,
    Verdict.UNEXPECTED_PASS: failed,
    Verdict.THRESHOLD_MISSED: failed,
}


def clean(text: str) -> str:
    """The text with what XML cannot carry shown as U+FFFD."""
    return ILLEGAL.sub("\ufffd", text)
