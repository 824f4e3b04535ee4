"""From the formats in which vendors speak to that of the telephone: mu-law at 8000 Hz, one channel."""

from __future__ import annotations


class Converter:
    """Converts a stream of one format, in pieces of any size.

    Formats: `pcm` (24 kHz), `pcm_<rate>`, `raw-<n>khz-16bit-mono-pcm`, `ulaw_8000`, `raw-8khz-8bit-mono-mulaw`,
    `alaw_8000`, `raw-8khz-8bit-mono-alaw`. Raises `ValueError` for any other.
    """

    def __init__(self, format: str, *, provider: str = "") -> None:  # noqa: A002 - the vendors' word
        raise NotImplementedError

    def feed(self, sound: bytes) -> bytes:
        """The mu-law that is certain by now."""
        raise NotImplementedError

    def finish(self) -> bytes:
        """What is left. Nothing can be fed after it."""
        raise NotImplementedError
