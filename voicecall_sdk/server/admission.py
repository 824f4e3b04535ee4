"""How much of a stranger's request is taken in before it is proved: size, time, and how many at once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

MAX_BODY: Final = 64 * 1024
"""Bytes of a webhook's body."""

BODY_TIMEOUT: Final = 5.0
"""Seconds until the whole body must have come."""

MAX_IN_FLIGHT: Final = 8
"""Requests at once from one address."""

MAX_ADDRESSES: Final = 4096
"""Addresses with requests in flight; beyond that strangers share one count."""


class InFlight:
    """Counts the requests under way by the peer's name (`peers.counted_as`)."""

    def __init__(self, limit: int = MAX_IN_FLIGHT, addresses: int = MAX_ADDRESSES) -> None:
        self._limit = limit
        self._addresses = addresses
        self._counts: Counter[str] = Counter()

    @contextmanager
    def slot(self, peer: str) -> Iterator[bool]:
        """Whether this peer may have one more request under way, for as long as the context lasts."""
        key = peer
        if key not in self._counts and len(self._counts) >= self._addresses:
            key = ""
        if self._counts[key] >= self._limit:
            yield False
            return
        self._counts[key] += 1
        try:
            yield True
        finally:
            self._counts[key] -= 1
            if not self._counts[key]:
                del self._counts[key]
