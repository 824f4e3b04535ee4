"""A sound that came over a line that loses frames: they are silence, and the words are what is left of them."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Final

from voicecall_sim.sound.growing import Growing
from voicecall_sim.sound.sound import SILENCE, Sound, samples
from voicecall_sim.world.clock import Micros

FRAME: Final = 160
"""Samples that are lost together: 20 ms, what an RTP packet holds (RFC 3551, section 4.2)."""


class Lossy:
    """`sound` with a share `loss` of its frames lost, counted from its beginning; `chance`, its own, says which."""

    def __init__(self, sound: Sound, loss: float, chance: Random) -> None:
        self._sound = sound
        self._loss = loss
        self._chance = chance
        self._lost: list[bool] = []
        self._heard = Growing()
        self._fed = 0
        self._followed = False

    def __str__(self) -> str:
        return str(self._sound)

    @property
    def open(self) -> bool:
        """As the original."""
        return self._sound.open

    @property
    def duration(self) -> Micros:
        """As the original."""
        return self._sound.duration

    @property
    def spoken(self) -> bool:
        """As the original."""
        return self._sound.spoken

    def text(self, played: Micros) -> str:
        """What can be made out of it."""
        self._catch_up()
        return self._heard.text(played)

    def next_change(self, played: Micros) -> Micros | None:
        """When the next whole character has come through."""
        self._catch_up()
        return self._heard.next_change(played)

    def ulaw(self, first: int, count: int) -> bytes:
        """The samples that came through, silence for the others."""
        whole = self._sound.ulaw(first, count)
        start = max(0, first // FRAME)
        frames = range(start, max(start, -(-(first + count) // FRAME)))
        missing = [frame for frame in frames if self._is_lost(frame)]
        return without(whole, missing, first) if missing else whole

    def follow(self, listener: Callable[[], None]) -> Callable[[], None]:
        """As `Sound.follow`."""
        if not self._followed:
            self._followed = True
            _ = self._sound.follow(self._catch_up)
        return self._heard.follow(listener)

    def _catch_up(self) -> None:
        """Listen to what has come since."""
        known = samples(self._sound.duration) if self._sound.spoken else 0
        if known > self._fed:
            first, self._fed = self._fed, known
            self._heard.append(self.ulaw(first, known - first))
        if not self._sound.open and self._heard.open:
            self._heard.close()

    def _is_lost(self, frame: int) -> bool:
        while len(self._lost) <= frame:
            self._lost.append(self._chance.random() < self._loss)
        return self._lost[frame]


def without(ulaw: bytes, frames: list[int], first: int) -> bytes:
    """Samples that begin with number `first`, those of some frames silenced."""
    gaps = bytearray(ulaw)
    for frame in frames:
        begin, end = max(0, frame * FRAME - first), min(len(gaps), (frame + 1) * FRAME - first)
        gaps[begin:end] = SILENCE * (end - begin)
    return bytes(gaps)
