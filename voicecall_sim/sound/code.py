"""Coded speech: sound that carries its text, and the ear for it.

What a synthesizer speaks can be decoded from what arrives at an ear: the order, what was cut, what was lost on the way
and what was garbled all show in the text.
"""

from __future__ import annotations

from functools import lru_cache
from itertools import pairwise

import numpy as np

from voicecall_sim.sound.characters import Symbol
from voicecall_sim.sound.decoder import Decoder
from voicecall_sim.sound.g711 import RATE, Samples
from voicecall_sim.sound.sound import BYTE_TIME
from voicecall_sim.sound.waveform import AMPLITUDE, LONGEST, SHORTEST, starts, symbol, symbol_ulaw
from voicecall_sim.world.clock import MILLISECOND, Micros

__all__ = ["Decoder", "Symbol", "check", "encode", "encode_ulaw"]


@lru_cache(maxsize=256)
def encode(text: str, rate: int = RATE, byte_time: Micros = BYTE_TIME, amplitude: int = AMPLITUDE) -> Samples:
    """Coded speech at that rate in samples a second, of `amplitude` for each of its two tones; not to be written to.

    Every byte of UTF-8 lasts `byte_time`, 30 ms to 120 ms (`ValueError` for others); half a surrogate pair is spoken
    as a question mark.
    """
    check(byte_time)
    data = text.encode(errors="replace")
    places = pairwise(starts(len(data), byte_time, rate))
    parts = [symbol(byte, end - start, rate, amplitude) for byte, (start, end) in zip(data, places, strict=True)]
    made = np.concatenate([np.zeros(0, np.int16), *parts])
    made.flags.writeable = False
    return made


@lru_cache(maxsize=1024)
def encode_ulaw(text: str, byte_time: Micros = BYTE_TIME) -> bytes:
    """Coded speech as mu-law at 8 kHz."""
    check(byte_time)
    data = text.encode(errors="replace")
    places = pairwise(starts(len(data), byte_time))
    return b"".join([symbol_ulaw(byte, end - start) for byte, (start, end) in zip(data, places, strict=True)])


def check(byte_time: Micros) -> None:
    """Raises `ValueError` for a pace that cannot be heard."""
    if not SHORTEST <= byte_time <= LONGEST:
        raise ValueError(
            f"a byte of audible speech lasts {SHORTEST // MILLISECOND} to {LONGEST // MILLISECOND} ms,"
            f" not {byte_time / MILLISECOND:g} ms"
        )
