"""A world: time, chance, network, hosts, programs, journal, and the loop that runs them."""

from __future__ import annotations

import asyncio
import contextvars
import gc
import inspect
import itertools
import traceback
from collections.abc import Coroutine, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, NoReturn, TypeVar

from voicecall_sim.world import graveyard
from voicecall_sim.world.chance import Chance
from voicecall_sim.world.clock import EPOCH, SECOND, Micros, VirtualClock
from voicecall_sim.world.errors import Deadlock, HorizonPassed, Misused, Stuck
from voicecall_sim.world.host import Host
from voicecall_sim.world.journal import Journal
from voicecall_sim.world.laws import collect_garbage, laws
from voicecall_sim.world.loop import VirtualLoop
from voicecall_sim.world.network import Network
from voicecall_sim.world.programs import Programs
from voicecall_sim.world.surroundings import Surroundings
from voicecall_sim.world.transport import MemoryTransport
from voicecall_sim.world.waiting import table, without_addresses
from voicecall_sim.world.watchdog import watched

T = TypeVar("T")

WINDING_DOWN: Final[Micros] = 600 * SECOND
"""Virtual time that cancelled tasks get to end in."""


@dataclass(frozen=True, slots=True)
class Unhandled:
    """An error that nobody caught: on which host, in what, and the exception if there was one."""

    host: str
    message: str
    error: BaseException | None

    def __str__(self) -> str:
        return f"{self.host}: {self.message}" + (f": {self.error!r}" if self.error else "")


