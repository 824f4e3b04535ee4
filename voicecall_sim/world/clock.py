"""The clock of a world: whole microseconds since its beginning, and the wall time that goes with them.

Durations inside the simulator are whole microseconds (`Micros`); floats appear only where asyncio wants seconds.
"""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime, timedelta
from typing import Final, Protocol

Micros = int
"""A duration or an instant in whole microseconds."""

SECOND: Final[Micros] = 1_000_000
MILLISECOND: Final[Micros] = 1_000

EPOCH: Final = datetime(2026, 1, 5, 9, 0, 0, tzinfo=UTC)
"""When virtual worlds begin unless told otherwise: a Monday morning."""


def seconds(duration: Micros) -> float:
    """The duration in seconds, for asyncio."""
    return duration / SECOND


def micros(duration: float) -> Micros:
    """A duration in seconds, rounded to whole microseconds."""
    return round(duration * SECOND)


class Clock(Protocol):
    """What everything in a world reads the time from."""

    def now(self) -> Micros:
        """Microseconds since the world began."""
        ...

    def wall(self) -> datetime:
        """The wall time, aware, in UTC."""
        ...


class Instants(Protocol):
    """What a virtual clock follows: an event loop that counts whole microseconds."""

    now: Micros


class VirtualClock:
    """The clock of a world: its loop's instant, and the wall time that goes with it."""

    def __init__(self, loop: Instants, epoch: datetime = EPOCH) -> None:
        self._loop = loop
        self._epoch = epoch
        self._epoch_micros = (epoch - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)

    def now(self) -> Micros:
        """Microseconds since the world began."""
        return self._loop.now

    def wall(self) -> datetime:
        """The epoch plus what has passed."""
        return self._epoch + timedelta(microseconds=self._loop.now)

    def wall_micros(self) -> Micros:
        """Microseconds since 1970."""
        return self._epoch_micros + self._loop.now


class LoopClock:
    """A clock that follows a running loop's `time()` from a given wall time on."""

    def __init__(self, loop: asyncio.AbstractEventLoop, epoch: datetime = EPOCH) -> None:
        self._loop = loop
        self._epoch = epoch
        self._origin = loop.time()

    def now(self) -> Micros:
        """Microseconds since this clock was made."""
        return round((self._loop.time() - self._origin) * SECOND)

    def wall(self) -> datetime:
        """The epoch plus what has passed."""
        return self._epoch + timedelta(microseconds=self.now())


def real_clock() -> LoopClock:
    """The clock of the second world: real time, for emulators on loopback sockets. Needs a running loop."""
    return LoopClock(asyncio.get_running_loop(), datetime.fromtimestamp(time.time(), UTC))
