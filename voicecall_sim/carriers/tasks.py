"""The carrier's background work: held while it runs, ended together, and never silent about a bug."""

from __future__ import annotations

import asyncio
import contextvars
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar, TypeVarTuple

from voicecall_sim.world.clock import Micros, seconds

T = TypeVar("T")
Ts = TypeVarTuple("Ts")


class Tasks:
    """Running tasks, in the order of their start.

    They and the timers run in the context of the carrier's own start: what a person's or an application's doing sets
    off here is the carrier's, not theirs.
    """

    def __init__(self) -> None:
        self._running: dict[asyncio.Task[Any], None] = {}
        self._context: contextvars.Context | None = None

    def __len__(self) -> int:
        return len(self._running)

    def settle_in(self) -> None:
        """From now on everything runs in the present context."""
        self._context = contextvars.copy_context()

    def start(self, work: Coroutine[Any, Any, Any]) -> None:
        """Start a task that nobody waits for. If it fails, the loop's exception handler hears of it."""
        _ = self.spawn(work)

    def spawn(self, work: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
        """Start a task whose result somebody may want."""
        task = asyncio.get_running_loop().create_task(work, context=self._own_context())
        self._running[task] = None
        task.add_done_callback(self._over)
        return task

    def later(self, span: Micros, work: Callable[[*Ts], object], *args: *Ts) -> asyncio.TimerHandle:
        """Call something when `span` has passed."""
        return asyncio.get_running_loop().call_later(seconds(span), work, *args, context=self._own_context())

    async def end(self) -> None:
        """Cancel what runs and wait for it."""
        running = list(self._running)
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)

    def _own_context(self) -> contextvars.Context | None:
        return None if self._context is None else self._context.copy()

    def _over(self, task: asyncio.Task[Any]) -> None:
        del self._running[task]
        if not task.cancelled() and (error := task.exception()) is not None:
            context = {"message": "a task of the carrier failed", "exception": error, "task": task}
            asyncio.get_running_loop().call_exception_handler(context)
