"""People: their number, how they answer, their voice, line and habits; the machines among them; crowds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from voicecall_sim.scenario.cast import Cast, Member
from voicecall_sim.scenario.errors import Findings
from voicecall_sim.scenario.grammar.machines import KINDS, Kind
from voicecall_sim.scenario.grammar.matcher import CAUGHT
from voicecall_sim.scenario.grammar.shape import Choice, Key, Keyed, Many, Nothing, Schema, Shape, ref
from voicecall_sim.scenario.grammar.words import (
    CALLER_ID,
    CROWD,
    DECIBELS,
    DURATION,
    KEYS,
    NUMBER,
    PERCENT,
    SLUG,
    TEXT,
)
from voicecall_sim.scenario.nodes import Node, Pairs, Scalar, sort_of, wrong
from voicecall_sim.scenario.plan import Habit, HangsUp, PersonPlan, Presses, Says, StaysSilent
from voicecall_sim.scenario.verbs import ACTORS
from voicecall_sim.world.clock import SECOND, Micros

RESERVED: Final = frozenset((*ACTORS, "only", "network", "person", "everybody"))
PROMPTLY: Final[Micros] = 2 * SECOND
"""How long a phone rings when nothing is said about it."""


@dataclass(frozen=True, slots=True)
class Ringing:
    """`answers: {after: 3s}`, or nothing after it."""

    word: str

    def read(self, node: Node, cast: Cast) -> Micros:
        """How long it rings."""
        if isinstance(node, Scalar) and not node.empty and node.text != "true":
            remedy = f"Write `{self.word}: {{after: 3s}}`."
            raise wrong(node, f"`{self.word}` is followed by when, in braces", remedy)
        if isinstance(node, Scalar):
            return PROMPTLY
        after: Micros = Keyed(f"`{self.word}`", {"after": Key(DURATION, needed=True)}).read(node, cast)["after"]
        return after

    def schema(self) -> Schema:
        """Nothing, or a map with `after`."""
        after = {"type": "object", "properties": {"after": DURATION.schema()}, "additionalProperties": False}
        return {"anyOf": [{"enum": [None, True]}, after | {"required": ["after"]}]}


PICKUPS: Final[Mapping[str, tuple[str, Shape[Any]]]] = {
    "answers": ("answers", Ringing("answers")),
    "rejects": ("rejects", Ringing("rejects")),
    "is busy": ("busy", Nothing("is busy")),
    "never answers": ("never", Nothing("never answers")),
    "unreachable": ("unreachable", Nothing("unreachable")),
}
"""What a phone does when it is called: the key, what a `PersonPlan` calls it, what stands after it."""

VOICE: Final = Keyed("a voice", {"rate": Key(NUMBER), "accent": Key(TEXT)})
LINE: Final = Keyed("a line", {"echo": Key(DECIBELS), "noise": Key(DECIBELS), "loss": Key(PERCENT)})

REACTIONS: Final[Mapping[str, tuple[Shape[Any], Any]]] = {
    "after": (DURATION, StaysSilent),
    "says": (TEXT, Says),
    "presses": (KEYS, Presses),
    "stays silent": (DURATION, StaysSilent),
    "hangs up": (Nothing("hangs up"), lambda _: HangsUp()),
}
"""What a habit can do; `after` comes before the rest wherever it stands."""

HABIT: Final = Keyed(
    "a habit",
    {"hears": Key(CAUGHT, needed=True)} | {word: Key(shape) for word, (shape, _) in REACTIONS.items()},
)


@dataclass(frozen=True, slots=True)
class HabitShape:
    """`{hears: "press one", presses: "1"}`: something a person does whenever he hears something."""

    def read(self, node: Node, cast: Cast) -> Habit:
        """The habit; what is done comes in the order of the file."""
        values = HABIT.read(node, cast)
        hears = values.pop("hears")
        if not values.keys() - {"after"}:
            words = ", ".join(word for word in REACTIONS if word != "after")
            raise wrong(node, "a habit without anything done", f"It can have: {words}.")
        ordered = sorted(values, key=lambda word: word != "after")
        return Habit(hears=hears, does=tuple(REACTIONS[word][1](values[word]) for word in ordered))

    def schema(self) -> Schema:
        """A map with `hears`."""
        return HABIT.schema()


GENERAL: Final[Mapping[str, Key]] = {
    "phone": Key(CALLER_ID),
    "count": Key(CROWD),
    **{word: Key(shape) for word, (_, shape) in PICKUPS.items()},
    "voice": Key(VOICE),
    "line": Key(LINE),
    "when": Key(Many(HabitShape(), "a list of habits")),
    "kind": Key(Choice("a kind of person", {kind: kind for kind in KINDS})),
}
HINTS: Final = {
    "number": "Did you mean `phone`?",
    "busy": "Did you mean `is busy`?",
    "says": "What people say is a step: `- {name}: {says: ...}`.",
    "rate": "It goes into `voice: {rate: ...}`.",
    "accent": "It goes into `voice: {accent: ...}`.",
    "echo": "It goes into `line: {echo: ...}`.",
    "noise": "It goes into `line: {noise: ...}`.",
    "loss": "It goes into `line: {loss: ...}`.",
}


def kind_of(node: Pairs) -> Kind:
    """The kind that a description names, human if none or a wrong one."""
    kind = node.get("kind")
    return KINDS.get(kind.text, KINDS["human"]) if isinstance(kind, Scalar) else KINDS["human"]


def read_person(name: Scalar, node: Node, cast: Cast) -> tuple[PersonPlan, int | None, Scalar | None]:
    """A person, the size of the crowd if it is one, and the key that says how the phone is answered."""
    if not isinstance(node, Pairs):
        message = f"`{name.text}` is described by a map, this is {sort_of(node)}"
        raise wrong(node, message, "Such as `{phone: +15550005678}`.")
    kind = kind_of(node)
    findings = Findings()
    values: dict[str, Any] = {}
    with findings.gathering():
        values = Keyed(f"`{name.text}`", {**GENERAL, **kind.keys}, {**HINTS, **hints_of_kinds(kind)}).read(node, cast)
    for check in (one_pickup, one_number):
        with findings.gathering():
            check(name, node)
    findings.settle()
    pickup = next((word for word in values if word in PICKUPS), None)
    return person(name, values, kind, pickup), values.get("count"), node.key(pickup) if pickup else None


def hints_of_kinds(kind: Kind) -> Mapping[str, str]:
    """Remedies for keys of another kind."""
    return {
        key: f"That is a key of `kind: {other.name}`."
        for other in KINDS.values()
        for key in other.keys
        if key not in kind.keys
    }


def person(name: Scalar, values: Mapping[str, Any], kind: Kind, pickup: str | None) -> PersonPlan:
    """The plan of a person from what was read."""
    rings = values.get(pickup, PROMPTLY) if pickup in ("answers", "rejects") else PROMPTLY
    voice = values.get("voice", {})
    return PersonPlan(
        name=name.text,
        place=name.place,
        phone=values.get("phone", ""),
        kind=kind.name,
        pickup=PICKUPS[pickup][0] if pickup else "answers",
        answer_after=rings if pickup in (None, "answers", "rejects") else None,
        rate=voice.get("rate", 1.0),
        accent=voice.get("accent"),
        line=values.get("line", {}),
        habits=values.get("when", ()),
        options={key: values[key] for key in kind.keys if key in values},
    )


def one_pickup(name: Scalar, node: Pairs) -> None:
    """A phone is answered in one way."""
    first, second = next(two(key for key, _ in node.pairs if key.text in PICKUPS), (None, None))
    if first is not None and second is not None:
        raise wrong(second, f"`{name.text}` both `{first.text}` and `{second.text}`", "Leave one of them out.")


def two(keys: Iterator[Scalar]) -> Iterator[tuple[Scalar, Scalar]]:
    """The first two, if there are two."""
    found = list(keys)[:2]
    if len(found) == 2:
        yield found[0], found[1]


def one_number(name: Scalar, node: Pairs) -> None:
    """Everybody has a number; those of a crowd are made."""
    phone, count = node.key("phone"), node.key("count")
    if phone is None and count is None:
        raise wrong(name, f"`{name.text}` has no number", "Write `phone: +15550005678`.")
    if phone is not None and count is not None:
        raise wrong(phone, "the numbers of a crowd are made", "Leave `phone` out.")


@dataclass(frozen=True, slots=True)
class People:
    """The map below `people:`. Its values are read one by one, by `member`: one that is wrong spoils no other."""

    def read(self, node: Node, cast: Cast) -> Pairs:
        """The descriptions by name."""
        if isinstance(node, Pairs):
            return node
        remedy = "Such as `people: {anna: {phone: +15550005678}}`."
        raise wrong(node, f"`people` is a map, this is {sort_of(node)}", remedy)

    def schema(self) -> Schema:
        """People by name."""
        return {"type": "object", "additionalProperties": ref("person")}


def member(name: Scalar, node: Node, cast: Cast) -> Member:
    """One person of the cast."""
    if name.text in RESERVED:
        raise wrong(name, f"nobody can be called `{name.text}`: the word is taken", "Choose another name.")
    if not SLUG.fullmatch(name.text):
        raise wrong(name, f"`{name.text}` cannot be a name", "Names are of lower-case letters, digits, `-` and `_`.")
    plan, count, pickup = read_person(name, node, cast)
    return Member(name=name.text, place=name.place, plan=plan, count=count, pickup=pickup)


def person_schema() -> Schema:
    """The definition of a person: the general keys and those of every kind."""
    keys = {**GENERAL, **{word: key for kind in KINDS.values() for word, key in kind.keys.items()}}
    schema = Keyed("a person", {word: Key(key.shape) for word, key in keys.items()}).schema()
    return {**schema, "anyOf": [{"required": ["phone"]}, {"required": ["count"]}]}
