"""What an inhabitant of either world is given: the time, chance and the journal.

Emulators, people and the phone network take this and asyncio, and nothing else: so they run in virtual time in
memory and in real time on loopback sockets alike.
"""

from __future__ import annotations

from dataclasses import dataclass

from voicecall_sim.world.chance import Chance
from voicecall_sim.world.clock import Clock
from voicecall_sim.world.journal import Journal


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """The owners of time, chance and memory in a world."""

    clock: Clock
    chance: Chance
    journal: Journal