class World:
    """One run's world. Cheap to make, and made for one run.

    `seed` decides every draw of chance, `epoch` is the wall time at its beginning. `horizon` is the virtual instant
    (µs) that must not be passed, `watchdog` the real seconds that may go by without a journal entry; None for no limit.
    `unhandled` collects what would have been logged by asyncio: exceptions nobody caught.
    """

    def __init__(
        self,
        seed: int = 0,
        epoch: datetime = EPOCH,
        horizon: Micros | None = None,
        watchdog: float | None = 10.0,
    ) -> None:
        self.watchdog = watchdog
        self.unhandled: list[Unhandled] = []
        self.loop = VirtualLoop()
        self.clock = VirtualClock(self.loop, epoch)
        self.chance = Chance(seed)
        self.journal = Journal(self.clock)
        self.surroundings = Surroundings(clock=self.clock, chance=self.chance, journal=self.journal)
        self._base = contextvars.copy_context()
        self._ground = Host("world", "10.0.0.1", self.loop, self._base, ground=True)
        self._hosts: dict[str, Host] = {}
        self._numbers = itertools.count(2)
        self._lawful = False
        self.network = Network(self.loop, self.chance, self._ground)
        self.programs = Programs(self.loop, self.journal)
        self._rule(horizon)

    def _rule(self, horizon: Micros | None) -> None:
        loop = self.loop
        loop.world = self
        loop.ground, loop.network, loop.programs = self._ground.life, self.network, self.programs
        loop.horizon, loop.stuck, loop.late = horizon, self._deadlock, self._horizon_passed
        loop.laws, loop.resting = self._laws, collect_garbage
        loop.set_exception_handler(self._trouble)

    @property
    def seed(self) -> int:
        """The seed of every draw."""
        return self.chance.seed

    @property
    def horizon(self) -> Micros | None:
        """The virtual instant that must not be passed; it may be moved during the run."""
        return self.loop.horizon

    @horizon.setter
    def horizon(self, instant: Micros | None) -> None:
        self.loop.horizon = instant

    # -- hosts

    def host(self, name: str, address: str | None = None) -> Host:
        """The host of that name, made if need be; without an address it gets the next free one of 10.0.x.y."""
        return self._hosts.get(name) or self._settle(name, address or self._free_address())

    def _settle(self, name: str, address: str) -> Host:
        if name == self._ground.name or any(host.address == address for host in self._everywhere()):
            raise Misused(f"there is no room for host {name!r} at {address}: its name or address is taken")
        host = Host(name, address, self.loop, self._base)
        host.on_crash(lambda: self.journal.write(name, "crash"))
        self._hosts[name] = host
        self.network.settle_in(host)
        return host

    def _free_address(self) -> str:
        taken = {host.address for host in self._everywhere()}
        addresses = (f"10.0.{number // 256}.{number % 256}" for number in self._numbers)
        return next(address for address in addresses if address not in taken)

    def hosts(self) -> Sequence[Host]:
        """The hosts, in the order they were made."""
        return tuple(self._hosts.values())

    # -- running

    async def settle(self) -> None:
        """Return when nothing else is ready at this virtual instant, before time advances."""
        await self.loop.settle()

    def run(self, coro: Coroutine[Any, Any, T], host: Host | None = None) -> T:
        """Run to completion in virtual time; afterwards everything is closed. Errors propagate.

        Raises `Deadlock` when everything waits for nothing, `HorizonPassed` and `WatchdogBarked` when a run does not
        come to an end. Tasks that are still there when `coro` returns are cancelled.
        """
        if self.loop.is_closed():
            coro.close()
            raise Misused("this world has had its run: make a new one")
        context = (host or self._ground).life.context.copy()
        try:
            with self._laws(), asyncio.Runner(loop_factory=lambda: self.loop) as runner:
                return self._run(runner, coro, context)
        finally:
            if inspect.getcoroutinestate(coro) == inspect.CORO_CREATED:
                coro.close()
            graveyard.keep(self.loop.take_frozen())

    def _run(self, runner: asyncio.Runner, coro: Coroutine[Any, Any, T], context: contextvars.Context) -> T:
        try:
            result = runner.run(coro, context=context)
        except BaseException as error:
            try:
                self._wind_down(runner)
            except Stuck as also:
                error.add_note(f"and then not everything could be cancelled: {also}")
            raise
        self._wind_down(runner)
        return result

    def _wind_down(self, runner: asyncio.Runner) -> None:
        """Cancel what is left, host by host, oldest first: the Runner would do it in the order of memory addresses."""
        self.horizon, self.loop.alarm = self.loop.now + WINDING_DOWN, None
        try:
            runner.run(self._cancel_all(), context=self._ground.life.context.copy())
        except Stuck:
            for host in self._everywhere():
                self.loop.freeze(host.life)
            raise
        gc.collect()

    async def _cancel_all(self) -> None:
        this = asyncio.current_task()
        rest = [task for host in self._everywhere() for task in host.alive_tasks() if task is not this]
        for task in rest:
            task.cancel()
        if rest:
            await asyncio.wait(rest)
        for host in self._everywhere():
            for holding in tuple(host.life.holdings):
                if isinstance(holding, MemoryTransport):
                    holding.abort()
        await self.settle()

    def _everywhere(self) -> Sequence[Host]:
        return (*self._hosts.values(), self._ground)

    @contextmanager
    def _laws(self) -> Iterator[None]:
        if self._lawful:
            yield
            return
        with laws(self), watched(self):
            self._lawful = True
            try:
                yield
            finally:
                self._lawful = False

    # -- trouble

    def table(self) -> str:
        """Who waits for what, and where; and the timers that are armed."""
        return table(self.loop, self._everywhere())

    def _deadlock(self) -> NoReturn:
        raise Deadlock("every task waits, and no timer is armed that could wake one", self.table())

    def _horizon_passed(self) -> NoReturn:
        raise HorizonPassed(
            f"the run would pass its horizon of {(self.horizon or 0) / SECOND:g} virtual seconds; "
            "something is awaited that does not come, while timers keep going off",
            self.table(),
        )

    def _trouble(self, _: asyncio.AbstractEventLoop, context: Mapping[str, Any]) -> None:
        """What asyncio would log: an exception nobody caught."""
        error: BaseException | None = context.get("exception")
        unhandled = Unhandled(self._whose(context), without_addresses(str(context["message"])), error)
        self.unhandled.append(unhandled)
        told = "" if error is None else without_addresses(f"{type(error).__name__}: {error}")
        trace = "" if error is None else "".join(traceback.format_exception(error))
        self.journal.write(
            unhandled.host, "unhandled", {"message": unhandled.message, "error": told}, {"traceback": trace}
        )

    def _whose(self, context: Mapping[str, Any]) -> str:
        task = context.get("task") or context.get("future")
        if isinstance(task, asyncio.Task):
            for host in self._hosts.values():
                if host.life.owns(task):
                    return host.name
        transport = context.get("transport")
        life = transport.life if isinstance(transport, MemoryTransport) else self.loop.life_of(context)
        return self._ground.name if life is None else life.host.name
