"""What the tests of coded speech share: lines that damage, and an ear at their end."""

from __future__ import annotations

import numpy as np
import soxr
from numpy.typing import NDArray

from voicecall_sim.sound.code import Decoder
from voicecall_sim.sound.g711 import Samples

TEXT = "The quick brown fox, jumps over 12 lazy dogs? Perché no! aaaa/?;:_ 漢😀 end."
SILENCE = b"\xff"


def ear(audio: bytes, size: int = 160, **options: float) -> Decoder:
    """A decoder that heard all of it, in pieces of that size."""
    decoder = Decoder(**options)
    for at in range(0, len(audio), size):
        decoder.feed(audio[at : at + size])
    decoder.finish()
    return decoder


def heard(audio: bytes, size: int = 160, **options: float) -> str:
    return "".join(symbol.text for symbol in ear(audio, size, **options).symbols)


def scaled(samples: NDArray[np.float64] | Samples, decibels: float = 0.0) -> Samples:
    return np.asarray(np.clip(samples * 10 ** (decibels / 20), -32768, 32767), np.int16)


def linear(samples: Samples, rate: int) -> Samples:
    """To 8 kHz by straight lines, without any filter."""
    places = np.arange(len(samples) * 8000 // rate) * (rate / 8000)
    return np.asarray(np.interp(places, np.arange(len(samples)), samples), np.int16)


def linear_in_chunks(samples: Samples, rate: int) -> Samples:
    step = rate // 50
    return np.concatenate([linear(samples[at : at + step], rate) for at in range(0, len(samples), step)])


def sinc(samples: Samples, rate: int) -> Samples:
    return np.asarray(soxr.resample(samples, rate, 8000), np.int16)


def poor_sinc(samples: Samples, rate: int) -> Samples:
    return np.asarray(soxr.resample(samples, rate, 8000, quality="LQ"), np.int16)


def sinc_in_chunks(samples: Samples, rate: int) -> Samples:
    stream, step = soxr.ResampleStream(rate, 8000, 1, dtype="int16"), rate // 50
    parts = [
        stream.resample_chunk(samples[at : at + step], last=at + step >= len(samples))
        for at in range(0, len(samples), step)
    ]
    return np.concatenate(parts)


RESAMPLERS = [linear, linear_in_chunks, sinc, poor_sinc, sinc_in_chunks]
