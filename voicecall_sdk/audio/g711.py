"""G.711: mu-law and A-law to 16-bit samples and back (ITU-T G.711), by tables.

Samples are signed 16-bit little-endian in bytes. Tables are made when they are first needed; whole clips go through
numpy, maps from 8 bits to 8 bits through `bytes.translate`.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

SILENCE: Final = 0xFF
"""The mu-law byte of silence."""

SILENCE_BYTE: Final = b"\xff"

BIAS: Final = 132
CLIP: Final = 32635
"""The loudest sample that mu-law can tell apart from louder ones."""


def decode_ulaw(ulaw: bytes) -> bytes:
    """Mu-law to samples: two bytes for each."""
    return _decode(ulaw, _ulaw_values())


def encode_ulaw(pcm: bytes) -> bytes:
    """Samples to mu-law: one byte for each. Raises `ValueError` when a sample is cut in two."""
    return _encode(pcm, _ulaw_codes())


def decode_alaw(alaw: bytes) -> bytes:
    """A-law to samples."""
    return _decode(alaw, _alaw_values())


def encode_alaw(pcm: bytes) -> bytes:
    """Samples to A-law. Raises `ValueError` when a sample is cut in two."""
    return _encode(pcm, _alaw_codes())


def alaw_to_ulaw(alaw: bytes) -> bytes:
    """A-law to mu-law, byte by byte."""
    return alaw.translate(_alaw_to_ulaw())


def ulaw_to_alaw(ulaw: bytes) -> bytes:
    """Mu-law to A-law, byte by byte."""
    return ulaw.translate(_ulaw_to_alaw())


def ulaw_value(code: int) -> int:
    """The sample that a mu-law byte stands for (G.711, table 2a)."""
    inverted = ~code & 0xFF
    magnitude = (((inverted & 0x0F) << 3) + BIAS << (inverted >> 4 & 0x07)) - BIAS
    return -magnitude if inverted & 0x80 else magnitude


def ulaw_code(sample: int) -> int:
    """The mu-law byte of a sample."""
    magnitude = min(abs(sample), CLIP) + BIAS
    exponent = magnitude.bit_length() - 8
    return ~(0x80 * (sample < 0) | exponent << 4 | magnitude >> exponent + 3 & 0x0F) & 0xFF


def alaw_value(code: int) -> int:
    """The sample that an A-law byte stands for (G.711, table 1a)."""
    toggled = code ^ 0x55
    exponent, mantissa = toggled >> 4 & 0x07, toggled & 0x0F
    magnitude = (mantissa << 4) + 8 if exponent == 0 else (mantissa << 4) + 0x108 << exponent - 1
    return magnitude if toggled & 0x80 else -magnitude


def alaw_code(sample: int) -> int:
    """The A-law byte of a sample."""
    magnitude = sample if sample >= 0 else ~sample  # the negative half begins at -1
    exponent = max(magnitude.bit_length() - 8, 0)
    mantissa = magnitude >> max(exponent + 3, 4) & 0x0F
    return (0x80 * (sample >= 0) | exponent << 4 | mantissa) ^ 0x55


def _decode(codes: bytes, values: NDArray[np.int16]) -> bytes:
    import numpy as np

    return values[np.frombuffer(codes, np.uint8)].tobytes()


def _encode(pcm: bytes, codes: NDArray[np.uint8]) -> bytes:
    import numpy as np

    return codes[np.frombuffer(pcm, np.dtype("<u2"))].tobytes()


@cache
def _ulaw_values() -> NDArray[np.int16]:
    import numpy as np

    return np.array([ulaw_value(code) for code in range(256)], np.dtype("<i2"))


@cache
def _alaw_values() -> NDArray[np.int16]:
    import numpy as np

    return np.array([alaw_value(code) for code in range(256)], np.dtype("<i2"))


@cache
def _ulaw_codes() -> NDArray[np.uint8]:
    """By the sample's 16 bits read as a number without sign."""
    import numpy as np

    samples = np.arange(65536, dtype=np.uint16).view(np.int16).astype(np.int32)
    magnitude = np.minimum(np.abs(samples), CLIP) + BIAS
    exponent = (np.frexp(magnitude)[1] - 8).astype(np.int32)
    codes = np.where(samples < 0, 0x80, 0) | exponent << 4 | magnitude >> exponent + 3 & 0x0F
    return np.asarray(~codes & 0xFF, np.uint8)


@cache
def _alaw_codes() -> NDArray[np.uint8]:
    """By the sample's 16 bits read as a number without sign."""
    import numpy as np

    samples = np.arange(65536, dtype=np.uint16).view(np.int16).astype(np.int32)
    magnitude = np.where(samples >= 0, samples, ~samples)
    exponent = np.maximum(np.frexp(magnitude)[1] - 8, 0).astype(np.int32)
    mantissa = magnitude >> np.maximum(exponent + 3, 4) & 0x0F
    return np.asarray((np.where(samples >= 0, 0x80, 0) | exponent << 4 | mantissa) ^ 0x55, np.uint8)


@cache
def _alaw_to_ulaw() -> bytes:
    return bytes(ulaw_code(alaw_value(code)) for code in range(256))


@cache
def _ulaw_to_alaw() -> bytes:
    return bytes(alaw_code(ulaw_value(code)) for code in range(256))
