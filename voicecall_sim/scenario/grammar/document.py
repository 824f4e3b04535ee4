"""The keys of a scenario file: its head, which says what it is, and its body, which is read for every cell."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from voicecall_sim.scenario.cast import Cast
from voicecall_sim.scenario.errors import Findings
from voicecall_sim.scenario.grammar.calling import CALLING, check_calling
from voicecall_sim.scenario.grammar.matcher import CAUGHT
from voicecall_sim.scenario.grammar.person import People
from voicecall_sim.scenario.grammar.shape import Choice, Key, Keyed, Many, Schema, ref
from voicecall_sim.scenario.grammar.step import Script
from voicecall_sim.scenario.grammar.words import DURATION, FLAG, NAME, TEXT, VERSION, WHOLE, Data
from voicecall_sim.scenario.matrix import Matrix
from voicecall_sim.scenario.nodes import Items, Node, Pairs, Scalar, scalar, sort_of, wrong
from voicecall_sim.scenario.plan import ReplyPlan
from voicecall_sim.scenario.verbs.expect import METRIC
from voicecall_sim.scenario.verbs.tunnel import TUNNELS

OTHERS: Final = ("app", "carrier")
"""Who besides the people can be held to silence by `strict`."""

PAIR: Final = Keyed(
    "a pair",
    {"hears": Key(CAUGHT, needed=True), "replies": Key(TEXT), "after": Key(DURATION), **CALLING},
    {"says": "Did you mean `replies`?"},
)


@dataclass(frozen=True, slots=True)
class Reply:
    """A pair of the scripted brain: `{hears: "opening hours", replies: "From nine to five."}`."""

    def read(self, node: Node, cast: Cast) -> ReplyPlan:
        """The pair; `after` is how long the brain thinks."""
        values = PAIR.read(node, cast)
        if "replies" not in values and "calls" not in values:
            raise wrong(node, "a pair needs `replies`", "Add `replies: ...`, or `calls: {name: {}}`.")
        check_calling(node, values)
        return ReplyPlan(
            place=node.place,
            hears=values["hears"],
            replies=values.get("replies", ""),
            after=values.get("after", 0),
            calls=values.get("calls"),
            then=values.get("then", ""),
        )

    def schema(self) -> Schema:
        """A map with `hears` and `replies`."""
        return PAIR.schema()


@dataclass(frozen=True, slots=True)
class Strict:
    """`true` for everybody whom the steps name, or a list of actors."""

    def read(self, node: Node, cast: Cast) -> tuple[str, ...]:
        """Whose unmentioned messages are forbidden."""
        if not isinstance(node, Items):
            return (*sorted(cast.used), *OTHERS) if FLAG.read(node, cast) else ()
        findings, actors = Findings(), []
        for item in node.items:
            with findings.gathering():
                name = scalar(item, "an actor")
                actors.append(name.text if name.text in OTHERS else cast.member(name).name)
        findings.settle()
        return tuple(actors)

    def schema(self) -> Schema:
        """A flag or a list of names."""
        return {"anyOf": [FLAG.schema(), {"type": "array", "items": {"type": "string"}}]}


@dataclass(frozen=True, slots=True)
class Reasons:
    """`skip: {plivo: "reason"}`."""

    def read(self, node: Node, cast: Cast) -> Mapping[str, str]:
        """The reasons by carrier."""
        if not isinstance(node, Pairs):
            raise wrong(node, f"`skip` is a map, this is {sort_of(node)}", "Which carrier, and why: `{name: reason}`.")
        findings, reasons = Findings(), {}
        for carrier, reason in node.pairs:
            with findings.gathering():
                cast.carriers_named.append(carrier)
                reasons[NAME.read(carrier, cast)] = TEXT.read(reason, cast)
        findings.settle()
        return reasons

    def schema(self) -> Schema:
        """Reasons by carrier."""
        return {"type": "object", "additionalProperties": {"type": "string"}}


@dataclass(frozen=True, slots=True)
class Carriers:
    """The carriers of a scenario: names, each once. Whether they are emulated here is not the file's business."""

    def read(self, node: Node, cast: Cast) -> tuple[Scalar, ...]:
        """The names."""
        names = Many(NAME, "a list of carriers", alone=True).read(node, cast)
        nodes = node.items if isinstance(node, Items) else (node,)
        if not names:
            raise wrong(node, "there are no carriers", "Name some, or leave `carriers` out: all are meant then.")
        for index, name in enumerate(names):
            if name in names[:index]:
                raise wrong(nodes[index], f"`{name}` is there twice", "Leave one out.")
        return tuple(item for item in nodes if isinstance(item, Scalar))

    def schema(self) -> Schema:
        """A name or several."""
        names = {"type": "array", "items": NAME.schema(), "minItems": 1, "uniqueItems": True}
        return {"anyOf": [NAME.schema(), names]}


SETTABLE: Final = ("tunnel", "seed")
"""The keys that an axis of that name sets."""

BODY: Final[Mapping[str, Key]] = {
    "app": Key(Data("the configuration of the application")),
    "people": Key(People()),
    "agent": Key(Many(Reply(), "a list of pairs")),
    "tunnel": Key(Choice("a kind of tunnel", {tunnel: tunnel for tunnel in TUNNELS})),
    "seed": Key(WHOLE),
    "strict": Key(Strict()),
    "thresholds": Key(Many(METRIC, "a list of limits", alone=True)),
    "steps": Key(Script(), needed=True, example="[...]"),
}
BLOCKS: Final = frozenset(
    {*BODY, "voicecall", "name", "why", "carriers", "matrix", "skip", "expect_fail", "tags", "use"}
).difference(SETTABLE)
HEAD: Final[Mapping[str, Key]] = {
    "voicecall": Key(VERSION, needed=True, example="1"),
    "name": Key(TEXT, needed=True, example="what it shows"),
    "why": Key(TEXT),
    "carriers": Key(Carriers()),
    "matrix": Key(Matrix(SETTABLE, BLOCKS)),
    "skip": Key(Reasons()),
    "expect_fail": Key(TEXT),
    "tags": Key(Many(NAME, "a list of tags", alone=True)),
    "use": Key(Many(TEXT, "a list of files", alone=True)),
}
HINTS: Final = {
    "only": "`only` is a step: `- only: {carrier: [steps]}`, where its steps belong.",
    "expect": "What is expected is a step: `- expect: {...}` below `steps:`.",
    "carrier": "Did you mean `carriers`?",
    "config": "The configuration of the application stands below `app:`.",
    "description": "Did you mean `why`?",
    "persons": "Did you mean `people`?",
}
TOP: Final = Keyed("a scenario", {**HEAD, **BODY}, HINTS)


def top_schema() -> dict[str, Any]:
    """The schema of a whole file; `app` is a definition of its own."""
    schema = dict(TOP.schema())
    schema["properties"] = {**schema["properties"], "app": ref("app")}
    return schema
