"""The keys that somebody presses, as tones in the audio, for a carrier that hands them on in-band."""

from __future__ import annotations

from collections import deque
from typing import Final

from voicecall_sim.sound.sound import SAMPLE, samples
from voicecall_sim.sound.tones import dtmf
from voicecall_sim.telephony.line import End
from voicecall_sim.telephony.signals import Pressed, Signal
from voicecall_sim.world.clock import MILLISECOND, Micros

LENGTH: Final = samples(100 * MILLISECOND)
"""How long a key sounds."""


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
            begin = -((self._origin - self._clock.now()) // SAMPLE)
            self._pressed.append((begin, dtmf(signal.key).ulaw(0, LENGTH)))
