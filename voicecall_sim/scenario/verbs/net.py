"""What the network does to the traffic between the application and the world."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from voicecall_sim.scenario.cast import Cast
from voicecall_sim.scenario.grammar.form import Family, Form, Said
from voicecall_sim.scenario.grammar.shape import Choice, Key, Keyed, Schema, Shape
from voicecall_sim.scenario.grammar.subjects import WEBHOOK_KINDS
from voicecall_sim.scenario.grammar.words import COUNT, PERCENT, SPAN, TEXT, WHOLE, Data
from voicecall_sim.scenario.nodes import Node, scalar, wrong
from voicecall_sim.scenario.plan import NetStep, Verb

SPEECH: Final = ("next stt", "stt", "next tts", "tts")
"""What listens and what speaks: AI services, whoever the vendor is."""

TARGETS: Final[Mapping[str, tuple[str, ...]]] = {
    "drop": ("next webhook", "webhooks", "next request", "next reply", "rest", "next stream", "stream", *SPEECH),
    "delay": ("next webhook", "webhooks", "next request", "next reply", "rest", "next stream", "stream", *SPEECH),
    "duplicate": ("next webhook", "webhooks"),
    "reorder": ("webhooks",),
    "replay": ("last webhook", "last stream"),
    "tamper": ("next webhook", "webhooks", "next stream", *SPEECH),
    "forge": ("next webhook", "last webhook", "last stream"),
    "refuse": SPEECH,
    "mute": ("next stt", "stt"),
    "cut": ("webhooks", "rest", "stream", "stt", "tts", "everything"),
    "heal": ("webhooks", "rest", "stream", "stt", "tts", "everything"),
}
"""What each verb can be done to."""


@dataclass(frozen=True, slots=True)
class Judged:
    """A text that the scenario's carriers judge."""

    sort: str

    def read(self, node: Node, cast: Cast) -> str:
        """The text."""
        text = TEXT.read(node, cast)
        cast.term(self.sort, scalar(node, "a word"))
        return text

    def schema(self) -> Schema:
        """A text."""
        return TEXT.schema()


KINDS: Final = {kind: kind for kind in WEBHOOK_KINDS}
OF: Final = Keyed(
    "`of`",
    {
        "rest": Key(Judged("operation")),
        "webhook": Key(Choice("a kind of webhook", KINDS)),
        "event": Key(Judged("event")),
    },
)
UNDATED: Final = "undated"
SIGNATURES: Final = {word: word for word in ("missing", "wrong", "stale", "genuine", UNDATED)}
TOKENS: Final = {word: word for word in ("missing", "wrong", "replayed", "of another call")}
CLAIMS: Final = {word: word for word in ("another call", "an unknown call")}

CHOSEN: Final[Mapping[str, Shape[Any]]] = {"of": OF, "chance": PERCENT, "count": COUNT, "seed": WHOLE}
ALTERED: Final[Mapping[str, Shape[Any]]] = {
    "of": OF,
    "change": Data("what is changed"),
    "to": TEXT,
    "signature": Choice("a kind of signature", SIGNATURES),
    "token": Choice("a kind of token", TOKENS),
    "claims": Choice("a call that is claimed", CLAIMS),
}

OPTIONS: Final[Mapping[str, Mapping[str, Shape[Any]]]] = {
    "drop": CHOSEN,
    "delay": {**CHOSEN, "by": SPAN},
    "duplicate": {**CHOSEN, "by": SPAN, "copies": COUNT},
    "reorder": {**CHOSEN, "by": SPAN},
    "replay": {"of": OF, "copies": COUNT, "by": SPAN},
    "tamper": {**ALTERED, "chance": PERCENT, "count": COUNT, "seed": WHOLE},
    "forge": ALTERED,
    "refuse": {**CHOSEN, "status": WHOLE},
    "mute": CHOSEN,
    "cut": {},
    "heal": {},
}
NEEDED: Final = {("delay", "by"), ("reorder", "by")}
FIELDS: Final = frozenset({"of", "by", "chance", "count", "after"})
"""The options that are fields of a `NetStep` or of its step; the others are its `options`."""


OF_OTHERS: Final = ("of", "change", "to", "signature")
"""The options that exchanges with AI services have not."""

OF_STREAMS: Final = ("token", "claims")
"""The options that only openings of streams have."""


def fault(said: Said) -> Verb:
    """The fault that a step describes."""
    if "stream" not in str(said.value):
        for word in OF_STREAMS:
            remedy = f"Such as `net: {{forge: last stream, {word}: ...}}`."
            said.refuse(word, f"`{word}` is what a stream tells", remedy)
    else:
        said.refuse("of", "streams cannot be told apart", "Leave `of` out; `count` says how many are meant.")
    if said.value in SPEECH:
        for word in OF_OTHERS:
            said.refuse(word, f"`{word}` says nothing of a service", "Leave it out; `count` says how many are meant.")
    if said.get("of") is not None and not said.get("of"):
        raise wrong(said.keys["of"], "`of` names nothing", "Such as `of: {rest: create call}`.")
    if said.get("signature") == UNDATED and said.value != "last webhook":
        raise wrong(said.keys["signature"], "only a copy has no time", "Such as `net: {forge: last webhook, ...}`.")
    said.cast.net_steps += 1
    return NetStep(
        what=said.verb.text,
        which=said.value or "everything",
        of=said.get("of", {}),
        by=said.get("by"),
        chance=said.get("chance", 1.0),
        count=said.get("count"),
        options={word: value for word, value in said.values.items() if word not in (said.verb.text, *FIELDS)},
    )


def form(verb: str) -> Form:
    """The form of one of the verbs, from the tables."""
    return Form(
        build=fault,
        value=Choice(f"something to {verb}", {target: target for target in TARGETS[verb]}),
        optional=verb in ("cut", "heal"),
        options={
            word: Key(shape, needed=(verb, word) in NEEDED, example="2s") for word, shape in OPTIONS[verb].items()
        },
    )


VERBS: Final[Family] = {verb: form(verb) for verb in TARGETS}
