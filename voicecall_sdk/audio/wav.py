"""The header of a WAV file at the beginning of what should be bare samples: some services cannot do without."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

RIFF: Final = b"RIFF"
PCM_FORMATS: Final = frozenset({1, 0xFFFE})
"""Format tags: PCM, and the extensible form (Microsoft, Multiple Channel Audio Data and WAVE Files)."""

LONGEST_HEADER: Final = 64 * 1024
UNKNOWN_SIZE: Final = 0x7FFF_0000
"""Services that stream do not know the size, and write zero or something huge."""


@dataclass(frozen=True, slots=True)
class WavHeader:
    """Where the samples begin, how many bytes they are (None: to the end), and their rate."""

    length: int
    size: int | None
    rate: int


def read_header(sound: bytes) -> WavHeader | None:
    """The header at the beginning of this. None when there is none; `EOFError` when that needs more bytes to be told.

    Raises `ValueError` when the samples are not 16 bits of one channel.
    """
    if not sound.startswith(RIFF[: len(sound)]):
        return None
    if len(sound) < 12:
        raise EOFError
    return _chunks(sound) if sound[8:12] == b"WAVE" else None


def _chunks(sound: bytes) -> WavHeader | None:
    at, rate = 12, None
    while at < LONGEST_HEADER:
        name, size = sound[at : at + 4], int.from_bytes(sound[at + 4 : at + 8], "little")
        if len(sound) < at + 8:
            raise EOFError
        if name == b"data":
            return None if rate is None else WavHeader(at + 8, _known(size), rate)
        if name == b"fmt ":
            if len(sound) < at + 24:
                raise EOFError
            rate = _rate(sound[at + 8 : at + 24])
        at += 8 + size + size % 2  # chunks are padded to even lengths
    return None


def _known(size: int) -> int | None:
    return size if 0 < size < UNKNOWN_SIZE else None


def _rate(fmt: bytes) -> int:
    """The rate in a `fmt ` chunk: tag, channels, rate, bytes a second, bytes a sample, bits."""
    tag, channels, bits = (int.from_bytes(fmt[at : at + 2], "little") for at in (0, 2, 14))
    if tag not in PCM_FORMATS or channels != 1 or bits != 16:
        raise ValueError(f"a WAV answer of {channels} channels, {bits} bits, format {tag} cannot be used")
    return int.from_bytes(fmt[4:8], "little")
