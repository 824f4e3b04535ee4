"""One symbol of coded speech: which byte it is, if it is one at all.

A window of samples is compared with what a symbol must be: two tones, of a steady sound but for the step in its
middle, then silence. Whatever differs in any 5 ms of it is no symbol, so that what was cut, lost or garbled on the way
is never mistaken for text.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from voicecall_sim.sound.g711 import RATE, from_ulaw
from voicecall_sim.sound.waveform import GAP, HIGH, LOW, RAMP, envelope
from voicecall_sim.world.clock import SECOND

Wave: TypeAlias = NDArray[np.float32]

GAP_SAMPLES: Final = GAP * RATE // SECOND
RAMP_SAMPLES: Final = RAMP * RATE // SECOND
EDGE: Final = 8
"""Samples at an edge of a symbol that are not looked at."""
PURE: Final = 0.85
"""The two tones have at least this part of the energy: at a noise of -20 dB and an echo as loud it is 0.98."""
BALANCE: Final = 10.0
"""One tone has at most so many times the energy of the other."""
QUIET: Final = 0.06
"""The most energy in the gap, relative to the tones' mean."""
ODD: Final = 0.3
"""The most energy in a 5 ms segment that the tones do not explain, relative to their mean in a segment."""
UNEXPLAINED: Final = 0.05
"""The same for the whole: a tone that is out by 3 Hz."""
SEGMENT: Final = 40
SLIPS: Final = np.arange(-16, 17) / 4
"""By how many samples a symbol may begin away from where it was expected."""
TOLLS: Final = 0.03 * np.abs(SLIPS)
"""The nearest of several that fit about as well is meant."""
IN_PHASE: Final = 1.2
"""The least sum of the cosines of both tones' phases at the beginning, where both are 0."""
STEADY: Final = 0.6
"""A slip below this is none: a resampler's fraction of a sample."""
STEPPED: Final = (0.9, 1.1)
"""What the step in the middle may be, relative to what it ought to be. 4 ms away it would be 1.16, without one
1.43."""

_LINEAR: Final = from_ulaw(bytes(range(256))).astype(np.float32)


@dataclass(frozen=True, slots=True)
class Reading:
    """A byte, and by how many samples it began later than its window.

    `energy` is the mean square of its tones, `step` that in their middle relative to what it ought to be.
    """

    byte: int
    slip: int
    energy: float
    step: float

    @property
    def whole(self) -> bool:
        """Whether the step is in the middle: whether the symbol is as long as it was meant to be."""
        return STEPPED[0] <= self.step <= STEPPED[1]


@dataclass(frozen=True, slots=True)
class Pair:
    """The strongest low and high tone in a piece of sound, their part of its energy, and their phases in turns."""

    byte: int
    purity: float
    phases: tuple[float, float]

    @property
    def coded(self) -> bool:
        """Whether that is how coded speech sounds."""
        return self.purity >= PURE


