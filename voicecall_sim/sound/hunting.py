"""Where a voice begins: finding the first symbol in sound of which nothing is known yet.

Sound is weighed in blocks of a millisecond. Where the energy jumps up a symbol may begin; how its tones stand in their
cycles tells where exactly; where they fall silent, how long it was.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from voicecall_sim.sound.g711 import RATE
from voicecall_sim.sound.reading import GAP_SAMPLES, RAMP_SAMPLES, Pair, Wave, slip_of, strongest
from voicecall_sim.sound.waveform import LONGEST, symbol
from voicecall_sim.world.clock import SECOND

BLOCK: Final = 8
"""Samples weighed together: a millisecond."""
NEAR: Final = 4
"""Blocks before and after a jump that are compared."""
JUMP: Final = 4.0
"""How much louder it must be after a jump: 6 dB."""
SETTLE: Final = 6
"""Blocks after the first sign of a jump in which it may be at its clearest."""
STRONG: Final = 13
"""Blocks from the beginning of a symbol that show its level."""
FAINT: Final = 0.1
"""Energy of a block, relative to that level, below which a symbol's tones are over."""
HUSH: Final = 4
"""Blocks of silence that end a symbol's tones. Nulls of their beat are shorter, the gap is longer."""
MARGIN: Final = (NEAR + 1) * BLOCK
"""Samples before a jump that are weighed with what begins there."""
SHORT: Final = 104
"""Samples of tones below which they cannot be told from each other."""
LONG: Final = 208
"""Samples of tones from which on a window of 20 ms fits between the ramps."""
CERTAIN: Final = 28
"""Blocks after which it is certain whether what began are the tones of a symbol."""
LONGEST_TONE: Final = LONGEST * RATE // SECOND
NOISY: Final = 1e7
"""Mean square above which what is no tones is garbled speech: -20 dBFS. Below it is noise of the line."""
TONAL: Final = 0.7
"""The least part of its energy that music has in its strongest frequencies."""
BRIGHT: Final = 0.5
"""The least energy of the slopes, relative to that of the wave: 1 and more in coded speech, 0.07 at 330 Hz."""
REACH: Final = np.arange(-20 * 4, 20 * 4 + 1) / 4
DOUBT: Final = 4.0
"""Samples by which the beginning as the energy tells it may be wrong."""


