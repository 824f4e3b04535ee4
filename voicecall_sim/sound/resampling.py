"""From any rate to the telephone's."""

from __future__ import annotations

from math import ceil, gcd
from typing import Final

import numpy as np
from numpy.typing import NDArray

from voicecall_sim.sound.g711 import RATE, Samples

CROSSINGS: Final = 16
"""Zero crossings of the sinc on each side."""
PASSED: Final = 0.97
"""What is passed of the band that the telephone can hold."""


def to_telephone(samples: Samples, rate: int) -> Samples:
    """The samples at 8 kHz: a sinc under a Hann window, without what the telephone's band cannot hold."""
    if rate == RATE or not len(samples):
        return samples
    common = gcd(rate, RATE)
    stride, phases = rate // common, RATE // common
    cutoff = min(1.0, RATE / rate) * PASSED
    reach = ceil(CROSSINGS / cutoff)
    windows = np.lib.stride_tricks.sliding_window_view(np.pad(samples.astype(np.float32), reach), 2 * reach)
    made = np.zeros(len(samples) * RATE // rate)
    for phase in range(min(phases, len(made))):
        # every sample of a phase lies equally far from its neighbours
        whole, part = divmod(phase * rate, RATE)
        row = made[phase::phases]
        row[:] = windows[whole + 1 :: stride][: len(row)] @ kernel(part / RATE, cutoff, reach)
    return np.asarray(np.clip(np.rint(made), -32768, 32767), np.int16)


def kernel(part: float, cutoff: float, reach: int) -> NDArray[np.float32]:
    """The weights of the samples around a place that lies that part of a sample behind the middle one."""
    away = part - np.arange(1 - reach, reach + 1)
    return np.asarray(cutoff * np.sinc(cutoff * away) * np.cos(np.pi / 2 * away / (reach + 1)) ** 2, np.float32)
