"""What people do and hear."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from voicecall_sim.actors.character import CannotAct
from voicecall_sim.actors.ear import SILENCE
from voicecall_sim.actors.hearing import START, Heard
from voicecall_sim.actors.person import Person
from voicecall_sim.runner.cursor import sleep_until
from voicecall_sim.runner.expected import shown_span
from voicecall_sim.runner.nearest import explained, near_misses
from voicecall_sim.runner.performance import Done, Performance, StepFailed
from voicecall_sim.scenario.plan import (
    Answers,
    Calls,
    HangsUp,
    Hears,
    HearsNothing,
    Presses,
    Rejects,
    Says,
    StaysSilent,
    Step,
    Waits,
)
from voicecall_sim.world.clock import Micros, seconds
from voicecall_sim.world.journal import Entry

T = TypeVar("T")


def person_of(performance: Performance, step: Step) -> Person:
    """Whose step it is."""
    return performance.stage.people[step.actor]


def act(performance: Performance, step: Step, action: Callable[[Person], object]) -> None:
    """Let the person do something; what cannot be done is the step's failure, to be expected or not."""
    try:
        action(person_of(performance, step))
    except CannotAct as impossible:
        performance.note_error(step, str(impossible))


async def calls(performance: Performance, step: Step, verb: Calls) -> None:
    """Dial the application, or another number."""
    number, phone = verb.number or performance.stage.number, person_of(performance, step).character.phone
    performance.book.want("inbound", verb.shown or phone, verb.label)
    act(performance, step, lambda person: person.calls(number, verb.shown))


async def answers(performance: Performance, step: Step, verb: Answers) -> None:
    """Pick up."""
    act(performance, step, lambda person: person.answers())


async def rejects(performance: Performance, step: Step, verb: Rejects) -> None:
    """Decline."""
    act(performance, step, lambda person: person.rejects())


async def says(performance: Performance, step: Step, verb: Says) -> None:
    """Speak, into what the other side says if need be."""
    if verb.barge:
        act(performance, step, lambda person: person.interrupts(verb.words))
    else:
        act(performance, step, lambda person: person.says(verb.words))
    performance.talking[person_of(performance, step)] = None


async def presses(performance: Performance, step: Step, verb: Presses) -> None:
    """Press keys."""
    act(performance, step, lambda person: person.presses(verb.keys))


async def stays_silent(performance: Performance, step: Step, verb: StaysSilent) -> None:
    """The following steps of this person come later."""
    performance.not_before[step.actor] = performance.now + verb.span


async def hangs_up(performance: Performance, step: Step, verb: HangsUp) -> None:
    """Hang up."""
    act(performance, step, lambda person: person.hangs_up())


async def waits(performance: Performance, step: Step, verb: Waits) -> None:
    """Let time pass, counted from the step before."""
    await sleep_until(performance.world, performance.instant + verb.span)


# --- hearing ----------------------------------------------------------------------------------------------------


async def hears(performance: Performance, step: Step, verb: Hears) -> Done:
    """Wait until what the person hears matches, and matches within the window."""
    person = person_of(performance, step)
    earliest, deadline = step.window.at_least, performance.instant + step.window.at_most
    since = performance.instant + earliest if earliest else 0
    while True:
        found = await first_heard(performance, person, verb, deadline)
        if found is None or found.at > deadline:
            raise unheard(performance, step, verb, person, deadline)
        performance.marks[person.name] = found.mark
        performance.heard.add((person.name, found.utterance.number))
        if found.at >= since:
            return Done(found.at, performance.index_after(found.at))


async def first_heard(performance: Performance, person: Person, verb: Hears, deadline: Micros) -> Heard | None:
    """The next thing heard that matches; a whole utterance shows itself only after its silence."""
    mark, whole = performance.marks.get(person.name, START), not verb.running

    until = deadline + (SILENCE if whole else 0)
    found = await at_most_until(performance, until, person.heard(verb.what.matches, since=mark, whole=whole))
    if found is None:
        found = person.hearing.first(verb.what.matches, since=mark, whole=whole)
    return found if found is not None and found.at <= performance.now else None


async def at_most_until(performance: Performance, deadline: Micros, waiting: Coroutine[Any, Any, T]) -> T | None:
    """The result, or None when the deadline, its last instant included, has passed."""
    try:
        async with asyncio.timeout(seconds(max(0, deadline - performance.now))):
            return await waiting
    except TimeoutError:
        await performance.world.settle()
        return None


def unheard(performance: Performance, step: Step, verb: Hears, person: Person, deadline: Micros) -> StepFailed:
    """The failure of a `hears`: what was heard instead."""

    def differences(entry: Entry) -> list[str]:
        late = entry.data["ended"] - deadline
        timing = [f"it ended {shown_span(late)} too late"] if late > 0 else []
        return [*verb.what.difference(entry.data["text"]), *timing]

    utterances = [entry for entry in performance.world.journal if entry.kind == "heard" and entry.who == person.name]
    misses = near_misses(utterances, differences)
    lines = list(explained(misses, f"word heard by {person.name}"))
    if person.hearing.utterances and not person.hearing.utterances[-1].complete:
        lines.append(f"what is being said so far: {person.hearing.utterances[-1].text!r}")
    return performance.fail(
        step,
        f"{person.name} did not hear it within {shown_span(step.window.at_most)}",
        expected=str(verb.what),
        differences=lines,
        nearest=[miss.entry for miss in misses],
    )


async def hears_nothing(performance: Performance, step: Step, verb: HearsNothing) -> Done:
    """No voice for a span, its last instant included; or none so far."""
    person = person_of(performance, step)
    if verb.span is None and not person.heard_nothing():
        raise heard_something(performance, step, person, "a voice was heard")
    if verb.span is not None and await voice_until(performance, person, performance.now + verb.span):
        raise heard_something(performance, step, person, "a voice was heard")
    return performance.done()


async def voice_until(performance: Performance, person: Person, until: Micros) -> bool:
    """Whether a voice reaches the person from now to that instant."""
    if await at_most_until(performance, until, person.voice()) is not None:
        return True
    return any(handset.ear.sounding for handset in person.handsets)


def heard_something(performance: Performance, step: Step, person: Person, what: str) -> StepFailed:
    """The failure of a `hears nothing`."""
    texts = [f"heard {utterance.text!r}" for utterance in person.hearing.utterances if utterance.voiced]
    entries = [entry for entry in performance.world.journal if entry.kind == "heard" and entry.who == person.name]
    return performance.fail(
        step,
        f"{person.name} was to hear nothing, but {what}",
        expected="silence",
        differences=texts[-1:],
        nearest=entries[-1:],
        cause="The application, or its carrier, spoke where the scenario wants silence.",
    )
