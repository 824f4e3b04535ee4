"""What a run tells its reporters. The runner emits these in order and knows nothing of who listens."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeAlias

from voicecall_sim.scenario.plan import Place, Plan
from voicecall_sim.world.clock import Micros
from voicecall_sim.world.journal import Entry


class Verdict(StrEnum):
    """How a scenario ended. `EXPECTED_FAILURE` failed as `expect_fail` said; `UNEXPECTED_PASS` did not, and fails."""

    PASSED = "passed"
    FAILED = "failed"
    SKIPPED = "skipped"
    EXPECTED_FAILURE = "expected failure"
    UNEXPECTED_PASS = "unexpected pass"
    THRESHOLD_MISSED = "threshold missed"

    @property
    def good(self) -> bool:
        """Whether the run may be green with it."""
        return self in (Verdict.PASSED, Verdict.SKIPPED, Verdict.EXPECTED_FAILURE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """Why a scenario failed, in full.

    `title` is one line; `place` the step's; `expected` what was wanted, as written; `differences` the lines of what is
    wrong with `nearest`, the journal entries that came closest, best first; `cause` the likely reason in a sentence;
    `source` the step's text; `at` the instant at which it was noticed. Failures of invariants have `rule` set to the
    rule's name.
    """

    title: str
    place: Place | None
    expected: str = ""
    differences: Sequence[str] = ()
    nearest: Sequence[Entry] = ()
    cause: str = ""
    source: str = ""
    at: Micros | None = None
    rule: str | None = None
    traceback: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    """One conversation, both sides as µ-law at 8 kHz and equally long: what `person` said, and what they heard.

    `call` is the number of the call, None for a leg that is no call's own (a transfer's); `leg` that of the leg.
    """

    call: int | None
    leg: int
    person: str
    said: bytes = field(repr=False)
    heard: bytes = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """One plan, performed. `simulated` and `real` are durations in µs; `again` is the line that reproduces it.

    `recordings` are there if they were asked for.
    """

    plan: Plan
    verdict: Verdict
    failures: Sequence[Failure] = ()
    journal: Sequence[Entry] = ()
    simulated: Micros = 0
    real: Micros = 0
    calls: int = 0
    metrics: Mapping[str, Sequence[float]] = field(default_factory=dict)
    recordings: Sequence[Recording] = ()
    reason: str = ""
    again: str = ""


@dataclass(frozen=True, slots=True)
class TourBegan:
    """Which plans will be performed."""

    plans: Sequence[Plan]


@dataclass(frozen=True, slots=True)
class PlanBegan:
    """A scenario begins."""

    plan: Plan


@dataclass(frozen=True, slots=True)
class PlanEnded:
    """A scenario is over."""

    outcome: Outcome


@dataclass(frozen=True, slots=True)
class TourEnded:
    """All are over. Durations in µs."""

    outcomes: Sequence[Outcome]
    simulated: Micros
    real: Micros


RunEvent: TypeAlias = TourBegan | PlanBegan | PlanEnded | TourEnded
Reporter = Callable[[RunEvent], None]
