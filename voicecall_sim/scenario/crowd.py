"""Crowds: people of whom there are many. Their names and numbers are made by faker, from the plan's seed."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, TypeAlias

from voicecall_sim.scenario.matrix import slugged
from voicecall_sim.scenario.plan import AppCall, PersonPlan, Step
from voicecall_sim.world.chance import Chance

if TYPE_CHECKING:
    from faker import Faker

PREFIX: Final = "+1555"
"""Numbers of crowds: seven digits after the area code that fiction uses."""


@dataclass(frozen=True, slots=True)
class Crowd:
    """So many people who are alike but for name and number; `model` has what they share."""

    name: str
    count: int
    model: PersonPlan

    def members(self, seed: int, names: Collection[str], numbers: Collection[str]) -> Iterator[PersonPlan]:
        """The people, the same for the same seed; none has a name or a number that is taken."""
        taken_names, taken_numbers = set(names), set(numbers)
        faker = faker_for(f"people.{self.name}", seed)
        for _ in range(self.count):
            name = free_name(f"{faker.first_name()} {faker.last_name()}", taken_names)
            number = free_number(faker, taken_numbers)
            taken_names.add(name)
            taken_numbers.add(number)
            yield replace(self.model, name=name, phone=number, crowd=self.name)


def faker_for(stream: str, seed: int) -> Faker:
    """A faker that draws from this stream of chance."""
    from faker import Faker  # a sixth of a second to import: only for those who have crowds

    faker = Faker("en_US")
    faker.seed_instance(Chance(seed)(stream).getrandbits(64))
    return faker


def free_name(text: str, taken: Collection[str]) -> str:
    """A slug of the name; with a number if somebody is called so."""
    name = slugged(text)
    return next(free for free in candidates(name) if free not in taken)


def candidates(name: str) -> Iterator[str]:
    """`ann-lee`, `ann-lee-2`, `ann-lee-3`, …"""
    yield name
    number = 2
    while True:
        yield f"{name}-{number}"
        number += 1


def free_number(faker: Faker, taken: Collection[str]) -> str:
    """A number that nobody has."""
    while (number := PREFIX + faker.numerify("#######")) in taken:
        continue
    return number


Crowds: TypeAlias = Mapping[str, Sequence[PersonPlan]]
"""The members of crowds, by the crowds' names."""


def spread_out(step: Step, crowds: Crowds) -> Iterator[Step]:
    """The steps of a crowd's members, in order; any other step as it is."""
    if step.actor in crowds:
        yield from (replace(step, actor=name) for name in one_by_one(step.actor, crowds))
    elif isinstance(step.verb, AppCall):
        yield from (replace(step, verb=replace(step.verb, to=name)) for name in one_by_one(step.verb.to, crowds))
    else:
        yield step


def one_by_one(name: str, crowds: Crowds) -> Sequence[str]:
    """The names of a crowd's members; any other name alone."""
    return [member.name for member in crowds[name]] if name in crowds else [name]
