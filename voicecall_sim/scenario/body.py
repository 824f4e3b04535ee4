"""The body of a scenario in one cell of its matrix: who takes part, what happens, read and checked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

from voicecall_sim.scenario.cast import Cast, Member
from voicecall_sim.scenario.crowd import Crowd
from voicecall_sim.scenario.errors import Findings, Problem
from voicecall_sim.scenario.grammar.document import BODY
from voicecall_sim.scenario.grammar.person import member
from voicecall_sim.scenario.grammar.step import Line
from voicecall_sim.scenario.grammar.words import places_of
from voicecall_sim.scenario.nodes import Pairs, Scalar
from voicecall_sim.scenario.place import Place
from voicecall_sim.scenario.plan import PersonPlan, ReplyPlan
from voicecall_sim.scenario.terms import Term
from voicecall_sim.scenario.thresholds import Threshold

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    """What a plan takes from the body of a file."""

    app: Mapping[str, Any] = field(default_factory=dict)
    where: Mapping[str, Place] = field(default_factory=dict)
    people: tuple[PersonPlan, ...] = ()
    crowds: tuple[Crowd, ...] = ()
    agent: tuple[ReplyPlan, ...] | None = None
    lines: tuple[Line, ...] = ()
    tunnel: str = "none"
    seed: int | None = None
    strict: tuple[str, ...] = ()
    thresholds: tuple[Threshold, ...] = ()
    carriers_named: tuple[Scalar, ...] = ()
    terms: tuple[Term, ...] = ()


def read_body(root: Pairs, shared: frozenset[str] = frozenset()) -> Body:
    """The body below the file's map, references replaced. Raises `ScenarioError` with all that is wrong with it.

    `shared` are the names of people who come from used files.
    """
    reading = BodyReading(root)
    people = reading.people(shared)
    reading.cast = Cast(people, scripted_brain=root.get("agent") is not None, tunnel=reading.block("tunnel", "none"))
    agent, lines = reading.block("agent", None), reading.block("steps", ())
    if lines:
        reading.findings.problems.extend(reading.cast.loose_ends())
    body = Body(
        app=reading.block("app", {}),
        where=reading.places(),
        agent=agent,
        lines=lines,
        tunnel=reading.cast.tunnel,
        seed=reading.block("seed", None),
        strict=reading.block("strict", ()),
        thresholds=reading.block("thresholds", ()),
        carriers_named=tuple(reading.cast.carriers_named),
        terms=tuple(reading.cast.terms),
    )
    reading.findings.settle()
    return with_people(body, reading.cast.plans())


def with_people(body: Body, members: Iterable[Member]) -> Body:
    """The body with those who take part, single people and crowds."""
    people, crowds = [], []
    for one in members:
        assert one.plan is not None
        if one.count is None:
            people.append(one.plan)
        else:
            crowds.append(Crowd(one.name, one.count, one.plan))
    return replace(body, people=tuple(people), crowds=tuple(crowds))


class BodyReading:
    """One pass over a body; problems are gathered."""

    def __init__(self, root: Pairs) -> None:
        self.root = root
        self.findings = Findings()
        self.cast = Cast()

    def block(self, word: str, otherwise: T) -> T:
        """A block of the body; `otherwise` if it is not there, or wrong."""
        node = self.root.get(word)
        value = otherwise
        if node is not None:
            with self.findings.gathering():
                value = BODY[word].shape.read(node, self.cast)
        return value

    def places(self) -> Mapping[str, Place]:
        """The places of everything below `app:`."""
        app = self.root.get("app")
        return {} if app is None else places_of(app, "app")

    def people(self, shared: frozenset[str]) -> Mapping[str, Member]:
        """Everybody by name, also those whose descriptions are wrong: steps may speak of them."""
        members: dict[str, Member] = {}
        described: Pairs = self.block("people", Pairs(self.root.place, ()))
        for key, value in described.pairs:
            members[key.text] = Member(name=key.text, place=key.place, shared=key.text in shared)
            with self.findings.gathering():
                members[key.text] = replace(member(key, value, self.cast), shared=key.text in shared)
        self.findings.problems.extend(numbers_twice(members.values()))
        return members


def numbers_twice(members: Iterable[Member]) -> Iterable[Problem]:
    """People who have the number of somebody else."""
    holders: dict[str, Member] = {}
    for one in members:
        if one.plan is None or not one.plan.phone.startswith("+"):
            continue
        first = holders.setdefault(one.plan.phone, one)
        if first is not one:
            message = f"`{one.name}` has the number of `{first.name}`, {one.plan.phone}"
            yield Problem(one.place, message, "Every number belongs to one person.")
