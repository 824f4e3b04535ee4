"""Who and what the steps of a scenario may speak of, and what they have spoken of so far."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Final

from voicecall_sim.scenario.errors import Problem, suggestion
from voicecall_sim.scenario.nodes import Scalar, wrong
from voicecall_sim.scenario.place import Place
from voicecall_sim.scenario.plan import PersonPlan
from voicecall_sim.scenario.terms import Term

ANONYMOUS: Final = "anonymous"
NOBODY: Final = "Describe them below `people:`."


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """A person of the cast. `plan` is None when what the file says of the person is wrong; `count` makes a crowd;
    `shared` is one who comes from a used file; `pickup` is the key that says how the phone is answered, if any.
    """

    name: str
    place: Place
    plan: PersonPlan | None = None
    count: int | None = None
    shared: bool = False
    pickup: Scalar | None = None


@dataclass(slots=True)
class Cast:
    """The people, and what the steps have said of them: filled while the steps are read, in their order."""

    people: Mapping[str, Member] = field(default_factory=dict)
    scripted_brain: bool = False
    tunnel: str = "none"
    used: set[str] = field(default_factory=set)
    answers_by_step: set[str] = field(default_factory=set)
    labels: dict[str, Place] = field(default_factory=dict)
    unreferenced: set[str] = field(default_factory=set)
    carriers_named: list[Scalar] = field(default_factory=list)
    net_steps: int = 0
    carrier: str | None = None
    terms: list[Term] = field(default_factory=list)

    def member(self, node: Scalar) -> Member:
        """The person of that name. Raises `ScenarioError` when there is none."""
        member = self.people.get(node.text)
        if member is None:
            message = f"there is nobody called `{node.text}`"
            raise wrong(node, message, suggestion(node.text, self.people, "The people are: {}.".format) or NOBODY)
        self.used.add(member.name)
        return member

    def holder(self, phone: str) -> Member | None:
        """The person with this number."""
        for member in self.people.values():
            if member.plan is not None and member.plan.phone == phone:
                self.used.add(member.name)
                return member
        return None

    def name_call(self, node: Scalar) -> str:
        """`as: first` names the call of its step."""
        if node.text in self.labels:
            first = self.labels[node.text]
            raise wrong(node, f"two calls are named `{node.text}`", f"The other one is in line {first.line}.")
        self.labels[node.text] = node.place
        self.unreferenced.add(node.text)
        return node.text

    def named_call(self, node: Scalar, hint: str = "") -> str:
        """`call: first` refers to a call that an earlier step named."""
        if node.text not in self.labels:
            known = suggestion(node.text, self.labels, "Named so far: {}.".format)
            remedy = known or f"Name one in an earlier step: `as: {node.text}`."
            raise wrong(node, f"no earlier step names a call `{node.text}`", f"{remedy} {hint}".strip())
        self.unreferenced.discard(node.text)
        return node.text

    def term(self, sort: str, word: Scalar) -> None:
        """A word that the carriers judge; see `terms`."""
        self.terms.append(Term(sort, word, self.carrier))

    @contextmanager
    def aside(self, carrier: str) -> Iterator[None]:
        """Steps of one carrier alone: the calls that they name are theirs."""
        labels, net_steps, self.carrier = dict(self.labels), self.net_steps, carrier
        try:
            yield
        finally:
            self.labels, self.net_steps, self.carrier = labels, net_steps, None

    def loose_ends(self) -> Iterator[Problem]:
        """Who was never used, what was named for nothing."""
        for member in self.people.values():
            if member.name not in self.used and not member.shared and member.plan is not None:
                remedy = "Give them a step, let somebody call them, or leave them out."
                yield Problem(member.place, f"no step speaks of `{member.name}`", remedy)
        for label in sorted(self.unreferenced):
            if label in self.labels:
                remedy = f"Refer to it by `call: {label}`, or leave `as` out."
                yield Problem(self.labels[label], f"nothing refers to the call `{label}`", remedy)

    def plans(self) -> Iterator[Member]:
        """The people who take part: those used whose descriptions are right."""
        for member in self.people.values():
            if member.plan is not None and member.name in self.used:
                waits = member.name in self.answers_by_step and member.pickup is None
                yield replace(member, plan=replace(member.plan, answer_after=None)) if waits else member