@lru_cache(maxsize=8192)
def read(window: bytes) -> Reading | None:
    """The symbol that begins with this window and fills it, gap included; None if there is none."""
    wave = linear(window)
    tone = len(wave) - GAP_SAMPLES
    count = 160 if tone >= 200 else 80
    pair = strongest(wave[(tone - count) // 2 :][:count])
    if not pair.coded:
        return None
    fit = fitting(pair.byte, len(wave))
    weights = fit.solve @ wave[:tone]
    made = fit.waves @ weights
    energy = float(made @ made) / tone
    rest = wave[:tone] - made
    if float(rest @ rest) > UNEXPLAINED * energy * tone or odd(rest, energy) or not quiet_gap(wave, tone, energy):
        return None
    phases = np.arctan2(weights[1::2], weights[::2]) / (2 * np.pi)
    slip, match = slip_of(pair.byte, phases.tolist(), SLIPS, TOLLS)
    if match < IN_PHASE:
        return None
    return Reading(pair.byte, 0 if abs(slip) <= STEADY else round(slip), energy, step_of(wave, made))


def linear(ulaw: bytes) -> Wave:
    """Samples to reckon with."""
    return _LINEAR[np.frombuffer(ulaw, np.uint8)]


def quiet_gap(wave: Wave, tone: int, energy: float) -> bool:
    """Whether a symbol is followed by its silence."""
    gap = wave[tone + EDGE : -EDGE]
    return float(gap @ gap) <= QUIET * energy * len(gap)


def odd(rest: Wave, energy: float) -> bool:
    """Whether any 5 ms of what the tones leave unexplained is too loud."""
    whole = len(rest) // SEGMENT * SEGMENT
    loudest = float(np.square(rest[:whole]).reshape(-1, SEGMENT).sum(axis=1).max())
    tail = rest[whole:]
    return max(loudest, float(tail @ tail)) > ODD * energy * SEGMENT


def step_of(wave: Wave, made: Wave) -> float:
    """How much louder the tones are after their middle than they ought to be, compared with before it."""
    middle = len(made) // 2
    reach = min(72, middle - RAMP_SAMPLES // 2)
    before, after = slice(middle - reach, middle - EDGE), slice(middle + EDGE, middle + reach)
    ratios = [float(wave[part] @ made[part]) / max(1.0, float(made[part] @ made[part])) for part in (before, after)]
    return ratios[1] / max(0.01, ratios[0])


def strongest(wave: Wave) -> Pair:
    """The pair of tones in 80 or 160 samples. One that is unbalanced is not pure."""
    count = len(wave)
    parts = wave @ basis(count)
    powers = np.square(parts).reshape(2, 32).sum(axis=0)
    low, high = int(powers[:16].argmax()), int(powers[16:].argmax())
    a, b = float(powers[low]), float(powers[16 + high])
    whole = float(wave @ wave) * count / 2
    balanced = a < BALANCE * b and b < BALANCE * a
    phases = np.arctan2(parts[32:], parts[:32])[[low, 16 + high]] / (2 * np.pi)
    return Pair(low | high << 4, (a + b) / whole if balanced else 0.0, (float(phases[0]), float(phases[1])))


@lru_cache(maxsize=8)
def basis(count: int) -> Wave:
    """Sines of the 32 tones, then their cosines, over so many samples."""
    turns = np.outer(np.arange(count) / RATE, (*LOW, *HIGH))
    return np.concatenate([np.sin(2 * np.pi * turns), np.cos(2 * np.pi * turns)], axis=1).astype(np.float32)


@dataclass(frozen=True, slots=True)
class Fit:
    """The waves whose sum a symbol must be (sine and cosine of each tone) and what finds their weights."""

    waves: Wave
    solve: Wave


@lru_cache(maxsize=512)
def fitting(byte: int, length: int) -> Fit:
    """For the symbol of a byte, of so many samples with its gap."""
    tone = length - GAP_SAMPLES
    turns = np.outer(np.arange(tone) / RATE, (LOW[byte & 15], HIGH[byte >> 4]))
    waves = np.stack([f(2 * np.pi * turns[:, i]) for i in (0, 1) for f in (np.sin, np.cos)], axis=1)
    waves *= envelope(length)[:tone, None]
    return Fit(waves.astype(np.float32), np.linalg.solve(waves.T @ waves, waves.T).astype(np.float32))


def slip_of(
    byte: int, phases: Sequence[float], slips: NDArray[np.float64], tolls: NDArray[np.float64]
) -> tuple[float, float]:
    """Which of these slips it is by which the tones began later than where they have these phases (in turns).

    Also how well it fits: 2 at best. A toll is what the fit of a slip must be better by.
    """
    hertz = np.array([[LOW[byte & 15]], [HIGH[byte >> 4]]])
    match = np.cos(2 * np.pi * (np.array(phases)[:, None] + hertz * slips / RATE)).sum(axis=0)
    best = int((match - tolls).argmax())
    return float(slips[best]), float(match[best])
