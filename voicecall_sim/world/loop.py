"""The event loop of a world: asyncio's own, with time that is computed instead of waited for.

Every private name of asyncio that the kernel touches is touched in this file and in `handles`; `PRIVATE_NAMES` lists
them for the test that looks whether they still exist.
"""

# ruff: noqa: SLF001
from __future__ import annotations

import asyncio
import itertools
import sys
import threading
from asyncio import Handle, TimerHandle, format_helpers
from collections import deque
from collections.abc import Callable, Coroutine, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from contextvars import Context
from heapq import heapify, heappop, heappush
from typing import Any, Final, NoReturn
from weakref import WeakSet

from voicecall_sim.world.clock import SECOND, Micros
from voicecall_sim.world.doors import Doors
from voicecall_sim.world.errors import Misused, ThreadInTheWorld
from voicecall_sim.world.handles import QuickHandle, QuickTimer
from voicecall_sim.world.host import LIFE, Life

PRIVATE_NAMES: Final[Mapping[str, Sequence[str]]] = {
    "asyncio.format_helpers": ("_format_callback_source",),
    "asyncio.tasks": ("_unregister_task",),
    "loop": (
        "_asyncgen_firstiter_hook",
        "_asyncgens",
        "_check_closed",
        "_clock_resolution",
        "_close_self_pipe",
        "_debug",
        "_make_self_pipe",
        "_ready",
        "_run_once",
        "_stopping",
        "_timer_cancelled_count",
        "_timer_handle_cancelled",
        "_write_to_self",
    ),
    "handle": ("_args", "_callback", "_cancelled", "_context", "_loop", "_repr", "_source_traceback"),
    "timer": ("_scheduled", "_when"),
    "task": ("_fut_waiter",),
    "subprocess transport": ("_wait",),
    "transport": ("_start_tls_compatible",),
}
"""Whose private names they are, and which."""

REST: Final = 1024
"""After so many advances of time `resting` is called."""

MANY: Final = 100
"""Cancelled timers from which on they are looked for among the others."""


class StartTlsCompatible:
    """Marks a transport that `loop.start_tls` may upgrade."""

    __slots__ = ()
    _start_tls_compatible = True


class Awaitable:
    """Gives a subprocess transport what `asyncio.subprocess.Process.wait` awaits."""

    __slots__ = ()

    async def wait(self) -> int:
        """The return code, once there is one."""
        raise NotImplementedError

    async def _wait(self) -> int:
        return await self.wait()


