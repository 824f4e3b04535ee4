"""Expectations: events looked for along the journal, conditions looked at until they hold, and what must never be."""

from __future__ import annotations

from collections.abc import Sequence

from voicecall_sim.actors.ear import SILENCE
from voicecall_sim.runner.conditions import CONDITIONS
from voicecall_sim.runner.expected import EVENTS, Search, instant_of, shown_span
from voicecall_sim.runner.nearest import explained, near_misses
from voicecall_sim.runner.performance import Done, Performance, StepFailed
from voicecall_sim.runner.stage import runs
from voicecall_sim.scenario.plan import Expect, Expected, Never, Step
from voicecall_sim.world.clock import Micros
from voicecall_sim.world.journal import Entry


async def expect(performance: Performance, step: Step, verb: Expect) -> Done:
    """One thing within the window; with a count so many in the whole run."""
    if verb.count is not None:
        return await counted(performance, step, verb, verb.count)
    if verb.expected.subject in EVENTS:
        return await event(performance, step, verb.expected)
    return await condition(performance, step, verb.expected)


# --- events -----------------------------------------------------------------------------------------------------


async def event(performance: Performance, step: Step, expected: Expected) -> Done:
    """The next event of that sort after the actor's last, in the window."""
    since, until = limits(performance, step)
    start = performance.cursor.of(step.actor, expected.subject)
    search = performance.search(expected, start=start, since=since, until=until)
    found = await performance.lookout.event(search.start, until + patience(expected), search.holds)
    if found is None:
        raise missing(performance, step, search)
    performance.cursor.to(step.actor, expected.subject, found.index + 1)
    performance.matched.add(found.index)
    return Done(instant_of(found), found.index + 1)


def limits(performance: Performance, step: Step) -> tuple[Micros | None, Micros]:
    """From when and until when it must happen: what lies before the step's own beginning is never too late."""
    since = performance.instant + step.window.at_least if step.window.at_least else None
    return since, performance.instant + step.window.at_most


def patience(expected: Expected) -> Micros:
    """How much later than it happens an event may show itself: an utterance is known when its silence is over."""
    return SILENCE if expected.subject == "heard" else 0


def missing(performance: Performance, step: Step, search: Search) -> StepFailed:
    """The failure of an event that did not come."""
    subject = search.expected.subject
    misses = near_misses((entry for entry in performance.world.journal if entry.kind == subject), search.differences)
    return performance.fail(
        step,
        f"{wanted(search.expected)} did not come within {shown_span(step.window.at_most)}",
        expected=wanted(search.expected),
        differences=explained(misses, subject),
        nearest=[miss.entry for miss in misses],
    )


def wanted(expected: Expected) -> str:
    """What is expected, as it was written."""
    by = f" by {expected.by}" if expected.by else ""
    call = f" ({expected.call})" if expected.call else ""
    return f"{expected.subject} {expected.what}{by}{call}"


# --- counts -----------------------------------------------------------------------------------------------------


async def counted(performance: Performance, step: Step, verb: Expect, count: int) -> Done:
    """Exactly so many in the whole run: wait until there are, and judge again at the end."""
    performance.counted.append((step, verb))
    search = performance.search(verb.expected, every_call=True)
    found: list[Entry] = []

    def enough(entry: Entry) -> bool:
        if search.holds(entry):
            found.append(entry)
        return len(found) >= max(count, 1)

    _, until = limits(performance, step)
    last = await performance.lookout.event(0, until, enough) if count else None
    if failure := miscounted(performance, step, verb, count):
        raise failure
    performance.matched.update(entry.index for entry in found)
    if last is None:
        return performance.done()
    performance.cursor.to(step.actor, verb.expected.subject, last.index + 1)
    return performance.done(max(performance.instant, instant_of(last)))


