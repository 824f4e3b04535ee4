"""The waveform of coded speech: what one byte of text sounds like.

A byte is a symbol of two tones, one of 16 low ones for its low four bits and one of 16 high ones for its high four
bits. All are multiples of 100 Hz, so that a window of 10 ms or a multiple of it separates them. The tones begin softly,
step down in the middle and end softly; 10 ms of silence close the symbol. From the step a listener learns how long the
symbol is meant to be, so that one that was cut is not mistaken for a quicker one.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from voicecall_sim.sound.g711 import RATE, Samples, ulaw
from voicecall_sim.world.clock import MILLISECOND, SECOND, Micros

LOW: Final = tuple(range(300, 1900, 100))
"""Hz of the tone for the low four bits. All tones are in the band of the telephone, 300 Hz to 3400 Hz."""
HIGH: Final = (3300, 3400, *range(2100, 2900, 100), 2900, 3000, 3100, 2000, 3200, 1900)
"""Hz of the tone for the high four bits. What is rare in UTF-8 takes the worst places: control characters the top,
which poor resamplers cut, 0xF0 and 0xD0 the bottom, near to the low tones."""
AMPLITUDE: Final = 7000
"""Of each tone in the first half. Together they stay below full scale with 6 dB more."""
STEP: Final = 0.7
"""Amplitude of the second half, relative to the first."""
GAP: Final[Micros] = 10 * MILLISECOND
RAMP: Final[Micros] = 3 * MILLISECOND
SHORTEST: Final[Micros] = 30 * MILLISECOND
LONGEST: Final[Micros] = 120 * MILLISECOND


def envelope(length: int, rate: int = RATE) -> NDArray[np.float64]:
    """The amplitude of a symbol of so many samples, gap included: 0 to 1."""
    tone = length - round(GAP * rate / SECOND)
    ramp = round(RAMP * rate / SECOND)
    rise = np.sin(np.pi / 2 * np.arange(ramp) / ramp) ** 2
    shape = np.zeros(length)
    shape[: tone // 2] = 1.0
    shape[tone // 2 : tone] = STEP
    shape[:ramp] *= rise
    shape[tone - ramp : tone] *= rise[::-1]
    return shape


@lru_cache(maxsize=8192)
def symbol(byte: int, length: int, rate: int = RATE, amplitude: int = AMPLITUDE) -> Samples:
    """The samples of one byte; not to be written to."""
    instants = np.arange(length) / rate
    tones = sum(np.sin(2 * np.pi * hertz * instants) for hertz in (LOW[byte & 15], HIGH[byte >> 4]))
    made = np.rint(amplitude * envelope(length, rate) * tones).astype(np.int16)
    made.flags.writeable = False
    return made


@lru_cache(maxsize=8192)
def symbol_ulaw(byte: int, length: int) -> bytes:
    """The mu-law bytes of one byte of text at 8 kHz."""
    return ulaw(symbol(byte, length))


def starts(count: int, byte_time: Micros, rate: int = RATE) -> list[int]:
    """Where the first `count` symbols begin and, last, where the last one ends: the first sample not before."""
    return [-(-number * byte_time * rate // SECOND) for number in range(count + 1)]
