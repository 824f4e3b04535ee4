"""The matrix: axes, their cells, `"{axis}"` replaced by a cell's values, and the ids of what comes of it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product
from math import prod
from typing import Final, TypeAlias

from voicecall_sim.scenario.cast import Cast
from voicecall_sim.scenario.errors import Findings, suggestion
from voicecall_sim.scenario.grammar.shape import Schema
from voicecall_sim.scenario.nodes import Items, Node, Pairs, Scalar, sort_of, unquoted_reference, wrong

AXIS: Final = re.compile(r"[a-z][a-z0-9_-]*", re.IGNORECASE | re.ASCII)
RANGE: Final = re.compile(r"(-?\d{1,9})\.\.(-?\d{1,9})", re.ASCII)
REFERENCE: Final = re.compile(r"\{\{([a-z][a-z0-9_-]*)\}\}|\{\{|\{([a-z][a-z0-9_-]*)\}", re.IGNORECASE | re.ASCII)
"""`{{word}}` and `{{` are escapes, `{word}` refers to an axis; all other braces are themselves."""
MOST: Final = 10_000
"""How many cells a matrix may have."""
LONGEST: Final = 40
"""Characters of a value that an id shows."""

Cell: TypeAlias = Mapping[str, Scalar]
"""One value of each axis."""


@dataclass(frozen=True, slots=True)
class Axis:
    """An axis: its name, where it stands, its values in order."""

    key: Scalar
    values: tuple[Scalar, ...]


@dataclass(frozen=True, slots=True)
class Matrix:
    """The map below `matrix:`. Axes named like one of `settable` set that key; like one of `blocks` cannot be."""

    settable: Collection[str]
    blocks: Collection[str]

    def read(self, node: Node, cast: Cast) -> tuple[Axis, ...]:
        """The axes in order."""
        if not isinstance(node, Pairs):
            raise wrong(node, f"`matrix` is a map, this is {sort_of(node)}", "Such as `matrix: {age: [10s, 6m]}`.")
        findings, axes = Findings(), []
        for key, values in node.pairs:
            with findings.gathering():
                axes.append(Axis(self.named(key), distinct(key, tuple(values_of(key, values)))))
        findings.settle()
        if prod(len(axis.values) for axis in axes) > MOST:
            raise wrong(node, f"more than {MOST} cells", "Leave values out.")
        return tuple(axes)

    def named(self, key: Scalar) -> Scalar:
        """The key, if an axis may be called so."""
        if key.text in self.blocks:
            remedy = f"Axes that set a key are {', '.join(self.settable)}; choose another name for others."
            raise wrong(key, f"an axis cannot be called `{key.text}`: a block has this name", remedy)
        if not AXIS.fullmatch(key.text):
            raise wrong(key, f"`{key.text}` cannot be the name of an axis", "Letters, digits, `-` and `_`.")
        return key

    def schema(self) -> Schema:
        """Lists or ranges by axis."""
        value = {"type": ["string", "number", "boolean", "null"]}
        a_range = {"type": "string", "pattern": r"^-?[0-9]+[.][.]-?[0-9]+$"}
        axis = {"anyOf": [{"type": "array", "items": value, "minItems": 1}, a_range]}
        return {"type": "object", "additionalProperties": axis}


def values_of(key: Scalar, node: Node) -> Iterator[Scalar]:
    """The values of an axis: single values, ranges of integers."""
    items = node.items if isinstance(node, Items) else (node,)
    if not items:
        raise wrong(node, f"the axis `{key.text}` has no values", "Such as `[10s, 6m]` or `1..25`.")
    for item in items:
        if not isinstance(item, Scalar):
            raise wrong(
                item, f"the values of an axis are single values, this is {sort_of(item)}", "Such as `[10s, 6m]`."
            )
        found = RANGE.fullmatch(item.text) if item.plain else None
        if found is None and not isinstance(node, Items):
            raise wrong(item, f"the axis `{key.text}` needs a list or a range", f"Write `[{item.text}]` or `1..25`.")
        yield from integers(item, int(found[1]), int(found[2])) if found else (item,)


def integers(node: Scalar, first: int, last: int) -> Iterator[Scalar]:
    """A range of integers, both ends included."""
    if last < first:
        raise wrong(node, "the range ends before it begins", f"Write `{last}..{first}`.")
    if last - first >= MOST:
        raise wrong(node, f"more than {MOST} values", "Choose a smaller range.")
    return (replace(node, text=str(value)) for value in range(first, last + 1))


def distinct(key: Scalar, values: tuple[Scalar, ...]) -> tuple[Scalar, ...]:
    """The values, if none is there twice."""
    seen: set[str] = set()
    for value in values:
        if value.text in seen:
            raise wrong(value, f"`{value.text}` is there twice on the axis `{key.text}`", "Leave one out.")
        seen.add(value.text)
    return values


def cells(axes: Sequence[Axis]) -> Iterator[Cell]:
    """Every combination, in the order of the file; one empty cell without axes."""
    for values in product(*(axis.values for axis in axes)):
        yield {axis.key.text: value for axis, value in zip(axes, values, strict=True)}


# --- replacing references ---------------------------------------------------------------------------------------


class Filling:
    """Replaces references by the values of a cell, and remembers which axes were referred to."""

    def __init__(self, cell: Cell) -> None:
        self.cell = cell
        self.referred: set[str] = set()
        self.findings = Findings()

    def fill(self, node: Node) -> Node:
        """The node with every reference below it replaced; problems go into `findings`."""
        match node:
            case Scalar():
                return self.scalar(node) if "{" in node.text else node
            case Items(items=items):
                return replace(node, items=tuple(self.fill(item) for item in items))
            case Pairs(pairs=pairs):
                self.referred |= {word for word in node.words[:1] if unquoted_reference(node) and word in self.cell}
                return replace(
                    node, pairs=tuple(self.still_distinct((self.key(key), self.fill(value)) for key, value in pairs))
                )

    def key(self, key: Scalar) -> Scalar:
        """A key; it may refer to an axis, too."""
        return self.scalar(key) if "{" in key.text else key

    def still_distinct(self, pairs: Iterable[tuple[Scalar, Node]]) -> Iterator[tuple[Scalar, Node]]:
        """The pairs, the first of each key: replacing may have made two equal."""
        seen: set[str] = set()
        for key, value in pairs:
            if key.text in seen:
                self.findings.add(
                    key.place, f"`{key.text}` is there twice", f"Here {key.because}." if key.because else ""
                )
            else:
                seen.add(key.text)
                yield key, value

    def scalar(self, node: Scalar) -> Scalar:
        """A value that is wholly a reference takes the axis's value as it was written; within a text, its text."""
        parts = list(REFERENCE.finditer(node.text))
        if len(parts) == 1 and parts[0][2] and parts[0].span() == (0, len(node.text)):
            value = self.value(parts[0][2], node)
            return node if value is None else replace(value, place=node.place, because=because(parts[0][2], value))
        text = REFERENCE.sub(lambda found: self.part(found, node), node.text)
        names = [part[2] for part in parts if part[2] in self.cell]
        reason = because(names[0], self.cell[names[0]]) if names else ""
        return replace(node, text=text, because=reason)

    def part(self, found: re.Match[str], node: Scalar) -> str:
        """What stands in the place of one match within a text."""
        if found[1]:
            return f"{{{found[1]}}}"
        if not found[2]:
            return "{"
        value = self.value(found[2], node)
        return found[0] if value is None else value.text

    def value(self, axis: str, node: Scalar) -> Scalar | None:
        """The cell's value on an axis."""
        if axis not in self.cell:
            remedy = suggestion(axis, self.cell, "The axes are {}.".format)
            escape = f"For the text itself write `{{{{{axis}}}}}`."
            self.findings.add(node.place, f"there is no axis `{axis}`", f"{remedy} {escape}".strip())
            return None
        self.referred.add(axis)
        return self.cell[axis]


