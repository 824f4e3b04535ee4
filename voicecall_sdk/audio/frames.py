"""Frames: 160 bytes of mu-law, 20 ms, the pieces in which media sockets carry sound."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from voicecall_sdk.audio.g711 import SILENCE_BYTE

RATE: Final = 8000
"""Samples, and bytes of mu-law, in a second."""

FRAME_BYTES: Final = 160
FRAME_SECONDS: Final = 0.02
SILENT_FRAME: Final = SILENCE_BYTE * FRAME_BYTES


def seconds(ulaw_bytes: int) -> float:
    """How long this many bytes of mu-law play."""
    return ulaw_bytes / RATE


class Framer:
    """Cuts sound that comes in pieces of any size into whole frames."""

    __slots__ = ("_rest",)

    def __init__(self) -> None:
        self._rest = b""

    def feed(self, ulaw: bytes) -> Iterator[bytes]:
        """The frames that are complete now. Take all of them before the next piece."""
        sound = self._rest + ulaw if self._rest else ulaw
        whole = len(sound) - len(sound) % FRAME_BYTES
        self._rest = sound[whole:]
        return (sound[start : start + FRAME_BYTES] for start in range(0, whole, FRAME_BYTES))

    def finish(self) -> bytes | None:
        """What is left, filled up with silence to a frame; None when nothing is."""
        rest, self._rest = self._rest, b""
        return rest.ljust(FRAME_BYTES, SILENCE_BYTE) if rest else None
