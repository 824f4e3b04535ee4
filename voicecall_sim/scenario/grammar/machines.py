"""Kinds of people with keys of their own: humans, and what answers in their place (voicemail, a menu, a screener, …).

The keys are those of `actors`; a test compares them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from voicecall_sim.scenario.cast import Cast
from voicecall_sim.scenario.errors import Findings
from voicecall_sim.scenario.grammar.matcher import CAUGHT
from voicecall_sim.scenario.grammar.shape import Key, Keyed, Schema, ref
from voicecall_sim.scenario.grammar.words import COUNT, DURATION, FLAG, TEXT
from voicecall_sim.scenario.matching import Comparison
from voicecall_sim.scenario.nodes import Node, Pairs, Scalar, wrong

CHOICE: Final = re.compile(r"[0-9*#]", re.ASCII)


@dataclass(frozen=True, slots=True)
class Menu:
    """A place in a menu: what it says, and what each key leads to, or so many `digits` and where they lead."""

    def read(self, node: Node, cast: Cast) -> Mapping[str, Any]:
        """Plain data with the same keys, menus nested."""
        choices: list[tuple[Scalar, Node]] = []
        if isinstance(node, Pairs):
            choices = [pair for pair in node.pairs if CHOICE.fullmatch(pair[0].text)]
            node = Pairs(node.place, tuple(pair for pair in node.pairs if pair not in choices), node.flow)
        findings = Findings()
        values: dict[str, Any] = {}
        with findings.gathering():
            values |= PLACE.read(node, cast)
            self.check(node, values, choices)
        for key, value in choices:
            with findings.gathering():
                values[key.text] = self.read(value, cast)
        findings.settle()
        return values

    def check(self, node: Node, values: Mapping[str, Any], choices: Sequence[tuple[Scalar, Node]]) -> None:
        """The keys must not contradict each other."""
        if "digits" in values and choices:
            remedy = "Put the choices into `then`."
            raise wrong(choices[0][0], "a menu takes either one key of several or `digits`", remedy)
        for one, other in (("digits", "then"), ("then", "digits")):
            if one in values and other not in values:
                key = node.key(one) if isinstance(node, Pairs) else None
                raise wrong(key or node, "`digits` and `then` go together", f"Add `{other}: ...`.")

    def schema(self) -> Schema:
        """A reference to its definition."""
        return ref("menu")

    def definition(self) -> Schema:
        """The definition: the fixed keys, and a menu under each key that can be pressed."""
        return {**PLACE.schema(), "patternProperties": {"^[0-9*#]$": self.schema()}}


MENU: Final = Menu()
PLACE: Final = Keyed("a menu", {"says": Key(TEXT, needed=True), "digits": Key(COUNT), "then": Key(MENU)})


@dataclass(frozen=True, slots=True)
class FlagOrMatcher:
    """Yes, no, or what an answer must be like."""

    def read(self, node: Node, cast: Cast) -> bool | Comparison:
        """The flag or the matcher."""
        if isinstance(node, Scalar) and node.plain and node.text in ("true", "false"):
            return FLAG.read(node, cast)
        return CAUGHT.read(node, cast)

    def schema(self) -> Schema:
        """A flag or a matcher."""
        return {"anyOf": [FLAG.schema(), CAUGHT.schema()]}


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of person, with its own keys."""

    name: str
    keys: Mapping[str, Key] = field(default_factory=dict)


KINDS: Final[Mapping[str, Kind]] = {
    kind.name: kind
    for kind in (
        Kind("human", {"greeting": Key(TEXT)}),
        Kind(
            "voicemail",
            {"greeting": Key(TEXT), "beep": Key(FLAG), "length": Key(DURATION), "silence": Key(DURATION)},
        ),
        Kind(
            "ivr",
            {
                "menu": Key(MENU, needed=True),
                "timeout": Key(DURATION),
                "rounds": Key(COUNT),
                "wrong": Key(TEXT),
                "goodbye": Key(TEXT),
                "lingers": Key(DURATION),
            },
        ),
        Kind(
            "screener",
            {
                "asks": Key(TEXT),
                "connects": Key(FlagOrMatcher()),
                "waits": Key(DURATION),
                "thinks": Key(DURATION),
                "accepts": Key(TEXT),
                "declines": Key(TEXT),
                "greeting": Key(TEXT),
            },
        ),
        Kind("fax", {"patience": Key(DURATION)}),
        Kind("hold", {"says": Key(TEXT), "every": Key(DURATION), "gives up": Key(DURATION)}),
        Kind("silent", {"gives up": Key(DURATION)}),
    )
}
