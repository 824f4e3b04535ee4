"""Noise on a line, and sounds mixed as a line mixes them."""

from __future__ import annotations

import random

import numpy as np

from voicecall_sim.sound.activity import FULL_SCALE
from voicecall_sim.sound.g711 import from_ulaw, ulaw


def white_noise(count: int, level: float, chance: random.Random) -> bytes:
    """So many samples of white noise of that level in dBFS (its RMS), as mu-law. Equal chance, equal noise."""
    generator = np.random.Generator(np.random.PCG64(chance.getrandbits(64)))
    noise = generator.standard_normal(count) * FULL_SCALE * 10 ** (level / 20)
    return ulaw(np.clip(np.rint(noise), -32768, 32767).astype(np.int16))


def mix(one: bytes, other: bytes, gain: float = 0.0) -> bytes:
    """Two sounds in mu-law at once, `other` with a gain in dB. As long as the longer; too loud is clipped."""
    total = np.zeros(max(len(one), len(other)))
    total[: len(one)] += from_ulaw(one)
    total[: len(other)] += from_ulaw(other) * 10 ** (gain / 20)
    return ulaw(np.clip(np.rint(total), -32768, 32767).astype(np.int16))


def amplified(sound: bytes, gain: float) -> bytes:
    """A sound in mu-law with a gain in dB."""
    return mix(b"", sound, gain)
