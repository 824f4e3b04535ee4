"""`strict: true`: nothing may happen to the actors named that no step mentions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from voicecall_sim.runner.events import Failure
from voicecall_sim.runner.performance import Performance
from voicecall_sim.world.journal import Entry

KINDS: Final[Mapping[str, frozenset[str]]] = {
    "app": frozenset({"request", "answer"}),
    "carrier": frozenset({"webhook"}),
}
"""Which entries are messages of an actor who is nobody on the line."""


def unmentioned(performance: Performance) -> Sequence[Failure]:
    """A failure for each message of a strict actor that no step was about."""
    return [
        Failure(
            title=f"{actor} is strict, and no step mentions this",
            place=performance.plan.place,
            expected=f"no message of {actor} but those that a step mentions",
            nearest=(entry,),
            at=entry.at,
        )
        for actor in performance.plan.strict
        for entry in messages(performance, actor)
    ]


def messages(performance: Performance, actor: str) -> Iterator[Entry]:
    """The actor's messages that no step was about."""
    person = performance.stage.people.get(actor)
    for entry in performance.world.journal:
        if person is not None and entry.kind == "heard" and entry.who == actor:
            number = next(u.number for u in person.hearing.utterances if u.began == entry.data["began"])
            if (actor, number) not in performance.heard and entry.index not in performance.matched:
                yield entry
        elif person is None and entry.kind in KINDS.get(actor, ()) and entry.index not in performance.matched:
            yield entry
