"""From any rate to the telephone's."""

from __future__ import annotations

from typing import Final

import numpy as np

from voicecall_sim.sound.g711 import RATE, Samples

CROSSINGS: Final = 16
"""Zero crossings of the sinc on each side."""
BATCH: Final = 2000
"""Samples made at once: bounds the memory that a long clip takes."""


def to_telephone(samples: Samples, rate: int) -> Samples:
    """The samples at 8 kHz: a sinc under a Hann window, without what the telephone's band cannot hold."""
    if rate == RATE or not len(samples):
        return samples
    cutoff = min(1.0, RATE / rate) * 0.97
    reach = int(np.ceil(CROSSINGS / cutoff))
    padded = np.pad(samples.astype(np.float64), reach)
    count = len(samples) * RATE // rate
    parts = [_batch(padded, np.arange(at, min(at + BATCH, count)) * rate / RATE, cutoff, reach)
             for at in range(0, count, BATCH)]  # fmt: skip
    return np.asarray(np.clip(np.rint(np.concatenate([np.zeros(0), *parts])), -32768, 32767), np.int16)


def _batch(
    padded: np.ndarray[tuple[int], np.dtype[np.float64]],
    places: np.ndarray[tuple[int], np.dtype[np.float64]],
    cutoff: float,
    reach: int,
) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    whole = np.floor(places).astype(np.int64)
    taps = np.arange(1 - reach, reach + 1)
    away = (places - whole)[:, None] - taps
    kernel = cutoff * np.sinc(cutoff * away) * np.cos(np.pi / 2 * np.clip(away / reach, -1, 1)) ** 2
    made: np.ndarray[tuple[int], np.dtype[np.float64]] = (padded[whole[:, None] + taps + reach] * kernel).sum(axis=1)
    return made
