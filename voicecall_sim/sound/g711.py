"""G.711: 8-bit samples of the telephone, mu-law and A-law, from and to 16-bit linear ones.

Whole clips at a time, by table. The tables follow ITU-T G.711 (11/88), tables 1a to 2b; a linear value goes to the
code whose decision interval it lies in, as in the ITU-T G.191 software tools.
"""

from __future__ import annotations

from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

Samples: TypeAlias = NDArray[np.int16]

RATE: Final = 8000
"""Samples a second."""
ULAW_SILENCE: Final = 0xFF
ALAW_SILENCE: Final = 0xD5
SILENT: Final = b"\xff\x7f"
"""The mu-law bytes of both zeros, the positive and the negative."""

_BIAS: Final = 132
_CLIP: Final = 32635
_LINEAR: Final = np.arange(-32768, 32768, dtype=np.int32)


def _ulaw_codes() -> NDArray[np.uint8]:
    magnitude = np.minimum(np.abs(_LINEAR), _CLIP) + _BIAS
    segment = np.floor(np.log2(magnitude)).astype(np.int32) - 7
    sign = np.where(_LINEAR < 0, 0x80, 0)
    code = ~(sign | segment << 4 | magnitude >> segment + 3 & 15) & 0xFF
    return np.asarray(code, np.uint8)


def _ulaw_values() -> Samples:
    code = ~np.arange(256) & 0xFF
    magnitude = (((code & 15) << 3) + _BIAS << (code >> 4 & 7)) - _BIAS
    return np.asarray(np.where(code & 0x80, -magnitude, magnitude), np.int16)


def _alaw_codes() -> NDArray[np.uint8]:
    # negative values mirror at -1/2: in 13 bits, -1 has the magnitude 0
    thirteen = _LINEAR >> 3
    magnitude = np.where(thirteen < 0, ~thirteen, thirteen)
    segment = np.maximum(np.floor(np.log2(np.maximum(magnitude, 1))).astype(np.int32) - 4, 0)
    code = segment << 4 | magnitude >> np.maximum(segment, 1) & 15
    return np.asarray((code | np.where(_LINEAR < 0, 0, 0x80)) ^ 0x55, np.uint8)


def _alaw_values() -> Samples:
    code = np.arange(256) ^ 0x55
    segment, mantissa = code >> 4 & 7, code & 15
    magnitude = (mantissa << 4) + 8 + np.where(segment > 0, 256, 0) << np.maximum(segment - 1, 0)
    return np.asarray(np.where(code & 0x80, magnitude, -magnitude), np.int16)


# indexed by the sample's 16 bits read as unsigned, so that a lookup needs no arithmetic
_ULAW_CODES: Final = np.roll(_ulaw_codes(), 32768)
_ULAW_VALUES: Final = _ulaw_values()
_ALAW_CODES: Final = np.roll(_alaw_codes(), 32768)
_ALAW_VALUES: Final = _alaw_values()
_ULAW_TO_ALAW: Final = _ALAW_CODES[_ULAW_VALUES.view(np.uint16)].tobytes()
_ALAW_TO_ULAW: Final = _ULAW_CODES[_ALAW_VALUES.view(np.uint16)].tobytes()


def ulaw(samples: Samples) -> bytes:
    """The mu-law bytes of linear samples."""
    return _ULAW_CODES[_unsigned(samples)].tobytes()


def alaw(samples: Samples) -> bytes:
    """The A-law bytes of linear samples."""
    return _ALAW_CODES[_unsigned(samples)].tobytes()


def from_ulaw(data: bytes) -> Samples:
    """The linear samples of mu-law bytes."""
    return _ULAW_VALUES[np.frombuffer(data, np.uint8)]


def from_alaw(data: bytes) -> Samples:
    """The linear samples of A-law bytes."""
    return _ALAW_VALUES[np.frombuffer(data, np.uint8)]


def ulaw_to_alaw(data: bytes) -> bytes:
    """The A-law bytes nearest to mu-law ones."""
    return data.translate(_ULAW_TO_ALAW)


def alaw_to_ulaw(data: bytes) -> bytes:
    """The mu-law bytes nearest to A-law ones."""
    return data.translate(_ALAW_TO_ULAW)


def _unsigned(samples: Samples) -> NDArray[np.uint16]:
    return np.ascontiguousarray(samples, np.int16).view(np.uint16)
