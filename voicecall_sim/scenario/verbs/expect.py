"""What is expected: events, conditions, and what must never be."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from voicecall_sim.scenario.cast import Cast
from voicecall_sim.scenario.grammar.form import Family, Form, Grammar, Said
from voicecall_sim.scenario.grammar.matcher import HEARD, TEXT
from voicecall_sim.scenario.grammar.shape import Key, Schema, Shape, Word, ref
from voicecall_sim.scenario.grammar.subjects import CALL, LOG, RECORD, REQUEST, STATE, STREAM, TRANSCRIPT, WEBHOOK
from voicecall_sim.scenario.grammar.words import COUNT, DURATION, NamedCall
from voicecall_sim.scenario.matching import Anything
from voicecall_sim.scenario.nodes import Node, scalar, wrong
from voicecall_sim.scenario.plan import Expect, Expected, Never, Verb
from voicecall_sim.scenario.records import Unchanged
from voicecall_sim.scenario.thresholds import threshold, threshold_pattern

METRIC: Final = Word("threshold", "a limit on a metric", threshold, {"type": "string", "pattern": threshold_pattern()})

EVENTS: Final[Mapping[str, Shape[Any]]] = {
    "call": CALL,
    "answer": HEARD,
    "error": TEXT,
    "heard": HEARD,
    "request": REQUEST,
    "webhook": WEBHOOK,
    "stream": STREAM,
    "log": LOG,
}
CONDITIONS: Final[Mapping[str, Shape[Any]]] = {
    "state": STATE,
    "stored": RECORD,
    "transcript": TRANSCRIPT,
    "metric": METRIC,
}
ENDERS: Final = ("app", "carrier", "network")


@dataclass(frozen=True, slots=True)
class Ender:
    """Who ended a call: the application, the carrier, the network or a person."""

    def read(self, node: Node, cast: Cast) -> str:
        """The name, as the network's journal has it."""
        name = scalar(node, "who ended the call")
        if name.text in ENDERS:
            return name.text
        member = cast.member(name)
        if member.count is not None:
            raise wrong(name, f"`{name.text}` are many", "Name one person.")
        return member.name

    def schema(self) -> Schema:
        """A name."""
        return {"type": "string"}


def expected(said: Said) -> Expected:
    """What is looked for."""
    subject, what = said.verb.text, Anything("anything") if said.value is None else said.value
    label = said.get("of") if subject == "call" else said.get("call")
    if isinstance(what, Unchanged) and not said.cast.net_steps:
        remedy = "It compares with the record before the last `net` step."
        raise wrong(said.verb, "`stored: unchanged` needs a `net` step before it", remedy)
    return Expected(subject, what, label, said.get("by"))


def ended_by(said: Said) -> None:
    """`by` tells who ended the call, so the call has to have ended."""
    if said.verb.text == "call" and str(said.value) not in ("ended", "{state: ended}"):
        said.refuse("by", "`by` says who ended the call", "It goes with `call: ended`.")


def awaited(said: Said) -> Verb:
    """An expectation with its window."""
    ended_by(said)
    return Expect(expected(said), said.get("count"))


@dataclass(frozen=True, slots=True)
class Unwanted:
    """What must never be: an expectation without a window."""

    def read(self, node: Node, cast: Cast) -> Expected:
        """What is looked for."""
        form, said = Grammar(family=NEVER, who="`never`").read(node, cast)
        verb = form.build(said)
        assert isinstance(verb, Expect)
        return verb.expected

    def schema(self) -> Schema:
        """An expectation."""
        return ref("never")


OPTIONS: Final[Mapping[str, Mapping[str, Key]]] = {
    "call": {"by": Key(Ender()), "of": Key(NamedCall())},
    "metric": {},
}
OF_CALL: Final = {"call": Key(NamedCall("To expect two things, write two steps."))}
HINTS: Final = {
    "for": "`for` goes with `never`; how long to wait is `within: 2s`.",
    "contains": "It goes inside: `{contains: ...}`.",
    "matches": "It goes inside: `{matches: ...}`.",
}


def form(subject: str, shape: Shape[Any]) -> Form:
    """An expectation of that subject; events can be counted."""
    options = dict(OPTIONS.get(subject, OF_CALL))
    if subject in EVENTS:
        options["count"] = Key(COUNT)
    hints = HINTS if subject in EVENTS else {**HINTS, "count": "Only events are counted."}
    return Form(build=awaited, value=shape, optional=subject == "error", options=options, awaits=True, hints=hints)


def without_count(known: Form) -> Form:
    """The same inside of `never`: not counted, not awaited."""
    options = {word: key for word, key in known.options.items() if word != "count"}
    return replace(known, options=options, awaits=False, hints={"count": "`never` means: not once."})


SUBJECTS: Final[Family] = {word: form(word, shape) for word, shape in {**EVENTS, **CONDITIONS}.items()}
NEVER: Final[Family] = {word: without_count(known) for word, known in SUBJECTS.items() if word != "metric"}
VERBS: Final[Family] = {
    **SUBJECTS,
    "never": Form(
        build=lambda said: Never(said.value, said.get("for")),
        value=Unwanted(),
        options={"for": Key(DURATION, needed=True, example="10s")},
        hints={"within": "The window of `never` is `for`: `for: 10s`.", "count": "`never` means: not once."},
    ),
}
