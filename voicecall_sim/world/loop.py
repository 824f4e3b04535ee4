"""The event loop of a world: asyncio's own, with time that is computed instead of waited for.

Every private name of asyncio that the kernel touches is touched in this file; `PRIVATE_NAMES` lists them for the test
that looks whether they still exist.
"""

from __future__ import annotations

import asyncio
import itertools
import selectors
import socket
import threading
from asyncio import Handle, TimerHandle
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextvars import Context
from heapq import heapify, heappop, heappush
from types import MappingProxyType
from typing import Any, Final, NoReturn, Protocol

from voicecall_sim.world.clock import SECOND, Micros
from voicecall_sim.world.errors import EscapedTheWorld, Misused, ThreadInTheWorld
from voicecall_sim.world.host import LIFE, Life

PRIVATE_NAMES: Final[Mapping[str, Sequence[str]]] = {
    "asyncio.tasks": ("_unregister_task",),
    "asyncio.SelectorEventLoop": (
        "_asyncgen_firstiter_hook",
        "_check_closed",
        "_close_self_pipe",
        "_make_self_pipe",
        "_run_once",
        "_timer_handle_cancelled",
        "_write_to_self",
    ),
    "loop": ("_asyncgens", "_clock_resolution", "_ready", "_stopping", "_timer_cancelled_count"),
    "handle": ("_args", "_callback", "_cancelled", "_context", "_run"),
    "timer": ("_scheduled",),
    "task": ("_fut_waiter",),
}

ProtocolFactory = Callable[[], asyncio.BaseProtocol]


class StartTlsCompatible:
    """Marks a transport that `loop.start_tls` may upgrade."""

    __slots__ = ()
    _start_tls_compatible = True


class Wires(Protocol):
    """What the loop needs of a network; the current host is the one that dials or listens."""

    async def dial(self, host: str | None, port: int, secure: Any) -> Any:
        """Connect; the result is given to `attach`."""
        ...

    def attach(self, line: Any, factory: ProtocolFactory) -> tuple[asyncio.Transport, asyncio.BaseProtocol]:
        """Put a protocol on this end of a connection that `dial` made."""
        ...

    def listen(self, factory: ProtocolFactory, hosts: Sequence[str | None], port: int, secure: Any) -> Any:
        """A server, not yet serving."""
        ...

    def look_up(self, host: str | None, port: Any, flags: int) -> list[Any]:
        """As `socket.getaddrinfo`."""
        ...


class NoSelector(selectors.BaseSelector):
    """A selector for a loop that waits for nothing outside of itself."""

    def register(self, fileobj: Any, events: int, data: Any = None) -> NoReturn:
        """Refused: file descriptors belong to the world outside."""
        raise EscapedTheWorld(f"{fileobj!r} cannot be watched: a world has no file descriptors")

    def unregister(self, fileobj: Any) -> NoReturn:
        """Nothing was ever registered."""
        raise KeyError(fileobj)

    def select(self, timeout: float | None = None) -> list[Any]:
        """Nothing ever comes from outside."""
        return []

    def get_map(self) -> Mapping[Any, selectors.SelectorKey]:
        """Nothing is registered."""
        return MappingProxyType({})


