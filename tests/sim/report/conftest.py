"""Made-up plans, journals and outcomes for reporters to report."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from voicecall_sim.runner.events import Failure, Outcome, TourEnded, Verdict
from voicecall_sim.scenario.plan import Place, Plan
from voicecall_sim.world.clock import SECOND, micros
from voicecall_sim.world.journal import Entry

SCENARIO = """\
voicecall: 1
name: Anna is greeted
steps:
  - app: {call: anna, message: "Hello"}
  - anna: {hears: "Hello", within: 5s}
  - anna: hangs up
"""


@dataclass
class Diary:
    """Journal entries, written by hand."""

    entries: list[Entry] = field(default_factory=list)

    def write(self, at: float, who: str, kind: str, /, **data: Any) -> Entry:
        """Append an entry; `at` is in seconds."""
        self.entries.append(Entry(len(self.entries), micros(at), who, kind, data, {"raw": b"\xff\x00"}))
        return self.entries[-1]


@pytest.fixture
def diary() -> Diary:
    """One outbound call that is answered by a person who hears the wrong thing."""
    diary = Diary()
    numbers = {"from": "+15550001234", "to": "+15550005678"}
    diary.write(0.0, "app", "rpc", door="rpc", request={"method": "voicecall.initiate"})
    diary.write(0.05, "acme", "call", call=1, state="accepted", direction="outbound", **numbers)
    diary.write(0.06, "acme", "request", operation="create call", method="POST", path="/calls", status=201)
    diary.write(0.3, "acme", "call", call=1, state="ringing", direction="outbound", **numbers)
    diary.write(0.31, "acme", "webhook", number=1, attempt=1, kind="status", event="ringing", status=204)
    diary.write(3.3, "acme", "call", call=1, state="answered", direction="outbound", **numbers)
    diary.write(3.4, "acme", "webhook", number=2, attempt=2, kind="voice", event="voice", status=401)
    diary.write(3.4, "acme", "debug", code=11200, message="HTTP retrieval failure")
    diary.write(4.5, "anna", "heard", text="An application error has occurred.")
    diary.write(4.6, "anna", "said", text="Hello?")
    diary.write(9.0, "acme", "call", call=1, state="ended", direction="outbound", by="anna", cause="normal", **numbers)
    return diary


PlanMaker = Callable[..., Plan]


@pytest.fixture
def make_plan(tmp_path: Path) -> PlanMaker:
    """A maker of plans whose scenario file exists."""
    file = tmp_path / "greeting.scenario.yaml"
    file.write_text(SCENARIO, encoding="utf-8")

    def make(name: str = "anna-is-greeted", carrier: str = "acme", **changes: Any) -> Plan:
        about: dict[str, Any] = {
            "id": f"{file.name}::{name}[{carrier}]",
            "name": name.replace("-", " "),
            "why": "A made-up one.",
            "place": Place(file, 2, 1),
            "carrier": carrier,
            "cell": {},
            "app": {},
            "where": {},
            "people": (),
            "steps": (),
            "seed": 7,
        }
        return Plan(**(about | changes))

    return make


OutcomeMaker = Callable[..., Outcome]


@pytest.fixture
def make_outcome(make_plan: PlanMaker, diary: Diary) -> OutcomeMaker:
    """A maker of outcomes: good, unless told otherwise."""

    def make(verdict: Verdict = Verdict.PASSED, plan: Plan | None = None, **changes: Any) -> Outcome:
        about: dict[str, Any] = {
            "plan": plan or make_plan(),
            "verdict": verdict,
            "journal": diary.entries,
            "simulated": 9 * SECOND,
            "real": 20_000,
            "calls": 1,
            "again": "voicecall-sim run greeting.scenario.yaml -k anna-is-greeted --seed 7",
        }
        return Outcome(**(about | changes))

    return make


@pytest.fixture
def failed(make_outcome: OutcomeMaker, make_plan: PlanMaker, diary: Diary) -> Outcome:
    """A scenario that failed in its second step."""
    plan = make_plan()
    failure = Failure(
        title='anna did not hear "Hello" within 5s',
        place=Place(plan.place.file, 5, 5),
        expected='hears "Hello"',
        differences=['text: "An application error has occurred." is not "Hello"'],
        nearest=[diary.entries[8]],
        cause="The application refused the carrier's webhook with 401.",
        source='- anna: {hears: "Hello", within: 5s}',
        at=micros(5.1),
    )
    return make_outcome(Verdict.FAILED, plan, failures=[failure])


@pytest.fixture
def tour(make_outcome: OutcomeMaker, make_plan: PlanMaker, failed: Outcome) -> TourEnded:
    """Every verdict once, and one scenario on two carriers."""
    others = [
        make_outcome(Verdict.PASSED, make_plan(carrier="other")),
        make_outcome(Verdict.SKIPPED, make_plan("a-skipped-one", skip="acme cannot"), journal=[], simulated=0, calls=0),
        make_outcome(Verdict.EXPECTED_FAILURE, make_plan("a-known-bug", expect_fail="acme#17")),
        make_outcome(Verdict.UNEXPECTED_PASS, make_plan("a-mended-bug", expect_fail="acme#18")),
        make_outcome(Verdict.THRESHOLD_MISSED, make_plan("a-slow-one"), reason="turn.p95 was 2.1s, not below 1.5s"),
    ]
    outcomes = [failed, *others]
    return TourEnded(outcomes, sum(one.simulated for one in outcomes), sum(one.real for one in outcomes))
