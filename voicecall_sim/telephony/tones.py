"""The keys that somebody presses, as tones in the audio (ITU-T Q.23), for a carrier that hands them on in-band."""

from __future__ import annotations

from collections import deque
from functools import lru_cache
from typing import Final

import numpy as np

from voicecall_sim.sound.g711 import RATE, ulaw
from voicecall_sim.sound.sound import SAMPLE
from voicecall_sim.telephony.line import End
from voicecall_sim.telephony.signals import Pressed, Signal
from voicecall_sim.world.clock import Micros

LENGTH: Final = RATE // 10
"""A key sounds for 100 ms."""
AMPLITUDE: Final = 6000
ROWS: Final = ("123A", "456B", "789C", "*0#D")
LOW: Final = (697, 770, 852, 941)
HIGH: Final = (1209, 1336, 1477, 1633)


@lru_cache(maxsize=16)
def tone(key: str) -> bytes:
    """The µ-law audio of one key."""
    low = next(hertz for row, hertz in zip(ROWS, LOW, strict=True) if key in row)
    high = next(hertz for column, hertz in zip(zip(*ROWS, strict=True), HIGH, strict=True) if key in column)
    instants = np.arange(LENGTH) / RATE
    wave = np.sin(2 * np.pi * low * instants) + np.sin(2 * np.pi * high * instants)
    return ulaw(np.rint(AMPLITUDE * wave).astype(np.int16))


class Tones:
    """The keys that `speaker` presses from now on, laid over their audio; sample 0 is at the instant `origin`."""

    def __init__(self, speaker: End, origin: Micros) -> None:
        self._origin = origin
        self._clock = speaker.leg.surroundings.clock
        self._pressed: deque[tuple[int, bytes]] = deque()
        self.close = speaker.peer.listen(self._take)

    def over(self, audio: bytes, first: int) -> bytes:
        """The audio that begins with sample `first`, with the keys in the place of what else was to be heard."""
        if not self._pressed:
            return audio
        laid = bytearray(audio)
        for begin, sound in self._pressed:
            at = max(0, begin - first)
            piece = sound[max(0, first - begin) :][: max(0, len(laid) - at)]
            laid[at : at + len(piece)] = piece
        while self._pressed and self._pressed[0][0] + LENGTH <= first + len(audio):
            self._pressed.popleft()
        return bytes(laid)

    def _take(self, signal: Signal) -> None:
        if isinstance(signal, Pressed):
            self._pressed.append((-((self._origin - self._clock.now()) // SAMPLE), tone(signal.key)))
