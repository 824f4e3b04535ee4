"""One media stream of a leg."""

from __future__ import annotations


class Stream:
    """A stream from its being asked for to its end."""

    def cut(self) -> None:
        """Break its connection."""
