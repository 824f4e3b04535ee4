"""What a performance waits on, and how it is interrupted: by a hang-up, or by REST with another document."""

from __future__ import annotations

import asyncio
from typing import Any, Generic, TypeVar

from voicecall_sim.world.clock import Micros, seconds

S = TypeVar("S")
T = TypeVar("T")


class Interrupted(Exception):
    """Raised where a performance waits. `Control.take` tells what to do instead."""


class HungUp(Exception):
    """The call is over."""


class Control(Generic[S]):
    """The waiting of one call's performance; `S` is what it can be told to do instead of what it does.

    Whatever is played beside the performance may wait here, too: it is interrupted with it.
    """

    def __init__(self) -> None:
        self._gates: list[asyncio.Future[None]] = []
        self._instead: S | None = None
        self._over = False

    def hang_up(self) -> None:
        """The call is over, for good."""
        self._over = True
        self._interrupt()

    def redirect(self, step: S) -> None:
        """Do this instead, from now on. Of several in one instant the last one counts."""
        self._instead = step
        self._interrupt()

    def take(self) -> S:
        """What to do instead, once. Raises `HungUp` if the call is over."""
        if self._over or self._instead is None:
            raise HungUp
        step, self._instead = self._instead, None
        return step

    def check(self) -> None:
        """Raise `Interrupted` if there is reason to."""
        if self._over or self._instead is not None:
            raise Interrupted

    async def wait(self, future: asyncio.Future[T]) -> T:
        """The future's result. Raises `Interrupted`; the future is left alone then."""
        self.check()
        gate = asyncio.get_running_loop().create_future()

        def release(done: asyncio.Future[Any]) -> None:
            if not gate.done():
                gate.set_result(None)

        future.add_done_callback(release)
        await self._pass(gate)
        return future.result()

    async def pause(self, span: Micros, unless: asyncio.Future[Any] | None = None) -> None:
        """Let time go by, or less if `unless` is done before. Raises `Interrupted`."""
        self.check()
        if unless is not None and unless.done():
            return
        loop = asyncio.get_running_loop()
        gate = loop.create_future()

        def release(*_: object) -> None:
            if not gate.done():
                gate.set_result(None)

        timer = loop.call_later(seconds(span), release)
        if unless is not None:
            unless.add_done_callback(release)
        try:
            await self._pass(gate)
        finally:
            timer.cancel()

    async def _pass(self, gate: asyncio.Future[None]) -> None:
        self._gates.append(gate)
        try:
            await gate
        finally:
            self._gates.remove(gate)
        self.check()

    def _interrupt(self) -> None:
        for gate in self._gates:
            if not gate.done():
                gate.set_exception(Interrupted())
