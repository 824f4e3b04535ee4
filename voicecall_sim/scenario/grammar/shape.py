"""Shapes: what may stand somewhere in a scenario. A shape reads a node into a value, and prints its JSON Schema.

So one table is parser, completion in editors and documentation. A shape raises `ScenarioError` with everything that is
wrong below its node.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Generic, Protocol, TypeAlias, TypeVar

from voicecall_sim.scenario.cast import Cast
from voicecall_sim.scenario.errors import Findings, nearest, suggestion
from voicecall_sim.scenario.nodes import Items, Node, Pairs, Scalar, scalar, sort_of, wrong
from voicecall_sim.scenario.units import Unfit

Schema: TypeAlias = Mapping[str, Any]
T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)


class Shape(Protocol[T_co]):
    """What may stand somewhere."""

    def read(self, node: Node, cast: Cast) -> T_co:
        """The value that the node means. Raises `ScenarioError` with all that is wrong with it."""
        ...

    def schema(self) -> Schema:
        """JSON Schema (draft-07) of it, as an editor sees YAML."""
        ...


def ref(name: str) -> Schema:
    """A reference to a definition of the schema."""
    return {"$ref": f"#/definitions/{name}"}


@dataclass(frozen=True, slots=True)
class Word(Generic[T]):
    """A single value, typed by a function that raises `Unfit`.

    `name` is its definition's in the schema, `what` its name in messages. Characters in `quote` only count in quotes.
    """

    name: str
    what: str
    typed: Callable[[str], T]
    json: Schema
    quote: str = ""

    def read(self, node: Node, cast: Cast) -> T:
        """The typed value."""
        value = scalar(node, self.what)
        if value.empty:
            raise wrong(value, f"{self.what} is missing here", comment_remedy(value) or f"Write {self.what} here.")
        if value.plain and any(character in value.text for character in self.quote):
            raise wrong(value, f"digits with * or # go into quotes: `{value.text}`", f'Write "{value.text}".')
        try:
            return self.typed(value.text)
        except Unfit as unfit:
            raise wrong(value, unfit.message, unfit.remedy) from unfit

    def schema(self) -> Schema:
        """Its definition."""
        return ref(self.name)


def comment_remedy(value: Scalar) -> str:
    """A remedy for a value that YAML took for a comment."""
    if ": #" in value.place.excerpt:
        return "A `#` after a space begins a comment: quote what belongs to the value."
    return ""


@dataclass(frozen=True, slots=True)
class Choice(Generic[T]):
    """One of several words."""

    what: str
    words: Mapping[str, T]

    def read(self, node: Node, cast: Cast) -> T:
        """What the word stands for."""
        value = scalar(node, self.what)
        if value.text not in self.words:
            message = f"`{value.text}` is not {self.what}" if value.text else f"{self.what} is missing here"
            raise wrong(value, message, suggestion(value.text, self.words, "It can be: {}.".format))
        return self.words[value.text]

    def schema(self) -> Schema:
        """Its words, or a reference to an axis."""
        return {"anyOf": [{"enum": list(self.words)}, ref("reference")]}


@dataclass(frozen=True, slots=True)
class Many(Generic[T]):
    """A list of one shape; with `alone` a single one may stand without brackets."""

    shape: Shape[T]
    what: str
    alone: bool = False

    def read(self, node: Node, cast: Cast) -> tuple[T, ...]:
        """The values in order."""
        if not isinstance(node, Items):
            if self.alone:
                return (self.shape.read(node, cast),)
            raise wrong(node, f"{self.what} is wanted here, this is {sort_of(node)}", "A list: `[a, b]`.")
        findings, values = Findings(), []
        for item in node.items:
            with findings.gathering():
                values.append(self.shape.read(item, cast))
        findings.settle()
        return tuple(values)

    def schema(self) -> Schema:
        """An array."""
        array = {"type": "array", "items": self.shape.schema()}
        return {"anyOf": [array, self.shape.schema()]} if self.alone else array


@dataclass(frozen=True, slots=True)
class Nothing:
    """A word that stands for itself: `hangs up`, `is busy: ` (or `true`)."""

    what: str

    def read(self, node: Node, cast: Cast) -> bool:
        """True."""
        if isinstance(node, Scalar) and (node.empty or (node.plain and node.text == "true")):
            return True
        refused = isinstance(node, Scalar) and node.text == "false"
        remedy = "Leave it out." if refused else f"Write `{self.what}: ` with nothing after it."
        raise wrong(node, f"nothing stands after `{self.what}`", remedy)

    def schema(self) -> Schema:
        """Null or true."""
        return {"enum": [None, True]}


@dataclass(frozen=True, slots=True)
class Key:
    """A key of a map: what stands under it, and whether it must be there; `example` is for the remedy if it is not."""

    shape: Shape[Any]
    needed: bool = False
    example: str = "..."


@dataclass(frozen=True, slots=True)
class Keyed:
    """A map with known keys, read into a dictionary of those that are there.

    `hints` are remedies for words that people try here and that belong elsewhere.
    """

    what: str
    keys: Mapping[str, Key]
    hints: Mapping[str, str] = field(default_factory=dict)

    def read(self, node: Node, cast: Cast) -> dict[str, Any]:
        """The values by key, in the order of the file."""
        pairs, findings, values = self.pairs(node), Findings(), {}
        for key, value in pairs.pairs:
            with findings.gathering():
                values[key.text] = self.known(key, value, pairs.flow).shape.read(value, cast)
        self.check_needed(pairs, findings)
        findings.settle()
        return values

    def check_needed(self, pairs: Pairs, findings: Findings) -> None:
        """Keys that must be there; one that was probably meant by another word has been complained of."""
        strange = [word for word in pairs.words if word not in self.keys]
        meant = {nearest(word, self.keys) for word in strange}
        hints = " ".join(self.hints.get(word, "") for word in strange)
        for word, form in self.keys.items():
            if form.needed and word not in pairs.words and word not in meant and f"`{word}`" not in hints:
                findings.add(pairs.place, f"{self.what} needs `{word}`", f"Add `{word}: {form.example}`.")

    def pairs(self, node: Node) -> Pairs:
        """The node, if it is a map."""
        if isinstance(node, Pairs):
            return node
        raise wrong(node, f"{self.what} is a map, this is {sort_of(node)}", f"Its keys are {', '.join(self.keys)}.")

    def known(self, key: Scalar, value: Node, flow: bool = False) -> Key:
        """What stands under this key. In braces an unknown key without a value may be the rest of a text."""
        if key.text in self.keys:
            return self.keys[key.text]
        remedy = self.hints.get(key.text) or suggestion(key.text, self.keys, "Its keys are {}.".format)
        torn = flow and isinstance(value, Scalar) and value.empty and nearest(key.text, self.keys) is None
        raise wrong(key, f"{self.what} has no key `{key.text}`", TORN if torn else remedy)

    def schema(self) -> Schema:
        """An object without further keys."""
        needed = [word for word, key in self.keys.items() if key.needed]
        properties = {word: key.shape.schema() for word, key in self.keys.items()}
        shape = {"type": "object", "properties": properties, "additionalProperties": False}
        return shape | ({"required": needed} if needed else {})


TORN: Final = "A text with a comma in it goes into quotes."
