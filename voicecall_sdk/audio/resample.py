"""Another sample rate, without aliasing and without clicks between pieces."""

from __future__ import annotations


class Resampler:
    """16-bit samples (little-endian, one channel) at one rate in, at another out, in pieces of any size."""

    def __init__(self, rate_in: int, rate_out: int = 8000) -> None:
        raise NotImplementedError

    def feed(self, pcm_s16le: bytes) -> bytes:
        """What is certain by now; a sample that is cut in two waits for its other half."""
        raise NotImplementedError

    def finish(self) -> bytes:
        """What is left. Nothing can be fed after it."""
        raise NotImplementedError
