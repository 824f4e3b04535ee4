"""The single values of the language, each with its name in the schema: texts, durations, numbers, keys."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from voicecall_sim.scenario import units
from voicecall_sim.scenario.cast import Cast, Member
from voicecall_sim.scenario.grammar.shape import Key, Keyed, Schema, Word, ref
from voicecall_sim.scenario.nodes import Items, Node, Pairs, Scalar, scalar, sort_of, wrong
from voicecall_sim.scenario.place import Place
from voicecall_sim.scenario.plan import Window
from voicecall_sim.scenario.units import Unfit
from voicecall_sim.world.clock import Micros

LARGEST_CROWD: Final = 10_000
SLUG: Final = re.compile(r"[a-z0-9][a-z0-9_-]*")


def text(value: str) -> str:
    """A text that says something."""
    if not value.strip():
        raise Unfit("an empty text", "Write the words between the quotes, or leave the key out.")
    return value


def pattern(value: str) -> re.Pattern[str]:
    """A regular expression."""
    try:
        return re.compile(value)
    except (re.error, OverflowError, RecursionError) as error:
        raise Unfit(f"`{value}` is no regular expression: {error}", "`\\` before a sign takes it literally.") from error


def slug(value: str) -> str:
    """A name that can stand in ids and on a command line."""
    if SLUG.fullmatch(value):
        return value
    raise Unfit(f"`{value}` cannot be a name", "Names are of lower-case letters, digits, `-` and `_`.")


def positive(value: str) -> int:
    """An integer from 1."""
    result = units.whole(value)
    if result < 1:
        raise Unfit(f"`{value}` is less than 1", "Count from 1.")
    return result


def crowd_size(value: str) -> int:
    """How many a crowd has."""
    result = positive(value)
    if result > LARGEST_CROWD:
        raise Unfit(f"`{value}` is too large a crowd", f"There can be {LARGEST_CROWD} at most.")
    return result


def version(value: str) -> int:
    """The version of the language."""
    if value == "1":
        return 1
    raise Unfit(f"`{value}` is a version that is not known here", "This installation reads `voicecall: 1`.")


SCALAR: Final[Schema] = {"type": ["string", "number", "boolean"]}
E164: Final[Schema] = {"type": "string", "pattern": r"^\+[1-9][0-9]{1,14}$"}
"""A number in quotes. Without them an editor takes it for an integer."""

TEXT: Final = Word("text", "a text", text, SCALAR)
PATTERN: Final = Word("pattern", "a regular expression", pattern, {"type": "string", "format": "regex"})
NAME: Final = Word("name", "a name", slug, {"type": "string", "pattern": "^[a-z0-9][a-z0-9_-]*$"})
DURATION: Final = Word(
    "duration",
    "a duration",
    units.duration,
    {"type": "string", "pattern": r"^([0-9]+([.][0-9]+)?|[.][0-9]+)\s*(us|ms|s|m|h|d)$"},
)
PHONE: Final = Word(
    "phone",
    "a telephone number",
    units.phone,
    {"anyOf": [{"type": "integer"}, E164]},
)
CALLER_ID: Final = Word(
    "callerId", "a telephone number", units.caller_id, {"anyOf": [{"const": "anonymous"}, ref("phone")]}
)
KEYS: Final = Word(
    "keys",
    "what is pressed",
    units.keys,
    {"anyOf": [{"type": "integer", "minimum": 0}, {"type": "string", "pattern": "^[0-9*#wW]+$"}]},
    quote="*#",
)
PERCENT: Final = Word("percent", "a percentage", units.percent, {"type": "string", "pattern": "^[0-9]+([.][0-9]+)?%$"})
DECIBELS: Final = Word(
    "decibels", "a level", units.decibels, {"type": "string", "pattern": "^[-+]?[0-9]+([.][0-9]+)?[dD][bB]$"}
)
WHOLE: Final = Word("whole", "a whole number", units.whole, {"type": "integer"})
COUNT: Final = Word("count", "a count", positive, {"type": "integer", "minimum": 1})
CROWD: Final = Word(
    "crowd", "the size of a crowd", crowd_size, {"type": "integer", "minimum": 1, "maximum": LARGEST_CROWD}
)
NUMBER: Final = Word("number", "a number", units.number, {"type": "number"})
FLAG: Final = Word("flag", "true or false", units.flag, {"type": "boolean"})
VERSION: Final = Word("version", "the version of the language", version, {"const": 1})

WORDS: Final[tuple[Word[Any], ...]] = (
    TEXT, PATTERN, NAME, DURATION, PHONE, CALLER_ID, KEYS, PERCENT, DECIBELS,
    WHOLE, COUNT, CROWD, NUMBER, FLAG, VERSION,
)  # fmt: skip


# --- spans ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Span:
    """`2s`, or `{between: [1s, 2s]}`: the shortest and the longest."""

    def read(self, node: Node, cast: Cast) -> tuple[Micros, Micros]:
        """Both in microseconds; equal for a plain duration."""
        if not isinstance(node, Pairs):
            exact = DURATION.read(node, cast)
            return exact, exact
        low, high = BETWEEN.read(node, cast)["between"]
        if low > high:
            raise wrong(node, "the span ends before it begins", "`between: [shortest, longest]`.")
        return low, high

    def schema(self) -> Schema:
        """A duration or a map with `between`."""
        return {"anyOf": [DURATION.schema(), BETWEEN.schema()]}


@dataclass(frozen=True, slots=True)
class Two:
    """A list of exactly two durations."""

    def read(self, node: Node, cast: Cast) -> tuple[Micros, Micros]:
        """Both."""
        if not isinstance(node, Items) or len(node.items) != 2:
            raise wrong(node, "`between` takes two durations", "Write `{between: [1s, 2s]}`.")
        first, second = (DURATION.read(item, cast) for item in node.items)
        return first, second

    def schema(self) -> Schema:
        """An array of two."""
        return {"type": "array", "items": DURATION.schema(), "minItems": 2, "maxItems": 2}


BETWEEN: Final = Keyed("a span", {"between": Key(Two(), needed=True)})
SPAN: Final = Span()


@dataclass(frozen=True, slots=True)
class Within:
    """The window of an awaiting step."""

    def read(self, node: Node, cast: Cast) -> Window:
        """`within: 2s` is from now to then; `between` sets both ends."""
        low, high = SPAN.read(node, cast)
        return Window(at_most=high, at_least=low if isinstance(node, Pairs) else 0)

    def schema(self) -> Schema:
        """A span."""
        return SPAN.schema()


# --- people and calls by name -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Somebody:
    """The name of a person of the scenario."""

    def read(self, node: Node, cast: Cast) -> Member:
        """The person."""
        return cast.member(scalar(node, "a person's name"))

    def schema(self) -> Schema:
        """A name."""
        return {"type": "string"}


@dataclass(frozen=True, slots=True)
class NamesCall:
    """`as: first`."""

    def read(self, node: Node, cast: Cast) -> str:
        """The name."""
        NAME.read(node, cast)
        return cast.name_call(scalar(node, "a name"))

    def schema(self) -> Schema:
        """A name."""
        return NAME.schema()


@dataclass(frozen=True, slots=True)
class NamedCall:
    """`call: first`. `hint` is added to the remedy when no call has that name."""

    hint: str = ""

    def read(self, node: Node, cast: Cast) -> str:
        """The name."""
        return cast.named_call(scalar(node, "the name of a call"), self.hint)

    def schema(self) -> Schema:
        """A name."""
        return NAME.schema()


# --- plain data -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Data:
    """Anything, typed by YAML 1.2's core schema; maps only with `what`."""

    what: str = ""

    def read(self, node: Node, cast: Cast) -> Any:
        """The plain data."""
        if self.what and not isinstance(node, Pairs):
            raise wrong(node, f"{self.what} is a map, this is {sort_of(node)}", "Such as `{key: value}`.")
        return plain_data(node)

    def schema(self) -> Schema:
        """An object, or anything."""
        return {"type": "object"} if self.what else {}