def because(axis: str, value: Scalar) -> str:
    """Why a value stands where the file has a reference."""
    return f"`{{{axis}}}` is `{value.text}`"


# --- ids --------------------------------------------------------------------------------------------------------


def slugged(text: str) -> str:
    """A text for ids: lower case, without accents; letters, digits and `.+_=` stay, all else becomes single dashes."""
    plain = "".join(part for part in unicodedata.normalize("NFKD", text) if not unicodedata.combining(part))
    return re.sub(r"[^\w.+=]+", "-", plain.lower()).strip("-") or "x"


def cell_id(carrier: str, cell: Cell) -> str:
    """`twilio-tunnel=ngrok-free` for a carrier and a cell."""
    return "-".join([slugged(carrier), *(f"{slugged(axis)}={readable(value.text)}" for axis, value in cell.items())])


def readable(value: str) -> str:
    """A value for ids: as it is if its characters allow that, else slugged; of a long one the beginning."""
    whole = value if re.fullmatch(r"[\w.+-]+", value) else slugged(value)
    return whole if len(whole) <= LONGEST else f"{whole[:LONGEST].rstrip('-.')}..."


class Ids:
    """Ids that are distinct: a second one of the same text gets `~2`."""

    def __init__(self, file: str, name: str) -> None:
        self.stem = f"{file}::{slugged(name)}"
        self.taken: dict[str, int] = {}

    def of(self, carrier: str, cell: Cell) -> str:
        """The id of a cell."""
        text = cell_id(carrier, cell)
        self.taken[text] = self.taken.get(text, 0) + 1
        return f"{self.stem}[{text}{f'~{self.taken[text]}' if self.taken[text] > 1 else ''}]"
