"""A tour: plans performed one after the other, told to whoever listens."""

from __future__ import annotations

import gc
import shlex
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from voicecall_sim.runner.events import (
    Failure,
    Outcome,
    PlanBegan,
    PlanEnded,
    Reporter,
    RunEvent,
    TourBegan,
    TourEnded,
    Verdict,
)
from voicecall_sim.runner.run import Run, first_difference
from voicecall_sim.runner.stage import SubjectFactory
from voicecall_sim.scenario.plan import Plan
from voicecall_sim.world.clock import Micros

DETERMINISM: Final = "two runs of one seed are equal"


LET_GO: Final = 64
"""After so many runs what they left in cycles is let go of: the collections of a run pass over all that was there
before it (`world/laws.py`), so that a long tour would keep every world it has been in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """How a tour goes: another seed for every plan, each plan run twice and compared, an end at the first failure,
    with recordings. A `witness` is shown each run that is over, before it is judged."""

    seed: int | None = None
    check_determinism: bool = False
    fail_fast: bool = False
    audio: bool = False
    witness: Callable[[Run], None] | None = None


def tour(
    plans: Sequence[Plan],
    make_subject: SubjectFactory,
    reporters: Iterable[Reporter] = (),
    options: Options = Options(),
) -> Sequence[Outcome]:
    """Perform the plans in order; the reporters hear of everything. Nothing that a plan does raises here."""
    tell = teller(reporters)
    outcomes: list[Outcome] = []
    tell(TourBegan(plans))
    for number, plan in enumerate(plans):
        if number and number % LET_GO == 0:
            gc.collect()
        tell(PlanBegan(plan))
        outcomes.append(perform(plan, make_subject, options))
        tell(PlanEnded(outcomes[-1]))
        if options.fail_fast and not outcomes[-1].verdict.good:
            break
    simulated, real = (sum(getattr(outcome, name) for outcome in outcomes) for name in ("simulated", "real"))
    tell(TourEnded(outcomes, simulated, real))
    return outcomes


def teller(reporters: Iterable[Reporter]) -> Callable[[RunEvent], None]:
    """Tells every reporter, in their order."""
    listening = tuple(reporters)

    def tell(event: RunEvent) -> None:
        for reporter in listening:
            reporter(event)

    return tell


def perform(plan: Plan, make_subject: SubjectFactory, options: Options = Options()) -> Outcome:
    """Perform one plan, twice if asked to, and judge it."""
    seed = plan.seed if options.seed is None else options.seed
    if plan.skip is not None:
        return Outcome(plan=plan, verdict=Verdict.SKIPPED, reason=plan.skip)
    first, real = timed(plan, make_subject, seed, options.audio)
    if options.witness is not None:
        options.witness(first)
    if options.check_determinism:
        second, more = timed(plan, make_subject, seed)
        real += more
        first.failures += undetermined(first, second)
    return judged(first, seed, real)


def timed(plan: Plan, make_subject: SubjectFactory, seed: int, audio: bool = False) -> tuple[Run, Micros]:
    """A run that is over, and how long it took really, in µs."""
    began = time.perf_counter_ns()
    run = Run(plan, make_subject, seed, audio=audio)
    run.perform()
    return run, (time.perf_counter_ns() - began) // 1_000


def undetermined(first: Run, second: Run) -> Sequence[Failure]:
    """A failure that names the first difference between two runs, if there is one."""
    difference = first_difference(list(first.world.journal), list(second.world.journal))
    if difference is None:
        return ()
    texts = ["the journal had ended" if entry is None else " ".join(map(str, entry.compared)) for entry in difference]
    there = [entry for entry in difference if entry is not None]
    return (
        Failure(
            title=f"the second run differs from entry {there[0].index} on",
            place=None,
            expected=texts[0],
            differences=(f"the second time: {texts[1]}",),
            nearest=there[:1],
            cause="Something reads the real clock, draws an unseeded number, or depends on the order of a set.",
            at=there[0].at,
            rule=DETERMINISM,
        ),
    )


# --- verdicts ---------------------------------------------------------------------------------------------------


def judged(run: Run, seed: int, real: Micros) -> Outcome:
    """The outcome of a run."""
    plan, stage = run.plan, run.stage
    outcome = Outcome(
        plan=plan,
        verdict=Verdict.PASSED,
        failures=tuple(run.failures),
        journal=tuple(run.world.journal),
        simulated=run.world.clock.now(),
        real=real,
        calls=0 if stage is None else len(stage.phone.calls),
        metrics={} if stage is None else stage.gauges.meter.taken(),
        recordings=run.recordings,
        again=again(plan, seed),
    )
    verdict, reason, failures = verdict_of(outcome)
    return replace(outcome, verdict=verdict, reason=reason, failures=failures)


def verdict_of(outcome: Outcome) -> tuple[Verdict, str, Sequence[Failure]]:
    """The verdict, the reason for it, and the failures that go with it."""
    missed = () if outcome.failures else missed_thresholds(outcome)
    expected = outcome.plan.expect_fail
    if expected is not None:
        failed = bool(outcome.failures or missed)
        verdict = Verdict.EXPECTED_FAILURE if failed else Verdict.UNEXPECTED_PASS
        return verdict, expected, (*outcome.failures, *missed)
    if outcome.failures:
        return Verdict.FAILED, "", outcome.failures
    return (Verdict.THRESHOLD_MISSED, missed[0].title, missed) if missed else (Verdict.PASSED, "", ())


def missed_thresholds(outcome: Outcome) -> Sequence[Failure]:
    """A failure for each threshold that the measurements do not keep."""
    return [
        Failure(
            title="; ".join(differences), place=outcome.plan.place, expected=str(limit), differences=tuple(differences)
        )
        for limit in outcome.plan.thresholds
        if (differences := limit.difference(outcome.metrics.get(limit.metric, ())))
    ]


def again(plan: Plan, seed: int) -> str:
    """The line that runs this one plan again."""
    file, name = plan.place.file, plan.id.partition("::")[2]
    here = Path.cwd()
    shown = file.relative_to(here) if file.is_absolute() and file.is_relative_to(here) else file
    return f"voicecall-sim run {shlex.quote(f'{shown.as_posix()}::{name}')} --seed {seed}"