class VirtualLoop(Doors):
    """An asyncio loop on virtual time, in whole microseconds from 0.

    Time stands still while anything is ready, then goes to the earliest timer; timers of one instant run in the order
    in which they were made. `stuck` is called when nothing is ready and no timer is left, `late` when the next instant
    lies beyond `horizon`, `alarm` as soon as somebody sets it; all three raise. `resting` is called with a running
    number now and then between two instants; `laws` surround every run of the loop.
    """

    world: object
    """Whose loop it is."""

    ground: Life
    """The life of whatever was started outside of any host."""

    _asyncgens: WeakSet[Any]
    _debug: bool
    _ready: deque[QuickHandle]
    _stopping: bool
    _timer_cancelled_count: int

    def __init__(self) -> None:
        super().__init__()
        self._clock_resolution = 1e-6
        self.now: Micros = 0
        self.horizon: Micros | None = None
        self.alarm: Callable[[], NoReturn] | None = None
        self.stuck: Callable[[], NoReturn] = _nobody_to_ask
        self.late: Callable[[], NoReturn] = _nobody_to_ask
        self.resting: Callable[[int], object] = bool
        self.laws: Callable[[], AbstractContextManager[object]] = nullcontext
        self._seconds = 0.0
        self._timers: list[tuple[Micros, int, QuickTimer]] = []
        self._numbers = itertools.count()
        self._rests = 0
        self._settling: deque[asyncio.Future[None]] = deque()
        self._wary = False
        self._owner = threading.get_ident()
        self._frozen: list[object] = []

    def __del__(self) -> None:
        """Nothing to warn of: an unclosed virtual loop holds nothing of the system."""

    # -- time

    def time(self) -> float:
        """Virtual seconds since the world began."""
        return self._seconds

    async def settle(self) -> None:
        """Return when nothing else is ready at this instant, before time advances."""
        waiter: asyncio.Future[None] = self.create_future()
        self._settling.append(waiter)
        await waiter

    def skip(self, duration: Micros) -> None:
        """Let time pass with nothing running: what a blocking sleep does to a loop."""
        self._go_to(self.now + duration)

    def _go_to(self, instant: Micros) -> None:
        if self.horizon is not None and instant > self.horizon:
            self.late()
        self.now = instant
        self._seconds = instant / SECOND

    def _advance(self) -> None:
        """Nothing is ready: wake who waits for just that, else go to the earliest timer."""
        while self._settling:
            waiter = self._settling.popleft()
            if not waiter.done():
                waiter.set_result(None)
                return
        self._rests += 1
        if not self._rests % REST:
            self.resting(self._rests // REST)
        timers = self._timers
        if self._timer_cancelled_count > MANY or (timers and timers[0][2]._cancelled):
            self._drop_cancelled()
        if not timers:
            self.stuck()
        self._go_to(max(self.now, timers[0][0]))

    def _drop_cancelled(self) -> None:
        timers = self._timers
        if self._timer_cancelled_count > MANY and 2 * self._timer_cancelled_count > len(timers):
            timers[:] = [entry for entry in timers if not entry[2]._cancelled]
            heapify(timers)
            self._timer_cancelled_count = 0
        while timers and timers[0][2]._cancelled:
            heappop(timers)
            self._timer_cancelled_count -= 1

    def _run_once(self) -> None:
        """One turn, as in asyncio: what is due becomes ready, and what was ready when the turn began runs."""
        if self.alarm is not None:
            alarm, self.alarm = self.alarm, None
            alarm()
        ready, timers = self._ready, self._timers
        if not (ready or self._stopping or (timers and timers[0][0] <= self.now)):
            self._advance()
        now = self.now
        while timers and timers[0][0] <= now:
            timer = heappop(timers)[2]
            timer._scheduled = False
            if timer._cancelled:
                self._timer_cancelled_count -= 1
            else:
                ready.append(timer)
        for _ in range(len(ready)):
            handle = ready.popleft()
            if not handle._cancelled:
                # what asyncio's handles do by themselves
                try:
                    handle._context.run(handle._callback, *handle._args)
                except BaseException as error:  # noqa: BLE001 - reported, as in asyncio
                    self._report_error(handle, error)

    def _report_error(self, handle: QuickHandle, error: BaseException) -> None:
        if isinstance(error, (SystemExit, KeyboardInterrupt)):
            raise error
        source = format_helpers._format_callback_source(handle._callback, handle._args)
        trouble = {"message": f"Exception in callback {source}", "exception": error, "handle": handle}
        if handle._source_traceback:
            trouble["source_traceback"] = handle._source_traceback
        self.call_exception_handler(trouble)

    def run_forever(self) -> None:
        """As asyncio's, under the laws of the world; the thread that calls this owns the world."""
        self._owner = threading.get_ident()
        with self.laws():
            super().run_forever()

    # -- handles

    def call_soon(  # type: ignore[override]
        self, callback: Callable[..., object], *args: Any, context: Context | None = None
    ) -> Handle:
        """As asyncio's; what belongs to a dead host is dropped."""
        handle = QuickHandle(callback, args, self, context)
        if self._wary and self._refuses(handle):
            return handle
        self._ready.append(handle)
        return handle

    def call_later(  # type: ignore[override]
        self, delay: float, callback: Callable[..., object], *args: Any, context: Context | None = None
    ) -> TimerHandle:
        """As asyncio's, rounded to whole microseconds."""
        return self.call_at(self._seconds + delay, callback, *args, context=context)

    def call_at(  # type: ignore[override]
        self, when: float, callback: Callable[..., object], *args: Any, context: Context | None = None
    ) -> TimerHandle:
        """As asyncio's, rounded to whole microseconds. A timer at infinity is never run."""
        timer = QuickTimer(when, callback, args, self, context)
        return timer if when == _NEVER else self._arm(timer, round(when * SECOND))

    def reusable(self, callback: Callable[[], object], context: Context) -> QuickTimer:
        """A timer that `rearm` arms, time and again: for what is done for every message."""
        return QuickTimer(_NEVER, callback, (), self, context)

    def rearm(self, timer: QuickTimer, instant: Micros) -> None:
        """Arm a `reusable` timer, as `call_at_instant` does a new one. It must not be armed."""
        if self._wary and self._refuses(timer):
            return
        if instant > self.now:
            timer._when = instant / SECOND
            timer._scheduled = True
            heappush(self._timers, (instant, next(self._numbers), timer))
        else:
            self._ready.append(timer)

    def call_at_instant(
        self, instant: Micros, callback: Callable[..., object], *args: Any, context: Context | None = None
    ) -> Handle:
        """At an instant in microseconds; soon if that is not in the future."""
        if instant <= self.now:
            return self.call_soon(callback, *args, context=context)
        return self._arm(QuickTimer(instant / SECOND, callback, args, self, context), instant)

    def _arm(self, timer: QuickTimer, instant: Micros) -> TimerHandle:
        if not (self._wary and self._refuses(timer)):
            timer._scheduled = True
            heappush(self._timers, (instant, next(self._numbers), timer))
        return timer

    def call_soon_threadsafe(  # type: ignore[override]
        self, callback: Callable[..., object], *args: Any, context: Context | None = None
    ) -> Handle:
        """As `call_soon`, for the world's own thread only; `ThreadInTheWorld` for any other."""
        if threading.get_ident() != self._owner:
            self._report_thread(callback)
        return self.call_soon(callback, *args, context=context)

    def _report_thread(self, callback: Callable[..., object]) -> NoReturn:
        name = threading.current_thread().name
        error = ThreadInTheWorld(f"thread {name!r} called {callback!r} into a world, and a world has one thread")
        self.call_exception_handler({"message": "A foreign thread called into the world", "exception": error})
        raise error

    def _refuses(self, handle: QuickHandle) -> bool:
        super()._check_closed()  # type: ignore[misc]
        life = handle._context.get(LIFE)
        if life is None or not life.dead:
            return False
        self._freeze_handle(handle)
        return True

    def close(self) -> None:
        """Close for good; timers are dropped."""
        super().close()
        self._wary = True
        self._timers.clear()

    # -- tasks and lives

    def create_task(self, coro: Coroutine[Any, Any, Any], **options: Any) -> asyncio.Task[Any]:  # type: ignore[override]
        """As asyncio's; the task is counted as its host's."""
        task = super().create_task(coro, **options)
        context: Context | None = options.get("context")
        life = (LIFE.get() if context is None else context.get(LIFE)) or self.ground
        life.enrol(task)
        if life.dead:
            self._freeze_task(task)
        return task

    def tasks_of(self, life: Life) -> Sequence[asyncio.Task[Any]]:
        """A life's tasks that are not done, oldest first.

        From Python 3.12 on tasks can be made without asking the loop, and aiohttp does; their context tells.
        """
        known = list(life.tasks())
        if sys.version_info < (3, 12):
            return known
        more = [task for task in asyncio.all_tasks(self) if (_life_in(task.get_context()) or self.ground) is life]
        return known + sorted(set(more).difference(known), key=_number)

    def freeze(self, life: Life) -> None:
        """Drop a life's handles unrun and keep its tasks where nothing wakes them."""
        self._wary = True
        self._frozen.append((life, tuple(life.holdings)))
        for task in self.tasks_of(life):
            self._freeze_task(task)
        for handle in (*self._ready, *(entry[2] for entry in self._timers)):
            if not handle._cancelled and handle._context.get(LIFE) is life:
                self._freeze_handle(handle)
        for generator in life.generators:
            self._asyncgens.discard(generator)
            self._frozen.append(generator)

    def _freeze_task(self, task: asyncio.Task[Any]) -> None:
        asyncio.tasks._unregister_task(task)
        self._frozen.append(task)

    def _freeze_handle(self, handle: QuickHandle) -> None:
        self._frozen.append((handle._callback, handle._args))
        handle.cancel()

    def take_frozen(self) -> Sequence[object]:
        """Everything that dead hosts left frozen; the caller must keep it."""
        frozen, self._frozen = self._frozen, []
        return frozen

    def _asyncgen_firstiter_hook(self, agen: Any) -> None:
        super()._asyncgen_firstiter_hook(agen)  # type: ignore[misc]
        (LIFE.get() or self.ground).generators.add(agen)

    def life_of(self, trouble: Mapping[str, Any]) -> Life | None:
        """Whose handle or transport it is that an exception context speaks of."""
        handle: QuickHandle | None = trouble.get("handle")
        if handle is None:
            return LIFE.get()
        return _life_in(handle._context)

    def timers(self) -> Iterator[tuple[Micros, Life, Callable[..., object]]]:
        """The armed timers, earliest first: when, whose, and what they call."""
        for instant, _, timer in sorted(self._timers, key=lambda entry: entry[:2]):
            if not timer._cancelled:
                yield instant, _life_in(timer._context) or self.ground, timer._callback

    def awaited_by(self, task: asyncio.Task[Any]) -> asyncio.Future[Any] | None:
        """The future a task waits for; None if it is ready to run."""
        return getattr(task, "_fut_waiter", None)

    # -- no thread has to wake this loop

    def _make_self_pipe(self) -> None:
        pass

    def _close_self_pipe(self) -> None:
        pass

    def _write_to_self(self) -> None:
        pass


def _number(task: asyncio.Task[Any]) -> tuple[int, str]:
    """asyncio numbers tasks in the order it makes them."""
    name = task.get_name()
    number = name.rpartition("-")[2]
    return (int(number) if number.isdigit() else 0, name)


def _life_in(context: Context) -> Life | None:
    life = context.get(LIFE)
    return life  # noqa: RET504 - a name keeps the type checker from expecting something else of `get`


_NEVER: Final = float("inf")


def _nobody_to_ask() -> NoReturn:
    raise Misused("a virtual loop without a world cannot say who waits for what")
