"""One plan being performed: where the script stands, what it waits for, what it may still be blamed for."""

from __future__ import annotations

import asyncio
import traceback
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from random import Random
from typing import Any, Final, TypeAlias

from voicecall_sim.actors.hearing import Mark
from voicecall_sim.actors.person import Person
from voicecall_sim.faults.rules import Odds
from voicecall_sim.runner.book import CallBook
from voicecall_sim.runner.causes import likely_cause
from voicecall_sim.runner.cursor import Cursor, Lookout, sleep_until
from voicecall_sim.runner.events import Failure
from voicecall_sim.runner.expected import Search
from voicecall_sim.runner.invariants.webhooks import Operations
from voicecall_sim.runner.stage import Stage
from voicecall_sim.scenario.plan import (
    AppAsk,
    AppEnd,
    AppPress,
    AppSpeak,
    CarrierStep,
    Expect,
    Expected,
    NetStep,
    Plan,
    Step,
)
from voicecall_sim.subjects.subject import OperationFailed
from voicecall_sim.world.clock import SECOND, Micros, seconds
from voicecall_sim.world.errors import HostCrashed
from voicecall_sim.world.journal import Entry

POLITE: Final = (AppAsk, AppSpeak, AppPress, AppEnd)
"""What is not asked of the application while somebody still says what a step had them say, unless it has `after`."""

A_WHILE: Final[Micros] = 10 * SECOND
"""How long after the last step something that a step began may still fail it."""

QUIET: Final = frozenset({"step", "log", "debug"})
"""What happens beside the point."""


