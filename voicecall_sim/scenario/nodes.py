"""The nodes of a scenario file: scalars that keep their source text, lists, maps; each knows its place."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from voicecall_sim.scenario.errors import Problem, ScenarioError
from voicecall_sim.scenario.place import Place


@dataclass(frozen=True, slots=True)
class Scalar:
    """A single value as it was written; `plain` means without quotes, so that the grammar may type it.

    `because` tells of a value that a matrix put here: `{from} is bogus`.
    """

    place: Place
    text: str
    plain: bool
    because: str = ""

    @property
    def empty(self) -> bool:
        """Nothing stands here: `restarts: `."""
        return self.plain and not self.text


@dataclass(frozen=True, slots=True)
class Items:
    """A list."""

    place: Place
    items: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Pairs:
    """A map, its pairs in the order of the file, keys distinct. `flow` means written in braces."""

    place: Place
    pairs: tuple[tuple[Scalar, Node], ...]
    flow: bool = False

    def get(self, word: str) -> Node | None:
        """What stands under a key."""
        return next((value for key, value in self.pairs if key.text == word), None)

    def key(self, word: str) -> Scalar | None:
        """The key itself, for its place."""
        return next((key for key, _ in self.pairs if key.text == word), None)

    @property
    def words(self) -> Sequence[str]:
        """The texts of the keys."""
        return [key.text for key, _ in self.pairs]

    def only(self, words: Mapping[str, object]) -> Pairs:
        """The pairs with these keys."""
        return Pairs(self.place, tuple(pair for pair in self.pairs if pair[0].text in words), self.flow)


Node: TypeAlias = Scalar | Items | Pairs


def written(node: Node) -> str:
    """The node on one line, as a scenario would write it."""
    match node:
        case Scalar(text=text, plain=plain):
            return text if plain else json.dumps(text, ensure_ascii=False)
        case Items(items=items):
            return f"[{', '.join(map(written, items))}]"
        case Pairs():
            return f"{{{line_of(node)}}}"


def line_of(pairs: Pairs) -> str:
    """A map on one line without its braces: `anna: {says: "Yes", after: 600ms}`."""
    return ", ".join(f"{written(key)}: {written(value)}" for key, value in pairs.pairs)


def sort_of(node: Node) -> str:
    """What kind of node it is, for messages."""
    match node:
        case Scalar():
            return "a single value"
        case Items():
            return "a list"
        case Pairs():
            return "a map"


def wrong(node: Node, message: str, remedy: str = "") -> ScenarioError:
    """The error that says what is wrong with this node."""
    if isinstance(node, Scalar) and node.because:
        remedy = f"{remedy} Here {node.because}.".strip()
    return ScenarioError([Problem(node.place, message, remedy)])


def scalar(node: Node, what: str) -> Scalar:
    """The node, if it is a single value; else an error that names what is wanted: `a duration`."""
    if isinstance(node, Scalar):
        return node
    raise wrong(
        node, f"{what} is wanted here, this is {sort_of(node)}", unquoted_reference(node) or f"Write {what} here."
    )


def unquoted_reference(node: Node) -> str:
    """The remedy for `{from}` without quotes, which is a map to YAML."""
    if isinstance(node, Pairs) and node.flow and len(node.pairs) == 1:
        key, value = node.pairs[0]
        if isinstance(value, Scalar) and value.empty:
            return f'If the axis is meant, quote it: "{{{key.text}}}".'
    return ""