def energies(wave: Wave) -> NDArray[np.float64]:
    """The energy of each whole block. A block in which nothing moves has none: a stuck line is silent."""
    blocks = wave[: len(wave) // BLOCK * BLOCK].reshape(-1, BLOCK)
    energy: NDArray[np.float64] = np.square(blocks).sum(axis=1, dtype=np.float64)
    energy[(blocks == blocks[:, :1]).all(axis=1)] = 0.0
    return energy


def jump(blocks: NDArray[np.float64], floor: float) -> int | None:
    """The first block at which the energy may jump up; `floor` is the mean square of what is not heard."""
    sums = np.convolve(blocks, np.ones(NEAR), "valid")
    before, after = sums[:-NEAR], sums[NEAR:]
    least = floor * BLOCK * NEAR
    found = np.flatnonzero(after > JUMP * before + least)
    return int(found[0]) + NEAR if len(found) else None


def clearest(blocks: NDArray[np.float64], first: int, floor: float) -> int:
    """The block at which a jump, first seen at that one, is at its clearest."""
    sums = np.convolve(blocks[first - NEAR : first + SETTLE + NEAR], np.ones(NEAR), "valid")
    ratio = sums[NEAR:] / (sums[:-NEAR] + floor * BLOCK * NEAR)
    return first + int(ratio.argmax())


def level(blocks: NDArray[np.float64]) -> float:
    """The mean square of a symbol's tones, from the blocks at its beginning."""
    first = blocks[:STRONG]
    sums = np.convolve(first, np.ones(NEAR), "valid") if len(first) >= NEAR else first.sum(keepdims=True)
    return float(sums.max()) / (NEAR * BLOCK)


def hush(blocks: NDArray[np.float64], loud: float) -> int | None:
    """The first of the silent blocks after the tones; None while they sound."""
    quiet = blocks < FAINT * loud * BLOCK
    quiet[: int(quiet.argmin())] = False
    runs = np.convolve(quiet, np.ones(HUSH), "valid") if len(quiet) >= HUSH else np.zeros(0)
    found = np.flatnonzero(runs >= HUSH)
    return int(found[0]) if len(found) else None


@dataclass(frozen=True, slots=True)
class Burst:
    """What begins at a jump, in samples from where the sound that was weighed begins.

    `ended` is where it falls silent, None if it goes on too long for a symbol. `loud` is the mean square at its
    beginning, `length` that of the symbol it may be, 0 if it cannot be one. If it is none, `meant` says whether it was
    speech all the same: cut, damaged or garbled.
    """

    began: int
    ended: int | None
    loud: float
    length: int = 0
    meant: bool = False


def weigh(wave: Wave, known: int) -> Burst | None:
    """What begins at the jump that is MARGIN samples into this sound; None if more of it must be heard to tell.

    `known` is the length of the symbols heard before.
    """
    wave = wave[: MARGIN + LONGEST_TONE]
    blocks = energies(wave[MARGIN:])
    if len(blocks) < STRONG + HUSH:
        return None
    loud = level(blocks)
    last = hush(blocks, loud)
    if last is None and len(blocks) < CERTAIN:
        return None
    ended = None if last is None else MARGIN + last * BLOCK
    if ended is not None and ended - MARGIN < SHORT:
        return Burst(MARGIN, ended, loud, meant=bright(wave[MARGIN:ended]))
    window, count = place_to_look(ended)
    piece = wave[window : window + count]
    pair = strongest(piece)
    if not pair.coded:
        return Burst(MARGIN, ended, loud, meant=loud > NOISY and scattered(piece))
    if ended is None:
        return None if len(wave) < MARGIN + LONGEST_TONE else Burst(MARGIN, None, loud, meant=True)
    began, length = extent(wave[MARGIN // 2 : ended + 2 * BLOCK], loud)
    before, less = hidden(pair.byte, known)
    start = beginning(pair, window, MARGIN // 2 + began - before)
    return Burst(start, ended, loud, likely(length + less, known), meant=True)


@lru_cache(maxsize=1024)
def hidden(byte: int, length: int) -> tuple[int, int]:
    """By how much `extent` finds the tones of a byte to begin late and to last short, in samples."""
    wave = np.concatenate([np.zeros(MARGIN), symbol(byte, length), np.zeros(MARGIN)]).astype(np.float32)
    began, lasting = extent(wave, level(energies(wave[MARGIN:])))
    return began - MARGIN, length - GAP_SAMPLES - lasting


def place_to_look(ended: int | None) -> tuple[int, int]:
    """From where on and in how many samples to look for the tones that begin at MARGIN and end there."""
    if ended is None or ended - MARGIN >= LONG:
        return MARGIN + BLOCK + RAMP_SAMPLES, 160
    return (MARGIN + ended - 80) // 2, 80


def extent(wave: Wave, loud: float) -> tuple[int, int]:
    """Where the tones of a symbol begin and how long they last, as their energy tells: to about half a millisecond."""
    smooth = np.convolve(np.square(wave), np.full(BLOCK, 1 / BLOCK), "same")
    above = np.flatnonzero(smooth > FAINT * loud)
    return int(above[0]), int(above[-1] - above[0]) + 1


def bright(wave: Wave) -> bool:
    """Whether much of the energy is in high tones, as in coded speech and not in the beats of a chord."""
    slopes = np.diff(wave)
    return float(slopes @ slopes) > BRIGHT * float(wave @ wave)


def scattered(wave: Wave) -> bool:
    """Whether the energy is all over the spectrum, as in noise, and not in a few tones, as in music."""
    powers = np.sort(np.square(np.abs(np.fft.rfft(wave * np.hanning(len(wave))))))[::-1]
    return float(powers[:12].sum()) < TONAL * float(powers.sum())


def beginning(pair: Pair, window: int, guess: float) -> int:
    """The sample at which the tones began, from their phases at `window` and a guess from their energy."""
    slips = guess - window + REACH
    toll = 0.5 * np.square(REACH / DOUBT)
    slip, _ = slip_of(pair.byte, pair.phases, slips, toll)
    return window + round(slip)


def likely(length: int, known: int) -> int:
    """The length of a symbol whose tones seem to last so many samples: the known one if it may be, or whole ms."""
    whole = length + GAP_SAMPLES
    return known if -12 <= whole - known <= BLOCK else round(whole / BLOCK) * BLOCK