class StepFailed(AssertionError):
    """A step did not hold; `failure` says it in full."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.title)
        self.failure = failure


@dataclass(slots=True, eq=False)
class OpenError:
    """The failure of an acting step, until an `expect: {error: }` takes it up."""

    step: Step
    entry: Entry
    traceback: str = ""


@dataclass(frozen=True, slots=True)
class Done:
    """A step is done: the instant that counts as its own, and the journal index behind what it was about."""

    at: Micros
    index: int


class Performance:
    """The script's side of a run.

    - `instant` is that of the step before, from which windows count, `after_last` the journal index behind it;
    - `not_before` holds back the steps of people who stay silent;
    - `marks` say how far people have listened, `heard` which of their utterances some step was about, `matched` which
      journal entries;
    - `counted` are the expectations that are judged again at the end, `faults` how often those of a step have struck;
    - `stored` is what the application had stored before the last `net` step;
    - `talking` are the people who may still be saying what a step had them say;
    - `living` is the last start or stop of the application, which operations wait for.
    """

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.world = stage.world
        self.plan: Plan = stage.plan
        self.cursor = Cursor()
        self.lookout = Lookout(stage.world)
        self.book = CallBook(stage.phone, stage.subject)
        self.instant: Micros = stage.world.clock.now()
        self.not_before: dict[str, Micros] = {}
        self.errors: list[OpenError] = []
        self.counted: list[tuple[Step, Expect]] = []
        self.faults: list[tuple[Step, Odds]] = []
        self.matched: set[int] = set()
        self.stored: Mapping[str, Any] = {}
        self.marks: dict[str, Mark] = {}
        self.heard: set[tuple[str, int]] = set()
        self.talking: dict[Person, None] = {}
        self.living: asyncio.Task[None] | None = None
        self.after_last = 0
        self.judged = False
        self._tasks: list[asyncio.Task[Any]] = []
        self._draws = 0

    @property
    def now(self) -> Micros:
        """The present instant."""
        return self.world.clock.now()

    async def perform(self, step: Step, verb: Perform) -> None:
        """Perform one step when its turn has come. Raises `StepFailed`."""
        await self._turn_of(step)
        data = {"step": step.source, "line": step.place.line}
        entry = self.world.journal.write(step.actor, "step", data, {"place": str(step.place)})
        made = len(self.stage.interferer.made)
        done = await verb(self, step, step.verb) or Done(self.now, entry.index + 1)
        if isinstance(step.verb, NetStep | CarrierStep):
            self.faults += [(step, rule.odds) for rule in self.stage.interferer.made[made:]]
        self.instant, self.after_last = done.at, done.index

    async def _turn_of(self, step: Step) -> None:
        await self.world.settle()
        if step.after == 0 and isinstance(step.verb, POLITE):
            await self._talked()
        due = max(self.instant + step.after, self.not_before.get(step.actor, 0))
        if due > self.now:
            await sleep_until(self.world, due)
            await self.world.settle()

    async def _talked(self) -> None:
        """Return when nobody is saying any more what a step had them say."""
        for person in self.talking:
            while person.handsets and (playing := person.handsets[-1].end.playing) is not None:
                await playing.done.wait()
                await self.world.settle()
        self.talking.clear()

    # -- looking

    def done(self, at: Micros | None = None) -> Done:
        """An awaiting step is done, now or at an instant that has passed, with all that has been written."""
        return Done(self.now if at is None else at, len(self.world.journal))

    def index_after(self, instant: Micros) -> int:
        """The index of the first journal entry after that instant."""
        journal = self.world.journal
        index = len(journal)
        while index and journal[index - 1].at > instant:
            index -= 1
        return index

    def search(self, expected: Expected, **limits: Any) -> Search:
        """The search for an event; see `Search` for the limits."""
        hosts = {self.stage.carrier.name: self.stage.carrier.hosts[0]}
        vocabularies = {self.stage.carrier.name: self.stage.vocabulary}
        return Search(expected=expected, book=self.book, hosts=hosts, vocabularies=vocabularies, **limits)

    def lately(self) -> Sequence[Entry]:
        """The last things that happened, for a failure that no entry is near to."""
        telling = (entry for entry in reversed(list(self.world.journal)) if entry.kind not in QUIET)
        return list(islice(telling, 3))[::-1]

    def draw(self, seed: str = "") -> Random:
        """A stream of chance for a step of its own; a seed tells streams of one scenario apart."""
        self._draws += 1
        return self.world.chance(f"faults.{self._draws}.{seed}")

    # -- acting

    def operate(self, step: Step, operation: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Let the application do something, as a task of its own; what goes wrong becomes an `error`."""
        return self._started(self._carry_out(step, operation), f"{step.actor}: {step.source}")

    async def _carry_out(self, step: Step, operation: Coroutine[Any, Any, None]) -> None:
        self._count(begun=1, running=1)
        try:
            await operation
        except OperationFailed as failed:
            self.note_error(step, str(failed))
        except HostCrashed:
            # it died with the application, as the scenario wanted
            return
        except Exception as error:  # noqa: BLE001 - whatever an application raises is an event of the scenario
            self.note_error(step, f"{type(error).__name__}: {error}", traceback.format_exc())
        finally:
            self._count(running=-1)

    def _count(self, begun: int = 0, running: int = 0) -> None:
        so_far = self.stage.operations
        self.stage.operations = Operations(so_far.begun + begun, so_far.running + running)

    def begin(self, work: Coroutine[Any, Any, Any], name: str) -> None:
        """Let something go on beside the script, until the run is over."""
        self._tasks.append(asyncio.create_task(work, name=name))

    def _started(self, work: Coroutine[Any, Any, Any], name: str) -> asyncio.Task[Any]:
        task = asyncio.create_task(work, name=name)
        self._tasks.append(task)
        return task

    async def lives(self) -> None:
        """Return when no start or stop of the application is under way."""
        if self.living is not None and not self.living.done():
            await asyncio.wait([self.living])

    async def last_words(self) -> None:
        """After the last step: return when what was begun is done, or has had a while to show how it fails."""
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=seconds(A_WHILE))
        await self.world.settle()

    def note_error(self, step: Step, error: str, trace: str = "") -> None:
        """An acting step failed; it counts unless it is expected later."""
        evidence = {"traceback": trace} if trace else None
        entry = self.world.journal.write(step.actor, "error", {"step": step.source, "error": error}, evidence)
        self.errors.append(OpenError(step, entry, trace))

    async def close(self) -> None:
        """Nobody waits for anything any more."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    # -- failing

    def fail(
        self,
        step: Step,
        title: str,
        *,
        expected: str = "",
        differences: Sequence[str] = (),
        nearest: Sequence[Entry] = (),
        cause: str = "",
    ) -> StepFailed:
        """The failure of a step, to be raised."""
        return StepFailed(
            Failure(
                title=title,
                place=step.place,
                expected=expected,
                differences=differences,
                nearest=nearest,
                cause=cause or likely_cause(self.world.journal),
                source=step.source,
                at=self.now,
            )
        )

    def faults_in_vain(self) -> Sequence[Failure]:
        """Faults that never struck: what the scenario is about did not happen."""
        title, wanted = "this fault never struck", "that something comes that it is aimed at"
        return [self.fail(step, title, expected=wanted).failure for step, odds in self.faults if odds.in_vain]

    def hopeless(self, rest: Sequence[Step]) -> bool:
        """Whether something has failed that none of the steps to come expects."""
        if any(isinstance(step.verb, Expect) and step.verb.expected.subject == "error" for step in rest):
            return False
        return any(error.entry.index not in self.matched for error in self.errors)

    def open_errors(self) -> Sequence[Failure]:
        """The failures of acting steps that nothing has taken up."""
        return [
            Failure(
                title=f"{error.step.actor} failed: {error.entry.data['error']}",
                place=error.step.place,
                expected="that it works, or a later `expect: {error: ...}`",
                nearest=(error.entry,),
                cause=likely_cause(self.world.journal, upto=error.entry.index),
                source=error.step.source,
                at=error.entry.at,
                traceback=error.traceback,
            )
            for error in self.errors
            if error.entry.index not in self.matched
        ]


Perform: TypeAlias = Callable[[Performance, Step, Any], Awaitable[Done | None]]
"""Performs a step with its verb. What acts returns None: it is done at this instant."""
