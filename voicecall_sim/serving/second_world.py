"""A world in real time: the phone network, carriers, AI services, people and the journal, under the real clock."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from voicecall_sim.actors.cast import cast
from voicecall_sim.actors.character import Character
from voicecall_sim.actors.person import Person
from voicecall_sim.carriers.emulator import Carrier, Emulator
from voicecall_sim.services.house import AIServices
from voicecall_sim.telephony.network import PhoneNetwork
from voicecall_sim.world.chance import Chance
from voicecall_sim.world.clock import real_clock
from voicecall_sim.world.journal import Journal
from voicecall_sim.world.surroundings import Surroundings


@dataclass(frozen=True, slots=True, kw_only=True)
class SecondWorld:
    """What lives in it. `people` are by name, `carriers` too."""

    surroundings: Surroundings
    network: PhoneNetwork
    carriers: Mapping[str, Carrier]
    services: AIServices
    people: dict[str, Person] = field(default_factory=dict)

    @property
    def journal(self) -> Journal:
        """Everything that happened, secrets replaced by their names."""
        return self.surroundings.journal

    def join(self, character: Character) -> Person:
        """Give somebody a telephone.

        Raises `ValueError` for a name or number that somebody has, and for options that the kind does not understand.
        """
        if character.name in self.people:
            raise ValueError(f"there is a {character.name} already")
        person = self.people[character.name] = cast(character, self.network)
        return person

    async def start(self) -> None:
        """Let the carriers live."""
        for secrets in (self.services.secrets(), *(carrier.secrets() for carrier in self.carriers.values())):
            for name, value in secrets.items():
                self.journal.keep_secret(name, value)
        for carrier in self.carriers.values():
            await carrier.start()

    async def stop(self) -> None:
        """Everybody hangs up, and the carriers close."""
        for person in self.people.values():
            person.stop()
        for carrier in self.carriers.values():
            await carrier.stop()


def second_world(emulators: Sequence[Emulator], seed: int) -> SecondWorld:
    """A world with these carriers; needs a running loop. Identifiers and credentials depend on the seed alone."""
    clock = real_clock()
    surroundings = Surroundings(clock=clock, chance=Chance(seed), journal=Journal(clock))
    network = PhoneNetwork(surroundings)
    carriers = {emulator.name: emulator(surroundings, network) for emulator in emulators}
    for carrier in carriers.values():
        carrier.allow_local_urls()
    services = AIServices(surroundings)
    return SecondWorld(surroundings=surroundings, network=network, carriers=carriers, services=services)
