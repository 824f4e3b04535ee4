"""The form of a verb: what stands after it, which options it has, whether it acts or awaits, and what it makes.

`read_verb` reads a verb of a family, as a step or the inside of `never` has it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias

from voicecall_sim.scenario.cast import Cast, Member
from voicecall_sim.scenario.errors import nearest, suggestion
from voicecall_sim.scenario.grammar.shape import Key, Keyed, Nothing, Shape
from voicecall_sim.scenario.nodes import Node, Pairs, Scalar, sort_of, wrong
from voicecall_sim.scenario.place import Place
from voicecall_sim.scenario.plan import Verb


@dataclass(frozen=True, slots=True)
class Said:
    """A verb as a step says it: the word itself, its value and options, who acts."""

    verb: Scalar
    values: Mapping[str, Any]
    cast: Cast
    actor: Member | None = None
    keys: Mapping[str, Scalar] = field(default_factory=dict)

    @property
    def place(self) -> Place:
        """Where the verb stands."""
        return self.verb.place

    @property
    def value(self) -> Any:
        """What stands after the verb; None for nothing."""
        return self.values.get(self.verb.text)

    def refuse(self, option: str, message: str, remedy: str = "") -> None:
        """An option that is impossible here: an error at its key, if it is there."""
        if option in self.values:
            raise wrong(self.keys[option], message, remedy)

    def get(self, option: str, otherwise: Any = None) -> Any:
        """An option."""
        return self.values.get(option, otherwise)


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """The form of one verb. Without `value` nothing stands after it; with `optional` something may.

    `hints` are remedies for keys that people try here and that belong elsewhere.
    """

    build: Callable[[Said], Verb]
    value: Shape[Any] | None = None
    optional: bool = False
    options: Mapping[str, Key] = field(default_factory=dict)
    awaits: bool = False
    hints: Mapping[str, str] = field(default_factory=dict)

    @property
    def bare(self) -> bool:
        """Whether the verb may stand alone: `anna: hangs up`."""
        return (self.value is None or self.optional) and not any(key.needed for key in self.options.values())


Family: TypeAlias = Mapping[str, Form]
"""The verbs of one actor, by their words."""

SYNONYMS: Final[Mapping[str, str]] = {
    "speaks": "says",
    "talks": "says",
    "listens": "hears",
    "dials": "calls",
    "picks up": "answers",
    "declines": "rejects",
    "types": "presses",
    "is silent": "stays silent",
    "say": "speak",
    "continue": "ask",
    "dial": "call",
    "hang up": "end",
    "hangup": "end",
}
"""Other words for our verbs: the remedy names ours, if the family has it."""

ACTS: Final = "It acts and is done at once: `within` belongs to what is awaited after it."


@dataclass(frozen=True, slots=True, kw_only=True)
class Grammar:
    """What a verb is read by: its family, how the actor is spoken of, the options of every step of that kind, and the
    other families, for the remedy.
    """

    family: Family
    who: str
    further: Callable[[Form], Mapping[str, Key]] = lambda form: {}
    others: Mapping[str, Family] = field(default_factory=dict)

    def read(self, node: Node, cast: Cast, actor: Member | None = None) -> tuple[Form, Said]:
        """The verb and what is said with it. Raises `ScenarioError`."""
        if isinstance(node, Scalar):
            return self.bare(node, cast, actor)
        if not isinstance(node, Pairs):
            raise wrong(node, f"a verb is wanted here, this is {sort_of(node)}", "One step has one verb.")
        verb = self.verb_of(node)
        form = self.family[verb.text]
        values = self.keyed(verb, form, node).read(node, cast)
        if says_nothing(form, node.get(verb.text)):
            del values[verb.text]
        return form, Said(verb, values, cast, actor, key_nodes(node))

    def bare(self, node: Scalar, cast: Cast, actor: Member | None) -> tuple[Form, Said]:
        """A verb without options: `anna: hangs up`."""
        form = self.family.get(node.text)
        if form is None:
            raise self.unknown(node)
        if not form.bare:
            needed = [node.text] if form.value and not form.optional else []
            needed += [word for word, key in form.options.items() if key.needed]
            example = ", ".join(f"{word}: ..." for word in needed)
            raise wrong(node, f"`{node.text}` does not say enough", f"Write `{{{example}}}`.")
        return form, Said(node, {}, cast, actor)

    def verb_of(self, node: Pairs) -> Scalar:
        """The key that is the verb: the one of the family that is not an option of another one."""
        verbs = [key for key, _ in node.pairs if key.text in self.family]
        if len(verbs) > 1:
            verbs = [key for key in verbs if not any(key.text in self.family[other.text].options for other in verbs)]
        if len(verbs) > 1:
            message = f"two verbs in one step: `{verbs[0].text}` and `{verbs[1].text}`"
            raise wrong(verbs[1], message, "Write two steps, one below the other.")
        if verbs:
            return verbs[0]
        options = {word for form in self.family.values() for word in (*form.options, *self.further(form))}
        stranger = next((key for key, _ in node.pairs if key.text not in options), None)
        if stranger is None:
            raise wrong(node, f"the verb of {self.who} is missing", f"It can be: {', '.join(self.family)}.")
        raise self.unknown(stranger)

    def unknown(self, word: Scalar) -> Exception:
        """The error for a word that is no verb of this family."""
        message = f"`{word.text}` is not a verb of {self.who}" if word.text else f"the verb of {self.who} is missing"
        return wrong(word, message, self.remedy(word.text))

    def remedy(self, word: str) -> str:
        """Another word for one of ours, a slip, a verb of somebody else, or all there are."""
        synonym = SYNONYMS.get(word)
        if synonym in self.family:
            return f"Did you mean `{synonym}`?"
        owner = next((actor for actor, family in self.others.items() if word in family), None)
        if owner is not None and nearest(word, self.family) is None:
            return f"`{word}` is a verb of {owner}."
        return suggestion(word, self.family, "It can be: {}.".format)

    def keyed(self, verb: Scalar, form: Form, node: Pairs) -> Keyed:
        """The map that a step with this verb is."""
        value: Shape[Any] = form.value or Nothing(verb.text)
        if says_nothing(form, node.get(verb.text)):
            value = Nothing(verb.text)
        keys = {verb.text: Key(value), **form.options, **self.further(form)}
        hints = form.hints if form.awaits else {"within": ACTS} | dict(form.hints)
        return Keyed(f"`{verb.text}`", keys, hints)


def says_nothing(form: Form, given: Node | None) -> bool:
    """Whether nothing stands after the verb, and nothing has to."""
    return form.value is None or (form.optional and isinstance(given, Scalar) and given.empty)


def key_nodes(node: Pairs) -> Mapping[str, Scalar]:
    """The keys of a map by their words."""
    return {key.text: key for key, _ in node.pairs}
