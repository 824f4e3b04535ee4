"""Text frames as a WebSocket client writes them (RFC 6455, sections 5.2 and 5.3).

The library's own way to a frame is long, and sound takes it fifty times a second.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from struct import Struct
from typing import Final

try:
    from websockets.speedups import apply_mask
except ImportError:  # the library was built without its extension
    from websockets.utils import apply_mask

KEYS: Final = 256
"""Masking keys that are drawn at once."""

TEXT: Final = 0x81
"""A whole message of text."""

MASKED: Final = 0x80

SHORT, MEDIUM, LONG = Struct("!BB").pack, Struct("!BBH").pack, Struct("!BBQ").pack


class MaskedText:
    """Makes frames of one connection, each with a key that nobody can foresee."""

    def __init__(self) -> None:
        self._keys = _keys()

    def frame(self, text: bytes) -> bytes:
        """The frame of a text in UTF-8."""
        key, size = next(self._keys), len(text)
        if size < 126:
            head = SHORT(TEXT, MASKED | size)
        elif size < 1 << 16:
            head = MEDIUM(TEXT, MASKED | 126, size)
        else:
            head = LONG(TEXT, MASKED | 127, size)
        return b"%b%b%b" % (head, key, apply_mask(text, key))


def _keys() -> Iterator[bytes]:
    while True:
        drawn = secrets.token_bytes(4 * KEYS)
        for start in range(0, len(drawn), 4):
            yield drawn[start : start + 4]
