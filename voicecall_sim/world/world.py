"""A world: time, chance, network, hosts, journal, and the loop that runs them."""

from __future__ import annotations

import asyncio
import contextvars
import itertools
from collections.abc import Coroutine
from datetime import datetime
from typing import Any, NoReturn, TypeVar

from voicecall_sim.world.chance import Chance
from voicecall_sim.world.clock import EPOCH, LoopClock, Micros
from voicecall_sim.world.errors import Deadlock, Misused
from voicecall_sim.world.host import Host
from voicecall_sim.world.journal import Journal
from voicecall_sim.world.loop import VirtualLoop
from voicecall_sim.world.network import Network
from voicecall_sim.world.surroundings import Surroundings

T = TypeVar("T")


class World:
    """One run's world. Cheap to make; made for one run.

    `seed` decides every draw of chance, `epoch` is the wall time at its beginning. `horizon` is the virtual instant
    (µs) that must not be passed, `watchdog` the real seconds that may go by without a journal entry; None for no limit.
    """

    def __init__(
        self,
        seed: int = 0,
        epoch: datetime = EPOCH,
        horizon: Micros | None = None,
        watchdog: float | None = 10.0,
    ) -> None:
        self.loop = VirtualLoop()
        self.clock = LoopClock(self.loop, epoch)
        self.chance = Chance(seed)
        self.journal = Journal(self.clock)
        self.surroundings = Surroundings(clock=self.clock, chance=self.chance, journal=self.journal)
        self.watchdog = watchdog
        self._base = contextvars.copy_context()
        self._hosts: dict[str, Host] = {}
        self._numbers = itertools.count(2)
        self.ground = Host("world", "10.0.0.1", self.loop, self._base, ground=True)
        self.network = Network(self.loop, self.chance, self._hosts, self.ground)
        self.loop.network = self.network
        self.loop.horizon = horizon
        self.loop.stuck = self._deadlock

    def host(self, name: str, address: str | None = None) -> Host:
        """The host of that name, made if need be; without an address it gets the next of 10.0.0.x."""
        host = self._hosts.get(name)
        if host is None:
            host = Host(name, address or f"10.0.0.{next(self._numbers)}", self.loop, self._base)
            self._hosts[name] = host
            self.network.settle_in(host)
        return host

    async def settle(self) -> None:
        """Return when nothing else is ready at this virtual instant, before time advances."""
        await self.loop.settle()

    def run(self, coro: Coroutine[Any, Any, T], host: Host | None = None) -> T:
        """Run to completion in virtual time; afterwards everything is closed. Errors propagate.

        Raises `Deadlock` if everything waits for nothing.
        """
        if self.loop.is_closed():
            coro.close()
            raise Misused("this world has had its run: make a new one")
        with asyncio.Runner(loop_factory=lambda: self.loop) as runner:
            return runner.run(coro, context=(host or self.ground).life.context.copy())

    def _deadlock(self) -> NoReturn:
        raise Deadlock("nothing is ready and no timer is armed")
