"""Speech in the formats of AI services: made of a text, heard out of bytes, judged by its level.

What is done for every 20 ms works on bytes by table, where samples have 8 bits; silence costs next to nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import Final
from zlib import adler32

import numpy as np

from voicecall_sim.sound.code import Decoder, encode
from voicecall_sim.sound.g711 import (
    ALAW_SILENCE,
    RATE,
    ULAW_SILENCE,
    Samples,
    alaw,
    alaw_to_ulaw,
    from_alaw,
    from_ulaw,
    ulaw,
)
from voicecall_sim.sound.sound import BYTE_TIME, CUT
from voicecall_sim.sound.waveform import LONGEST, SHORTEST
from voicecall_sim.world.clock import SECOND, Micros


class Coding(StrEnum):
    """How a sample is written."""

    PCM = "pcm"
    """16 bits, little-endian."""
    ULAW = "ulaw"
    ALAW = "alaw"


@dataclass(frozen=True, slots=True)
class Format:
    """A coding at a rate in samples a second; one channel."""

    coding: Coding
    rate: int = RATE

    @property
    def width(self) -> int:
        """Bytes of a sample."""
        return 2 if self.coding is Coding.PCM else 1

    @property
    def byte_rate(self) -> int:
        """Bytes of a second."""
        return self.rate * self.width

    def duration(self, size: int) -> Micros:
        """How long so many bytes last."""
        return size * SECOND // self.byte_rate

    def size(self, duration: Micros) -> int:
        """How many bytes of whole samples a duration has; none for less than nothing."""
        return max(0, duration * self.rate // SECOND) * self.width


ULAW: Final = Format(Coding.ULAW)
ALAW: Final = Format(Coding.ALAW)
PCM_24K: Final = Format(Coding.PCM, 24_000)

WRITE: Final[Mapping[Coding, Callable[[Samples], bytes]]] = {
    Coding.PCM: lambda samples: samples.astype("<i2").tobytes(),
    Coding.ULAW: ulaw,
    Coding.ALAW: alaw,
}


@lru_cache(maxsize=256)
def spoken(words: str, form: Format, pace: float = 1.0) -> bytes:
    """The audio of a text, `pace` times as fast as usual, as far as that can be heard (half to twice)."""
    byte_time = min(LONGEST, max(SHORTEST, round(BYTE_TIME / pace)))
    return WRITE[form.coding](encode(words, form.rate, byte_time))


def understood(audio: bytes, form: Format) -> str:
    """The text that is heard in audio; empty if nothing can be made out."""
    decoder = Decoder()
    decoder.feed(at_telephone_rate(audio, form))
    decoder.finish()
    text = "".join(symbol.text for symbol in decoder.symbols).strip()
    return text if text.strip(CUT) else ""


def at_telephone_rate(audio: bytes, form: Format) -> bytes:
    """The audio as mu-law at 8 kHz. Other rates are multiples of that."""
    if form.coding is Coding.ULAW:
        return audio
    if form.coding is Coding.ALAW:
        return alaw_to_ulaw(audio)
    samples = np.frombuffer(audio[: len(audio) & ~1], "<i2")
    step = form.rate // RATE
    whole = samples[: len(samples) // step * step].reshape(-1, step)
    return ulaw(np.rint(whole.mean(axis=1)).astype(np.int16))


# --- levels -----------------------------------------------------------------------------------------------------

_UNIT: Final = 64
"""What one stands for in the tables below; beyond 255 they say 255."""


def _table(values: Samples) -> bytes:
    return bytes(min(255, int(value) // _UNIT) for value in np.abs(values.astype(np.int32)))


_ADDED: Final = 256
"""So many bytes the checksum adds up without wrapping around (at 65521)."""
_LONG: Final = 4096
"""Bytes of silence that are recognised without being looked at one by one."""

SILENT: Final[Mapping[Coding, int]] = {Coding.PCM: 0, Coding.ULAW: ULAW_SILENCE, Coding.ALAW: ALAW_SILENCE}
"""The byte of silence."""
_LEVELS: Final[Mapping[Coding, bytes]] = {
    Coding.ULAW: _table(from_ulaw(bytes(range(256)))),
    Coding.ALAW: _table(from_alaw(bytes(range(256)))),
}
"""How loud a sample of 8 bits is."""


def meter(coding: Coding) -> Callable[[bytes], float]:
    """What tells the mean magnitude of the samples of a block, on the scale of 16 bits; 0 for none."""
    silence, levels = bytes([SILENT[coding]]) * _LONG, _LEVELS.get(coding)

    def level(block: bytes) -> float:
        if block == silence[: len(block)]:
            return 0.0
        if levels is None:
            return float(np.abs(np.frombuffer(block, "<i2").astype(np.int32)).mean())
        magnitudes = block.translate(levels)
        # Adler's checksum (RFC 1950) adds up a few bytes in a tenth of the time
        total = (adler32(magnitudes) & 0xFFFF) - 1 if len(block) <= _ADDED else sum(magnitudes)
        return total * _UNIT / len(block)

    return level


# --- files ------------------------------------------------------------------------------------------------------


def wav_header(rate: int) -> bytes:
    """The head of a WAV file of 16 bits and one channel whose length is not known yet (RIFF: all ones)."""
    unknown = b"\xff\xff\xff\xff"
    form = b"".join(
        (value.to_bytes(size, "little"))
        for value, size in ((16, 4), (1, 2), (1, 2), (rate, 4), (rate * 2, 4), (2, 2), (16, 2))
    )
    return b"RIFF" + unknown + b"WAVEfmt " + form + b"data" + unknown