class VirtualLoop(asyncio.SelectorEventLoop):
    """An asyncio loop on virtual time, in whole microseconds from 0.

    Time stands still while anything is ready, then goes to the earliest timer; timers of one instant run in the order
    in which they were made. `stuck` is called when nothing is ready and no timer is left, `late` when the next timer
    lies beyond `horizon`; both raise.
    """

    network: Wires

    def __init__(self) -> None:
        super().__init__(NoSelector())
        self._clock_resolution = 1e-6
        self.now: Micros = 0
        self.horizon: Micros | None = None
        self.alarm: Exception | None = None
        self.stuck: Callable[[], NoReturn] = _no_timer
        self.late: Callable[[], NoReturn] = _no_timer
        self._seconds = 0.0
        self._timers: list[tuple[Micros, int, TimerHandle]] = []
        self._numbers = itertools.count()
        self._settling: deque[asyncio.Future[None]] = deque()
        self._wary = False
        self._owner = threading.get_ident()
        self._dialled: dict[socket.socket, Any] = {}
        self._frozen: list[Any] = []

    def __del__(self) -> None:
        """Nothing to warn of: an unclosed virtual loop holds no resource of the system."""

    # -- time

    def time(self) -> float:
        """Virtual seconds since the world began."""
        return self._seconds

    async def settle(self) -> None:
        """Return when nothing else is ready at this instant, before time advances."""
        waiter = self.create_future()
        self._settling.append(waiter)
        await waiter

    def skip(self, duration: Micros) -> None:
        """Let time pass with nothing running: what a blocking sleep does to a loop."""
        self._go_to(self.now + max(0, duration))

    def _go_to(self, instant: Micros) -> None:
        if self.horizon is not None and instant > self.horizon:
            self.late()
        self.now = instant
        self._seconds = instant / SECOND

    def _advance(self) -> None:
        while self._settling:
            waiter = self._settling.popleft()
            if not waiter.done():
                waiter.set_result(None)
                return
        timers = self._timers
        if self._timer_cancelled_count > 100 and 2 * self._timer_cancelled_count > len(timers):
            timers = self._sweep()
        while timers and timers[0][2]._cancelled:
            heappop(timers)[2]._scheduled = False
            self._timer_cancelled_count -= 1
        if not timers:
            self.stuck()
        self._go_to(max(self.now, timers[0][0]))

    def _sweep(self) -> list[tuple[Micros, int, TimerHandle]]:
        for timer in self._timers:
            timer[2]._scheduled = not timer[2]._cancelled
        self._timers = [timer for timer in self._timers if timer[2]._scheduled]
        heapify(self._timers)
        self._timer_cancelled_count = 0
        return self._timers

    def _run_once(self) -> None:
        """One turn, as in asyncio: what is due becomes ready, and what was ready when the turn began runs."""
        if self.alarm is not None:
            alarm, self.alarm = self.alarm, None
            raise alarm
        ready = self._ready
        if not ready and not self._stopping:
            self._advance()
        timers, now = self._timers, self.now
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
                handle._run()

    # -- handles

    def call_soon(self, callback: Callable[..., Any], *args: Any, context: Context | None = None) -> Handle:  # type: ignore[override]
        """As asyncio's; what belongs to a dead host is dropped."""
        handle = Handle(callback, args, self, context)
        if self._wary and self._refuses(handle):
            return handle
        self._ready.append(handle)
        return handle

    def call_later(  # type: ignore[override]
        self, delay: float, callback: Callable[..., Any], *args: Any, context: Context | None = None
    ) -> TimerHandle:
        """As asyncio's, rounded to whole microseconds."""
        return self.call_at(self._seconds + delay, callback, *args, context=context)

    def call_at(  # type: ignore[override]
        self, when: float, callback: Callable[..., Any], *args: Any, context: Context | None = None
    ) -> TimerHandle:
        """As asyncio's, rounded to whole microseconds. A timer at infinity is never run."""
        timer = TimerHandle(when, callback, args, self, context)
        if when == float("inf") or (self._wary and self._refuses(timer)):
            return timer
        timer._scheduled = True
        heappush(self._timers, (round(when * SECOND), next(self._numbers), timer))
        return timer

    def call_at_instant(self, instant: Micros, callback: Callable[..., Any], context: Context) -> Handle:
        """At an instant in microseconds; soon if that is not in the future."""
        if instant <= self.now:
            return self.call_soon(callback, context=context)
        return self.call_at(instant / SECOND, callback, context=context)

    def call_soon_threadsafe(  # type: ignore[override]
        self, callback: Callable[..., Any], *args: Any, context: Context | None = None
    ) -> Handle:
        """As `call_soon`, for the world's own thread only."""
        if threading.get_ident() != self._owner:
            raise ThreadInTheWorld(
                f"thread {threading.current_thread().name!r} called {callback!r} into a world; a world has one thread"
            )
        return self.call_soon(callback, *args, context=context)

    def _refuses(self, handle: Handle) -> bool:
        self._check_closed()
        life = handle._context.get(LIFE)
        if life is None or not life.dead:
            return False
        self._frozen.append((handle._callback, handle._args))
        handle.cancel()
        return True

    def close(self) -> None:
        """Close for good; timers are dropped."""
        super().close()
        self._wary = True
        self._timers.clear()

    def run_forever(self) -> None:
        """As asyncio's; the thread that calls this owns the world."""
        self._owner = threading.get_ident()
        super().run_forever()

    # -- tasks and lives

    def create_task(self, coro: Any, **options: Any) -> asyncio.Task[Any]:  # type: ignore[override]
        """As asyncio's; the task is counted as its host's."""
        task = super().create_task(coro, **options)
        context = options.get("context")
        life = LIFE.get() if context is None else context.get(LIFE)
        if life is not None:
            life.enrol(task)
        return task

    def freeze(self, life: Life) -> None:
        """Drop the life's handles unrun and keep its tasks where nothing wakes them."""
        self._wary = True
        for task in life.tasks():
            asyncio.tasks._unregister_task(task)
            self._frozen.append(task)
        for handle in (*self._ready, *(timer[2] for timer in self._timers)):
            if not handle._cancelled and handle._context.get(LIFE) is life:
                self._frozen.append((handle._callback, handle._args))
                handle.cancel()

    def timers_of(self, life: Life) -> Iterator[TimerHandle]:
        """The armed timers that belong to a life, earliest first."""
        for _, _, timer in sorted(self._timers, key=lambda entry: entry[:2]):
            if not timer._cancelled and timer._context.get(LIFE) is life:
                yield timer

    def describe_timer(self, timer: TimerHandle) -> str:
        """What a timer will call, and when."""
        return f"at {timer.when():.6f}s: {timer._callback!r}"

    def describe_task(self, task: asyncio.Task[Any]) -> str:
        """A task by name."""
        return f"task {task.get_name()}"

    # -- the network

    async def getaddrinfo(self, host: Any, port: Any, *, family: int = 0, type: int = 0, proto: int = 0,  # noqa: A002
                          flags: int = 0) -> list[Any]:  # fmt: skip
        """Names of the world; `socket.gaierror` for any other."""
        return self.network.look_up(host.decode() if isinstance(host, bytes) else host, port, flags)

    async def sock_connect(self, sock: socket.socket, address: Any) -> None:
        """Connect as far as the wires go; `create_connection(sock=)` takes it up."""
        self._dialled[sock] = await self.network.dial(address[0], address[1], None)

    async def create_connection(self, protocol_factory: Any, host: Any = None, port: Any = None, *,
                                ssl: Any = None, sock: Any = None, **options: Any) -> Any:  # type: ignore[override]  # fmt: skip
        """Connect in memory. With `ssl` TLS is left out: the peer is in the same memory."""
        if sock is not None:
            line = self._take(sock)
            line.secure = ssl or None
        else:
            line = await self.network.dial(host, int(port or 0), ssl or None)
        return self.network.attach(line, protocol_factory)

    def _take(self, sock: socket.socket) -> Any:
        try:
            line = self._dialled.pop(sock)
        except KeyError:
            raise Misused(f"{sock!r} was not connected by this world's sock_connect") from None
        sock.close()
        return line

    async def create_server(self, protocol_factory: Any, host: Any = None, port: Any = None, *,
                            sock: Any = None, ssl: Any = None, start_serving: bool = True, **options: Any) -> Any:  # type: ignore[override]  # fmt: skip
        """Listen for the current host."""
        if sock is not None:
            (host, port), _ = sock.getsockname()[:2], sock.close()
        hosts = [host] if host is None or isinstance(host, str) else list(host)
        server = self.network.listen(protocol_factory, hosts, int(port or 0), ssl or None)
        if start_serving:
            await server.start_serving()
        return server

    # -- what a world has no threads for

    def run_in_executor(self, executor: Any, func: Callable[..., Any], *args: Any) -> asyncio.Future[Any]:  # type: ignore[override]
        """Run inline, at once: refusing would break libraries that read files this way."""
        future: asyncio.Future[Any] = self.create_future()
        try:
            future.set_result(func(*args))
        except Exception as error:  # noqa: BLE001 - an executor hands over whatever its function raised
            future.set_exception(error)
        return future

    def _make_self_pipe(self) -> None:
        """No thread has to wake this loop."""

    def _close_self_pipe(self) -> None:
        """There is none."""

    def _write_to_self(self) -> None:
        """Never needed."""


def _no_timer() -> NoReturn:
    raise Misused("a virtual loop without a world cannot say who waits")
