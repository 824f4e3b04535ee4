"""One timer for all the media of a carrier: media frames leave every 20 ms."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextvars import copy_context
from typing import Final

from voicecall_sim.world.clock import MILLISECOND, Clock, Micros, seconds

FRAME: Final[Micros] = 20 * MILLISECOND
"""What one media message of a carrier holds."""


class Ticker:
    """Calls everybody subscribed, in the order of subscription, at whole multiples of 20 ms since its making.

    It runs only while somebody is subscribed, in the context (the host) in which it was made. In real time a tick may
    come late, and ticks that were missed are left out: work with positions, not with numbers of ticks.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._origin = clock.now()
        self._context = copy_context()
        self._subscribed: dict[object, Callable[[], None]] = {}
        self._due: Micros = 0
        self._timer: asyncio.TimerHandle | None = None

    def add(self, callback: Callable[[], None]) -> Callable[[], None]:
        """Call this at every tick after this instant; the returned function ends that."""
        key = object()
        self._subscribed[key] = callback
        if self._timer is None:
            self._due = self._after(self._clock.now())
            self._arm()
        return lambda: self._remove(key)

    def _remove(self, key: object) -> None:
        self._subscribed.pop(key, None)
        if not self._subscribed and self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _after(self, instant: Micros) -> Micros:
        """The first instant of the grid after that one."""
        return self._origin + ((instant - self._origin) // FRAME + 1) * FRAME

    def _arm(self) -> None:
        self._timer = asyncio.get_running_loop().call_later(
            seconds(self._due - self._clock.now()), self._tick, context=self._context
        )

    def _tick(self) -> None:
        # in real time a timer may come a trifle early; that was the tick all the same
        self._due = self._after(max(self._due, self._clock.now()))
        self._arm()
        for key, callback in tuple(self._subscribed.items()):
            # an earlier one may have taken a later one off
            if key in self._subscribed:
                callback()
