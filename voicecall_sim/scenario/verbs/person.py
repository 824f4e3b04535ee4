"""What a person does and hears."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from voicecall_sim.scenario.cast import Cast
from voicecall_sim.scenario.grammar.form import Family, Form, Said
from voicecall_sim.scenario.grammar.matcher import HEARD
from voicecall_sim.scenario.grammar.shape import Key, Schema, ref
from voicecall_sim.scenario.grammar.words import CALLER_ID, DURATION, KEYS, PHONE, TEXT, NamesCall
from voicecall_sim.scenario.hearing import running
from voicecall_sim.scenario.nodes import Node, scalar, wrong
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
    Verb,
)
from voicecall_sim.world.clock import Micros


@dataclass(frozen=True, slots=True)
class Callee:
    """`app`, or one of its numbers."""

    def read(self, node: Node, cast: Cast) -> str | None:
        """The number; None for the one it has."""
        value = scalar(node, "`app` or one of its numbers")
        if value.text == "app":
            return None
        if value.text in cast.people:
            raise wrong(value, "people call the application", "Write `calls: app`, or one of the app's numbers.")
        return PHONE.read(value, cast)

    def schema(self) -> Schema:
        """`app` or a number."""
        return {"anyOf": [{"const": "app"}, PHONE.schema(), ref("reference")]}


def calls(said: Said) -> Verb:
    """A crowd's calls cannot share one name."""
    if said.actor is not None and said.actor.count is not None:
        said.refuse("as", f"`{said.actor.name}` are many, one name cannot stand for all their calls", "Leave it out.")
    return Calls(said.value, said.get("showing"), said.get("as"))


def picks_up(said: Said) -> Verb:
    """`answers` as a step: only for a phone that does not answer by itself."""
    assert said.actor is not None
    if said.actor.pickup is not None:
        key = said.actor.pickup
        message = f"`{said.actor.name}` cannot answer by a step and also has `{key.text}` (line {key.place.line})"
        raise wrong(said.verb, message, f"Leave this step out, or `{key.text}`.")
    said.cast.answers_by_step.add(said.actor.name)
    return Answers()


def declines(said: Said) -> Verb:
    """`rejects` as a step. Who has no word on answering then waits for the step."""
    assert said.actor is not None
    said.cast.answers_by_step.add(said.actor.name)
    return Rejects()


def silence(said: Said) -> Micros | None:
    """`stays silent: 3s` and `stays silent: , for: 3s` are the same."""
    span: Micros | None = said.value
    if span is not None:
        said.refuse("for", "how long is said twice", "Leave one of the two out.")
        return span
    waits: Micros | None = said.get("for")
    return waits


def stays_silent(said: Said) -> Verb:
    """It needs its span."""
    span = silence(said)
    if span is None:
        raise wrong(said.verb, "`stays silent` needs how long", "Write `stays silent: 3s`.")
    return StaysSilent(span)


MATCHER_HINT: Final = {
    "contains": "It goes inside: `hears: {contains: ...}`.",
    "matches": "It goes inside: `hears: {matches: ...}`.",
    "for": "An awaiting step has `within: 2s`.",
}

VERBS: Final[Family] = {
    "calls": Form(build=calls, value=Callee(), options={"showing": Key(CALLER_ID), "as": Key(NamesCall())}),
    "answers": Form(build=picks_up),
    "rejects": Form(build=declines),
    "says": Form(build=lambda said: Says(said.value), value=TEXT),
    "interrupts": Form(build=lambda said: Says(said.value, barge=True), value=TEXT),
    "hears": Form(
        build=lambda said: Hears(said.value, running(said.value)), value=HEARD, awaits=True, hints=MATCHER_HINT
    ),
    "hears nothing": Form(
        build=lambda said: HearsNothing(silence(said)), value=DURATION, optional=True, options={"for": Key(DURATION)}
    ),
    "presses": Form(build=lambda said: Presses(said.value), value=KEYS),
    "stays silent": Form(build=stays_silent, value=DURATION, optional=True, options={"for": Key(DURATION)}),
    "hangs up": Form(build=lambda said: HangsUp()),
}
