"""Steps: `- actor: {verb: value, option: value}`, and `- only: {carrier: [steps]}`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from voicecall_sim.scenario.cast import Cast, Member
from voicecall_sim.scenario.errors import Findings, suggestion
from voicecall_sim.scenario.grammar.form import Form, Grammar
from voicecall_sim.scenario.grammar.shape import Key, Schema, ref
from voicecall_sim.scenario.grammar.words import DURATION, NAME, Within
from voicecall_sim.scenario.nodes import Items, Node, Pairs, Scalar, line_of, sort_of, wrong
from voicecall_sim.scenario.plan import Step, Window
from voicecall_sim.scenario.verbs import ACTORS, VERBS

AFTER: Final = {"after": Key(DURATION)}
WITHIN: Final = {"within": Key(Within())}
FORM: Final = "A step is `- actor: verb` or `- actor: {verb: ..., option: ...}`."
SPOKEN_OF: Final[Mapping[str, str]] = {actor: f"`{actor}`" for actor in VERBS} | {"person": "a person"}


def options_of(form: Form) -> Mapping[str, Key]:
    """What every step may have: `after`; `within` if it awaits."""
    return AFTER | WITHIN if form.awaits else AFTER


GRAMMARS: Final[Mapping[str, Grammar]] = {
    actor: Grammar(
        family=family,
        who=SPOKEN_OF[actor],
        further=options_of,
        others={SPOKEN_OF[other]: verbs for other, verbs in VERBS.items() if other != actor},
    )
    for actor, family in VERBS.items()
}


@dataclass(frozen=True, slots=True)
class Line:
    """A step, and the carrier that it is for (None: all)."""

    step: Step
    carrier: str | None = None


@dataclass(frozen=True, slots=True)
class Script:
    """The list of steps."""

    nested: bool = False

    def read(self, node: Node, cast: Cast) -> tuple[Line, ...]:
        """The lines in order."""
        if not isinstance(node, Items) or not node.items:
            nothing = isinstance(node, Items) or is_empty(node)
            raise wrong(node, "there are no steps" if nothing else f"steps are a list, this is {sort_of(node)}", FORM)
        findings = Findings()
        lines: list[Line] = []
        for item in node.items:
            with findings.gathering():
                lines.extend(self.lines(item, cast))
        findings.settle()
        return tuple(lines)

    def lines(self, node: Node, cast: Cast) -> Iterator[Line]:
        """The lines that one item makes."""
        pairs = one_pair(node)
        actor, said = pairs.pairs[0]
        if actor.text != "only":
            yield Line(read_step(pairs, actor, said, cast))
        elif self.nested:
            raise wrong(actor, "`only` inside of `only`", "The steps below a carrier are plain steps.")
        else:
            yield from self.only(actor, said, cast)

    def only(self, key: Scalar, node: Node, cast: Cast) -> Iterator[Line]:
        """Steps of single carriers."""
        if not isinstance(node, Pairs) or not node.pairs:
            raise wrong(key, "`only` names carriers", "Write `only: {carrier: [steps]}`.")
        findings = Findings()
        for carrier, steps in node.pairs:
            with findings.gathering(), cast.aside(carrier.text):
                NAME.read(carrier, cast)
                cast.carriers_named.append(carrier)
                for line in Script(nested=True).read(steps, cast):
                    yield Line(line.step, carrier.text)
        findings.settle()

    def schema(self) -> Schema:
        """An array of steps."""
        return {"type": "array", "items": ref("step"), "minItems": 1}


def is_empty(node: Node) -> bool:
    """Whether nothing stands there."""
    return isinstance(node, Scalar) and node.empty


def one_pair(node: Node) -> Pairs:
    """The node, if it is a map of one pair: actor and verb."""
    if not isinstance(node, Pairs) or not node.pairs:
        raise wrong(node, "a step says who acts", FORM)
    if len(node.pairs) == 1:
        return node
    actor, second = node.pairs[0][0].text, node.pairs[1][0]
    if second.text in ("after", "within", "for", "count", "by"):
        raise wrong(second, f"`{second.text}` belongs to the verb", f"Write `{actor}: {{..., {second.text}: ...}}`.")
    raise wrong(second, f"a step has one actor, here are `{actor}` and `{second.text}`", "Write two steps.")


def read_step(pairs: Pairs, actor: Scalar, said: Node, cast: Cast) -> Step:
    """One step."""
    grammar, member = who_acts(actor, cast)
    form, words = grammar.read(said, cast, member)
    return Step(
        place=pairs.place,
        actor=actor.text,
        verb=form.build(words),
        source=line_of(pairs),
        after=words.get("after", 0),
        window=words.get("within", Window()),
    )


def who_acts(actor: Scalar, cast: Cast) -> tuple[Grammar, Member | None]:
    """The grammar of an actor's verbs, and the person if it is one."""
    if actor.text in ACTORS:
        return GRAMMARS[actor.text], None
    if actor.text not in cast.people:
        known = (*cast.people, *ACTORS, "only")
        raise wrong(actor, f"nobody is called `{actor.text}`", suggestion(actor.text, known, "Actors are {}.".format))
    return GRAMMARS["person"], cast.member(actor)