def plain_data(node: Node) -> Any:
    """The node as plain data. Telephone numbers and digits with a leading zero stay texts."""
    match node:
        case Scalar(text=value, plain=plain):
            return units.core(value) if plain else value
        case Items(items=items):
            return [plain_data(item) for item in items]
        case Pairs(pairs=pairs):
            return {key.text: plain_data(value) for key, value in pairs}


def places_of(node: Node, path: str) -> Mapping[str, Place]:
    """The place of every value below a node by its path: `app.outbound.defaultMode`, `app.allowFrom.0`."""
    places: dict[str, Place] = {path: node.place}
    if isinstance(node, Items):
        for index, item in enumerate(node.items):
            places |= places_of(item, f"{path}.{index}")
    elif isinstance(node, Pairs):
        for key, value in node.pairs:
            places |= places_of(value, f"{path}.{key.text}")
            places[f"{path}.{key.text}"] = spanning(key.place, value)
    return places


def spanning(key: Place, value: Node) -> Place:
    """The place of a pair: from its key to the end of its value, if that is in the same line."""
    end = key.column + key.width
    if isinstance(value, Scalar) and value.place.line == key.line and value.text:
        end = value.place.column + value.place.width
    return Place(key.file, key.line, key.column, key.excerpt, end - key.column)
