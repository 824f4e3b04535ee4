"""How loud sound is, and whether it is the caller or the echo of what we play."""

from __future__ import annotations

import math
from collections import deque
from functools import cache
from typing import Final
from zlib import adler32

from voicecall_sdk.audio.frames import FRAME_BYTES
from voicecall_sdk.audio.g711 import SILENCE_BYTE, ulaw_value

UNIT: Final = 1 << 6
"""Squares of samples are counted in this unit, so that the loudest (2**30) fits three bytes."""

FULL_SCALE: Final = 32768.0 * 32768.0 / UNIT

SILENCE: Final = SILENCE_BYTE * FRAME_BYTES
"""A frame of nothing: what comes most."""

BLOCK: Final = 256
"""So many bytes can be added up by Adler's checksum (RFC 1950: modulo 65521) before it wraps around."""


def level(ulaw: bytes) -> float:
    """The root mean square of this sound: 0 for silence, 1 for full scale. A microsecond for a frame."""
    if not ulaw or ulaw == SILENCE:
        return 0.0
    if len(ulaw) <= BLOCK:
        energy = _energy(ulaw)
    else:
        energy = sum(_energy(ulaw[start : start + BLOCK]) for start in range(0, len(ulaw), BLOCK))
    return math.sqrt(energy / len(ulaw) / FULL_SCALE)


def _energy(ulaw: bytes) -> int:
    """The sum of squares. The low half of Adler's checksum is 1 + the sum of all bytes: the quickest sum there is."""
    low, middle, high = _planes()
    return (
        (adler32(ulaw.translate(low)) & 0xFFFF)
        + ((adler32(ulaw.translate(middle)) & 0xFFFF) << 8)
        + ((adler32(ulaw.translate(high)) & 0xFFFF) << 16)
        - 0x010101
    )


@cache
def _planes() -> tuple[bytes, bytes, bytes]:
    """The square of every mu-law value, as its low, middle and high byte."""
    squares = [(ulaw_value(code) ** 2 + UNIT // 2) // UNIT for code in range(256)]
    low, middle, high = (bytes(square >> shift & 0xFF for square in squares) for shift in (0, 8, 16))
    return low, middle, high


ATTENUATION: Final = 0.25
"""An echo is at least 12 dB below what was played: hybrids lose 6 dB at worst (ITU-T G.168), the line the rest."""

MOST_AHEAD: Final = 15_000
"""Frames that may be on their way to be played: five minutes."""

MEMORY: Final = 25
"""Frames for which an echo may be on its way: half a second."""

FAINTEST: Final = 0.01
"""Speech is louder than this (-40 dB)."""

ABOVE_NOISE: Final = 2.5
"""How much louder than steady noise speech is (8 dB)."""

NOISE_GROWTH: Final = 1.005
"""By how much a frame the noise may seem to grow: doubled in 2.8 s, longer than speech goes on without a gap."""

LOUD_TO_START: Final = 2
QUIET_TO_STOP: Final = 12
"""Frames (reference, section 10.5)."""


class DoubleTalk:
    """Tells the caller's speech from the echo of what we play, and from steady noise (Geigel's test).

    A line returns what is played on it attenuated, some hundred milliseconds later at most. A frame counts as the
    caller's when it is louder than the loudest that was played within that time, less the least attenuation.
    Frames are numbered by their 20 ms from any common beginning, as in `int(loop.time() / 0.02)`.
    """

    # What was played is weighed only when something is heard that may be its echo: mostly one side is silent.
    __slots__ = ("_attenuation", "_coming", "_faintest", "_far", "_loud", "_memory", "_noise", "_quiet", "_talks")

    def __init__(self, *, attenuation: float = ATTENUATION, memory: int = MEMORY, faintest: float = FAINTEST) -> None:
        self._attenuation = attenuation
        self._memory = memory
        self._faintest = faintest
        self._coming: deque[tuple[int, bytes]] = deque(maxlen=MOST_AHEAD)
        self._far: deque[tuple[int, float]] = deque()
        self._noise = faintest / ABOVE_NOISE
        self._loud = 0
        self._quiet = 0
        self._talks = False

    def played(self, ulaw: bytes, frame: int) -> None:
        """This (a frame, or whole frames one after another) plays from the frame of this number on. Future is fine."""
        for number, start in enumerate(range(0, len(ulaw), FRAME_BYTES), frame):
            self._coming.append((number, ulaw[start : start + FRAME_BYTES]))

    def cleared(self, frame: int) -> None:
        """What was to be played from this frame on is not."""
        while self._coming and self._coming[-1][0] >= frame:
            self._coming.pop()

    def heard(self, ulaw: bytes, frame: int) -> bool:
        """Whether the caller speaks as of this frame, heard at this number."""
        near = level(ulaw)
        loud = near > max(self._faintest, self._noise * ABOVE_NOISE)
        if loud:
            loud = near > self._loudest(frame) * self._attenuation
        else:
            self._forget(frame - self._memory)
        self._noise = max(min(near, self._noise * NOISE_GROWTH), self._faintest / ABOVE_NOISE)
        self._loud, self._quiet = (self._loud + 1, 0) if loud else (0, self._quiet + 1)
        if self._loud >= LOUD_TO_START:
            self._talks = True
        elif self._quiet >= QUIET_TO_STOP:
            self._talks = False
        return self._talks

    def _loudest(self, now: int) -> float:
        """The loudest frame whose echo may arrive now: of those that were played, none of those that will be.

        `_far` keeps only frames that are louder than all later ones, so its first is the loudest.
        """
        coming, far = self._coming, self._far
        self._forget(now - self._memory)
        while coming and coming[0][0] <= now:
            number, ulaw = coming.popleft()
            loudness = level(ulaw)
            while far and far[-1][1] <= loudness:
                far.pop()
            far.append((number, loudness))
        return far[0][1] if far else 0.0

    def _forget(self, oldest: int) -> None:
        """Of frames that were played before this one no echo comes any more."""
        coming, far = self._coming, self._far
        while coming and coming[0][0] < oldest:
            coming.popleft()
        while far and far[0][0] < oldest:
            far.popleft()
