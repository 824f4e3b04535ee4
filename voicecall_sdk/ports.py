"""The one seam to time and chance: wall clock and unguessable names.

Durations come from the running loop (`loop.time()`), never from here. A simulated world passes its own pair.
"""

from __future__ import annotations

import secrets
import time
import uuid
from typing import Protocol


class Clock(Protocol):
    """Wall time."""

    def wall(self) -> float:
        """Seconds since the Unix epoch."""
        ...


class Entropy(Protocol):
    """Names nobody can guess."""

    def token(self, size: int = 16) -> str:
        """A URL-safe secret made of `size` random bytes."""
        ...

    def uuid(self) -> str:
        """A random UUID (version 4) in its usual text form."""
        ...


class SystemClock:
    """The operating system's wall clock."""

    def wall(self) -> float:
        """Seconds since the Unix epoch."""
        return time.time()


class SystemEntropy:
    """The operating system's randomness, by `secrets`."""

    def token(self, size: int = 16) -> str:
        """A URL-safe secret made of `size` random bytes."""
        return secrets.token_urlsafe(size)

    def uuid(self) -> str:
        """A random UUID (version 4)."""
        return str(uuid.uuid4())
