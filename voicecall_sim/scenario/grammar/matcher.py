"""The syntax of matchers: a plain value, `{contains: }`, `{matches: }`, `{any: [..]}`, `{between: [a, b]}`, `{not: }`,
`{exactly: }`; lists item by item; maps as subsets.

What a plain value means depends on where it stands: a `Reader` is the syntax for one such place.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Final, TypeAlias

from voicecall_sim.scenario import matching, units
from voicecall_sim.scenario.cast import Cast
from voicecall_sim.scenario.errors import Findings, suggestion
from voicecall_sim.scenario.grammar.shape import Schema, comment_remedy, ref
from voicecall_sim.scenario.grammar.words import PATTERN, SCALAR
from voicecall_sim.scenario.hearing import Spoken, SpokenWithin
from voicecall_sim.scenario.matching import Comparison
from voicecall_sim.scenario.nodes import Items, Node, Pairs, Scalar, scalar, sort_of, written, wrong
from voicecall_sim.scenario.units import Unfit

Plain: TypeAlias = Callable[[Scalar], Comparison]


def equal(node: Scalar) -> Comparison:
    """A plain value is equality."""
    return matching.Equal(written(node), *((units.core(node.text), node.text) if node.plain else (node.text,)))


def spoken(node: Scalar) -> Comparison:
    """A plain text is a whole utterance."""
    return Spoken(written(node), heard(node))


def spoken_within(node: Scalar) -> Comparison:
    """A plain text occurs in the utterance."""
    return SpokenWithin(written(node), heard(node))


def heard(node: Scalar) -> str:
    """A text that can be heard."""
    if node.text.strip():
        return node.text
    raise wrong(node, "there is no text to be heard", comment_remedy(node) or 'Any text at all is {matches: "."}.')


def contained(node: Scalar) -> Comparison:
    """`{contains: }` outside of speech: letter by letter."""
    return matching.Contains(written(node), node.text)


@dataclass(frozen=True, slots=True)
class Reader:
    """The syntax of matchers at one place.

    `plain` reads a plain value and `within` the text of `contains`. With `main` a plain value speaks of that field of
    a map (`call: ended` of `state`). `fields` have syntaxes of their own; no other fields are there if `closed`.
    `item` is the syntax of the items of lists; `line` makes of a map's matcher what it means here. `text` allows
    neither lists nor maps. `more` has keys that mean another field. Plain values are of the `vocabulary`, if there is
    one, and called `word` in messages; with a `sort` the scenario's carriers judge them. `what` is what is matched,
    for messages; `name` the definition in the schema.
    """

    what: str = "a value"
    plain: Plain = equal
    within: Plain = contained
    main: str = ""
    fields: Mapping[str, Reader] = field(default_factory=dict)
    closed: bool = False
    item: Reader | None = None
    line: Callable[[str, Comparison], Comparison] | None = None
    text: bool = False
    more: Mapping[str, Callable[[Scalar, Node, Cast], tuple[str, Comparison]]] = field(default_factory=dict)
    vocabulary: tuple[str, ...] = ()
    word: str = ""
    sort: str = ""
    name: str = "matcher"

    def read(self, node: Node, cast: Cast) -> Comparison:
        """The matcher that the node describes."""
        match node:
            case Scalar():
                if self.sort and not node.empty:
                    cast.term(self.sort, node)
                return self.about(self.plain(self.known(node)))
            case _ if isinstance(node, Pairs) and any(key in MATCHERS for key in node.words):
                return self.combination(node, cast)
            case _ if self.text:
                remedy = "One of several texts is {any: [...]}." if isinstance(node, Items) else MATCHER_REMEDY
                raise wrong(node, f"{self.what} is wanted here, this is {sort_of(node)}", remedy)
            case Items():
                return self.elements(node, cast)
            case Pairs():
                subset = self.subset(node, cast)
                return self.line(written(node), subset) if self.line else subset

    def known(self, node: Scalar) -> Scalar:
        """The plain value, if it is of the vocabulary."""
        if self.vocabulary and node.text not in self.vocabulary:
            what = self.word or self.what
            message = f"`{node.text}` is not {what}" if node.text else f"{what} is missing here"
            raise wrong(node, message, suggestion(node.text, self.vocabulary, "It can be: {}.".format))
        return node

    def about(self, leaf: Comparison) -> Comparison:
        """A matcher of the whole value from one that a plain value or the like makes."""
        return matching.Subset(leaf.written, {self.main: leaf}) if self.main else leaf

    def combination(self, node: Pairs, cast: Cast) -> Comparison:
        """`{contains: a}`, or several such that all hold."""
        findings, parts = Findings(), []
        for key, value in node.pairs:
            with findings.gathering():
                if key.text not in MATCHERS:
                    remedy = f"Matchers are {', '.join(MATCHERS)}; they stand apart from fields."
                    raise wrong(key, f"`{key.text}` cannot stand beside a matcher", remedy)
                alone = written(Pairs(key.place, ((key, value),)))
                parts.append(MATCHERS[key.text](self, value, alone, cast))
        findings.settle()
        return parts[0] if len(parts) == 1 else matching.Every(written(node), tuple(parts))

    def elements(self, node: Items, cast: Cast) -> Comparison:
        """A list, item by item."""
        findings, items = Findings(), []
        reader = self.item or PLAIN
        for item in node.items:
            with findings.gathering():
                items.append(reader.read(item, cast))
        findings.settle()
        return matching.Elements(written(node), tuple(items))

    def subset(self, node: Pairs, cast: Cast) -> matching.Subset:
        """A map, field by field."""
        findings, fields = Findings(), {}
        for key, value in node.pairs:
            with findings.gathering():
                name, matcher = self.one_field(key, value, cast)
                fields[name] = matcher
        findings.settle()
        return matching.Subset(written(node), fields)

    def one_field(self, key: Scalar, value: Node, cast: Cast) -> tuple[str, Comparison]:
        """The field that a key means, and its matcher."""
        if key.text in self.more:
            return self.more[key.text](key, value, cast)
        if self.closed and key.text not in self.fields:
            known = (*self.fields, *self.more)
            raise wrong(key, f"{self.what} has no `{key.text}`", suggestion(key.text, known, "It has: {}.".format))
        return key.text, self.fields.get(key.text, PLAIN).read(value, cast)

    def schema(self) -> Schema:
        """A reference to its definition."""
        return ref(self.name)

    def definition(self) -> Schema:
        """The definition: a plain value, the matchers, and (unless for texts) lists and maps."""
        plain: Schema = {"enum": [*self.vocabulary]} if self.vocabulary else SCALAR
        this, item = self.schema(), (self.item or PLAIN).schema()
        words: dict[str, Schema] = {
            "contains": SCALAR if self.text else {"anyOf": [SCALAR, item]},
            "matches": {"type": "string"},
            "any": {"type": "array", "items": this, "minItems": 1},
            "between": {"type": "array", "minItems": 2, "maxItems": 2},
            "not": this,
            "exactly": this,
        }
        combined = {"type": "object", "properties": words, "additionalProperties": False, "minProperties": 1}
        fields = {name: reader.schema() for name, reader in self.fields.items()} | dict.fromkeys(self.more, SCALAR)
        whole = {
            "type": "object",
            "properties": fields,
            "additionalProperties": False if self.closed else PLAIN.schema(),
        }
        compound = () if self.text else ({"type": "array", "items": item}, whole)
        return {"anyOf": [plain, ref("reference"), combined, *compound]}


# --- the words --------------------------------------------------------------------------------------------------


def contains(reader: Reader, node: Node, whole: str, cast: Cast) -> Comparison:
    """A text in a text; a matching item in a list."""
    if isinstance(node, Scalar):
        return reader.about(replace(reader.within(node), written=whole))
    if reader.text:
        raise wrong(node, f"`contains` takes a text, this is {sort_of(node)}", "One of several is {any: [...]}.")
    return matching.Holds(whole, (reader.item or PLAIN).read(node, cast))


def matches(reader: Reader, node: Node, whole: str, cast: Cast) -> Comparison:
    """A regular expression, searched."""
    return reader.about(matching.Matches(whole, PATTERN.read(node, cast)))


def any_of(reader: Reader, node: Node, whole: str, cast: Cast) -> Comparison:
    """One of several."""
    if not isinstance(node, Items) or not node.items:
        raise wrong(node, "`any` takes a list of what may be there", "Write `{any: [a, b]}`.")
    elements = replace(reader, text=False, item=reader).elements(node, cast)
    assert isinstance(elements, matching.Elements)
    return matching.AnyOf(whole, elements.items)


def negated(reader: Reader, node: Node, whole: str, cast: Cast) -> Comparison:
    """Anything but this."""
    return matching.Not(whole, reader.read(node, cast))


def exactly(reader: Reader, node: Node, whole: str, cast: Cast) -> Comparison:
    """The whole of a map; of an utterance, also where a plain text would be looked for within."""
    if isinstance(node, Scalar):
        plain = spoken if reader.plain is spoken_within else reader.plain
        return reader.about(replace(plain(node), written=whole))
    inner = replace(reader, line=None).read(node, cast)
    return matching.Exactly(whole, inner) if isinstance(inner, matching.Subset) else inner


def between(reader: Reader, node: Node, whole: str, cast: Cast) -> Comparison:
    """A range of numbers, or of durations."""
    if not isinstance(node, Items) or len(node.items) != 2:
        raise wrong(node, "`between` takes two values", "Write `{between: [1, 2]}`.")
    low, high = (limit(scalar(item, "a number or a duration")) for item in node.items)
    if low > high:
        raise wrong(node, "the range ends before it begins", "`between: [lowest, highest]`.")
    return reader.about(matching.Between(whole, low, high))


def limit(node: Scalar) -> float:
    """A number, or a duration in µs."""
    value = units.core(node.text) if node.plain else node.text
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return value
    try:
        return units.duration(node.text)
    except Unfit as unfit:
        raise wrong(node, f"`{node.text}` is neither a number nor a duration", "Such as 3 or 250ms.") from unfit


MATCHERS: Final[Mapping[str, Callable[[Reader, Node, str, Cast], Comparison]]] = {
    "contains": contains,
    "matches": matches,
    "any": any_of,
    "between": between,
    "not": negated,
    "exactly": exactly,
}
MATCHER_REMEDY: Final = f"Matchers are {', '.join(MATCHERS)}."

PLAIN: Final = Reader()
"""Any value: a plain one is equality."""
TEXT: Final = Reader("a text", text=True, name="textMatcher")
"""A text, letter by letter."""
HEARD: Final = Reader("a text", plain=spoken, within=spoken_within, text=True, name="textMatcher")
"""What is heard: a plain text is the whole utterance."""
CAUGHT: Final = Reader("a text", plain=spoken_within, within=spoken_within, text=True, name="textMatcher")
"""What somebody listens for: a plain text occurs in the utterance."""
