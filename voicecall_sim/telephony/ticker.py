"""One timer for all the media of a carrier: media frames leave every 20 ms."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from voicecall_sim.world.clock import MILLISECOND, Clock, Micros

FRAME: Final[Micros] = 20 * MILLISECOND
"""What one media message of a carrier holds."""


class Ticker:
    """Calls everybody subscribed, in the order of subscription, at whole multiples of 20 ms since its making.

    It runs only while somebody is subscribed, in the context (the host) in which it was made. In real time a tick may
    come late, and ticks that were missed are left out: work with positions, not with numbers of ticks.
    """

    def __init__(self, clock: Clock) -> None:
        raise NotImplementedError

    def add(self, callback: Callable[[], None]) -> Callable[[], None]:
        """Call this at every tick after this instant; the returned function ends that."""
        raise NotImplementedError
