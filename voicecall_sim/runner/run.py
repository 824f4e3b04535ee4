"""One plan, performed in a world of its own: from an empty world to what is wrong with it. Nothing is raised."""

from __future__ import annotations

import traceback
from collections.abc import Awaitable, Callable, Iterator, Sequence
from typing import Final, TypeAlias

from voicecall_sim.runner.capture import captured
from voicecall_sim.runner.causes import likely_cause
from voicecall_sim.runner.events import Failure, Recording
from voicecall_sim.runner.finale import LONGEST, Finale
from voicecall_sim.runner.invariants import house
from voicecall_sim.runner.invariants.watch import Broken
from voicecall_sim.runner.perform import PERFORM
from voicecall_sim.runner.perform.expect import miscounted
from voicecall_sim.runner.performance import Performance, StepFailed
from voicecall_sim.runner.recorder import Recorder
from voicecall_sim.runner.stage import Stage, SubjectFactory
from voicecall_sim.runner.strictness import unmentioned
from voicecall_sim.scenario.plan import HearsNothing, Never, Plan, StaysSilent, Step, Waits
from voicecall_sim.world.clock import SECOND, Micros
from voicecall_sim.world.errors import Stuck
from voicecall_sim.world.journal import Entry
from voicecall_sim.world.world import World

Script: TypeAlias = Callable[[Performance], Awaitable[None]]
"""What is performed on a stage. Raises `StepFailed`."""

OVERTIME: Final[Micros] = 600 * SECOND
"""How long a run may go on after everything that its steps may wait for."""


class Run:
    """A plan in its world. `failures` has what went wrong, in the order in which it is to be told.

    `script` is performed in the place of the plan's steps; then `limit` is the instant that the run must not reach.
    With `audio` there are `recordings` of it.
    """

    def __init__(
        self,
        plan: Plan,
        make_subject: SubjectFactory,
        seed: int,
        script: Script | None = None,
        limit: Micros = 0,
        *,
        audio: bool = False,
    ) -> None:
        self.plan = plan
        self.failures: list[Failure] = []
        self.world = World(seed=seed, horizon=limit or horizon(plan))
        self.stage: Stage | None = None
        self.recorder: Recorder | None = None
        self._audio = audio
        self._make_subject = make_subject
        self._script = script or self._steps

    def perform(self) -> None:
        """Run it to its end."""
        try:
            with captured(self.world.journal, self._leaked):
                self.world.run(self._everything())
        except Stuck as stuck:
            self.failures.append(self._stuck(stuck))
        except Exception as error:  # noqa: BLE001 - a scenario that breaks us has failed, the tour has not
            self.failures.append(self._broken(error))
        if self.stage is not None:
            self.failures += map(broken_rule, self.stage.watch.broken)
            self.stage.discard()

    @property
    def recordings(self) -> Sequence[Recording]:
        """Of every call that was answered, if they were asked for."""
        return () if self.recorder is None else self.recorder.recordings()

    # -- in the world

    async def _everything(self) -> None:
        self.stage = stage = Stage(self.plan, self.world, self._make_subject)
        if self._audio:
            self.recorder = Recorder(stage.phone, frozenset(person.name for person in self.plan.people))
        try:
            await self._did(stage.open, "the world of the scenario cannot be")
            if not self.failures:
                await self._did(stage.begin, "the application did not start")
            if not self.failures:
                await self._performed(stage)
        finally:
            await stage.close()

    async def _did(self, beginning: Callable[[], Awaitable[None]], otherwise: str) -> None:
        try:
            await beginning()
        except Exception as error:  # noqa: BLE001 - whatever keeps a scenario from beginning is its failure
            failure = Failure(title=f"{otherwise}: {error}", place=self.plan.place, traceback=traceback.format_exc())
            self.failures.append(failure)

    async def _performed(self, stage: Stage) -> None:
        performance, finale = Performance(stage), Finale(stage)
        try:
            await self._script(performance)
        except StepFailed as failed:
            self.failures += [*performance.open_errors(), failed.failure]
        else:
            await performance.last_words()
            self.failures += performance.open_errors()
        if await finale.calm():
            self._judge(performance)
            await finale.hang_up()
        await finale.free()
        await performance.close()
        await finale.stop()
        self._judge(performance)

    async def _steps(self, performance: Performance) -> None:
        for number, step in enumerate(self.plan.steps):
            await performance.perform(step, PERFORM[type(step.verb)])
            if performance.errors and performance.hopeless(self.plan.steps[number + 1 :]):
                return

    def _judge(self, performance: Performance) -> None:
        """What is judged over the whole run, once: before the runner itself ends a call, or at the very end."""
        if performance.judged or self.failures:
            return
        performance.judged = True
        wrong = (miscounted(performance, step, verb, verb.count or 0) for step, verb in performance.counted)
        self.failures += [failed.failure for failed in wrong if failed is not None]
        self.failures += unmentioned(performance)
        if not self.failures:
            self.failures += performance.faults_in_vain()

    # -- what went wrong with the run itself

    def _leaked(self, logger: str, names: Sequence[str]) -> None:
        if self.stage is not None:
            self.stage.watch.report(house.NO_SECRETS, f"{' and '.join(names)} in the log of {logger}")

    def _stuck(self, stuck: Stuck) -> Failure:
        last = self._last_step()
        return Failure(
            title=f"the run got stuck: {stuck.why}",
            place=last.place if last else self.plan.place,
            source=last.source if last else "",
            cause=likely_cause(self.world.journal),
            at=self.world.clock.now(),
            traceback=stuck.table,
        )

    def _broken(self, error: Exception) -> Failure:
        return Failure(
            title=f"the simulator broke: {type(error).__name__}: {error}",
            place=self.plan.place,
            cause="This is a bug of the simulator, not of the application; please report it with this traceback.",
            at=self.world.clock.now(),
            traceback="".join(traceback.format_exception(error)),
        )

    def _last_step(self) -> Step | None:
        performed = sum(entry.kind == "step" for entry in self.world.journal)
        return self.plan.steps[performed - 1] if 0 < performed <= len(self.plan.steps) else None


def broken_rule(broken: Broken) -> Failure:
    """The failure that a broken rule is."""
    return Failure(
        title=broken.title, place=None, nearest=broken.nearest, cause=broken.cause, at=broken.at, rule=broken.rule
    )


def horizon(plan: Plan) -> Micros:
    """The instant that no run of this plan reaches."""
    return sum(map(sum, map(spans, plan.steps))) + LONGEST + OVERTIME


def spans(step: Step) -> Iterator[Micros]:
    """How long a step may take."""
    yield step.after + step.window.at_most
    match step.verb:
        case StaysSilent(span) | Waits(span) | Never(_, span):
            yield span
        case HearsNothing(span) if span is not None:
            yield span
        case _:
            pass


def first_difference(one: Sequence[Entry], other: Sequence[Entry]) -> tuple[Entry | None, Entry | None] | None:
    """The first place at which two journals differ, if they do; None stands for the end of the shorter one."""
    for a, b in zip(one, other, strict=False):
        if a.compared != b.compared:
            return a, b
    if len(one) == len(other):
        return None
    longer, end = (one, len(other)) if len(one) > len(other) else (other, len(one))
    return (longer[end], None) if longer is one else (None, longer[end])