def miscounted(performance: Performance, step: Step, verb: Expect, count: int) -> StepFailed | None:
    """The failure, if there are not exactly so many in the journal."""
    search = performance.search(verb.expected, every_call=True)
    found = [entry for entry in performance.world.journal if search.holds(entry)]
    if len(found) == count:
        return None
    others = near_misses(
        (entry for entry in performance.world.journal if entry.kind == verb.expected.subject), search.differences
    )
    return performance.fail(
        step,
        f"{wanted(verb.expected)} came {times(len(found))}, not {times(count)}",
        expected=f"{wanted(verb.expected)}, {times(count)} in the whole run",
        differences=(f"it came {times(len(found))}",),
        nearest=found or [miss.entry for miss in others],
    )


def times(count: int) -> str:
    """A count in words."""
    return {0: "never", 1: "once", 2: "twice"}.get(count, f"{count} times")


# --- conditions -------------------------------------------------------------------------------------------------


async def condition(performance: Performance, step: Step, expected: Expected) -> Done:
    """Look after every event until it holds."""
    looked = CONDITIONS[expected.subject]
    since, until = limits(performance, step)
    left = await performance.lookout.condition(until, lambda: looked(performance, expected))
    if not left and since is not None and performance.now < since:
        left = (f"it holds {shown_span(since - performance.now)} too early",)
    if left:
        raise untrue(performance, step, expected, left)
    return performance.done()


def untrue(performance: Performance, step: Step, expected: Expected, left: Sequence[str]) -> StepFailed:
    """The failure of a condition."""
    return performance.fail(
        step,
        f"{wanted(expected)} did not hold within {shown_span(step.window.at_most)}",
        expected=wanted(expected),
        differences=left,
        nearest=performance.lately(),
    )


# --- never ------------------------------------------------------------------------------------------------------


async def never(performance: Performance, step: Step, verb: Never) -> Done:
    """Nothing of that sort after the step before, until the window is over, its last instant included."""
    until = performance.now + verb.span
    if verb.expected.subject in EVENTS and verb.expected.subject != "heard":
        await no_event(performance, step, verb.expected, until)
    else:
        await no_condition(performance, step, verb.expected, until)
    performance.cursor.to(step.actor, verb.expected.subject, len(performance.world.journal))
    return performance.done()


async def no_event(performance: Performance, step: Step, expected: Expected, until: Micros) -> None:
    """Wait for the event, and be glad that it does not come."""
    search = performance.search(expected, start=performance.after_last, until=until)
    found = await performance.lookout.event(search.start, until, search.holds)
    if found is not None:
        came = f"it came {shown_span(max(0, instant_of(found) - performance.instant))} into the window"
        raise happened(performance, step, expected, (came,), [found])


def heard_since(performance: Performance, expected: Expected) -> str | None:
    """What anybody has heard after the step before that matches; of what was being said then, the rest."""
    since, call = performance.instant, performance.book.meant(expected.call) if expected.call else None
    for person in performance.stage.people.values():
        for utterance in person.hearing.utterances:
            of_call = call is None or utterance.call == call.number
            if of_call and utterance.ended > since and (utterance.complete or runs(expected.what)):
                text = utterance.text[len(utterance.text_at(since)) if utterance.began < since else 0 :]
                if not expected.what.difference(text):
                    return text
    return None


async def no_condition(performance: Performance, step: Step, expected: Expected, until: Micros) -> None:
    """Look after every event, and be glad that it does not hold."""
    looked = CONDITIONS.get(expected.subject)

    def not_yet() -> Sequence[str]:
        if looked is not None:
            return ("it does not hold",) if looked(performance, expected) else ()
        return ("not heard",) if heard_since(performance, expected) is None else ()

    if not await performance.lookout.condition(until, not_yet):
        heard = None if looked is not None else heard_since(performance, expected)
        differences = ("it holds",) if heard is None else (f"heard: {heard!r}",)
        raise happened(performance, step, expected, differences, performance.lately())


def happened(
    performance: Performance, step: Step, expected: Expected, differences: Sequence[str], nearest: Sequence[Entry]
) -> StepFailed:
    """The failure of a `never`."""
    return performance.fail(
        step,
        f"{wanted(expected)} was never to be, but it was",
        expected=f"never {wanted(expected)}",
        differences=differences,
        nearest=nearest,
    )
