"""Hosts: who a task, a timer, a connection or a listener belongs to, and what dies when a host dies.

A host lives one *life* after another. The present life is a context variable, set where the host's first task starts
and inherited by everything that starts from there; a crash ends the life and begins the next one.
"""

from __future__ import annotations

import asyncio
import signal
import weakref
from collections.abc import Callable, Coroutine, Iterator, Sequence
from contextvars import Context, ContextVar
from typing import TYPE_CHECKING, Any, Final, Protocol, TypeVar

from voicecall_sim.world.errors import HostCrashed

if TYPE_CHECKING:
    from voicecall_sim.world.loop import VirtualLoop

T = TypeVar("T")

LOOPBACK: Final = "127.0.0.1"
"""Every host's address for itself."""


class Holding(Protocol):
    """Something that a life holds and a crash takes: a listener, a connection, a program."""

    def die(self) -> None:
        """Be gone, as when the process that held it is killed."""
        ...

    def describe(self) -> str:
        """What it is, for the list of leftovers."""
        ...


class Database(Protocol):
    """As much of an `sqlite3.Connection` as a crash needs."""

    def execute(self, sql: str, /) -> object:
        """Run a statement."""
        ...

    def close(self) -> None:
        """Close without commit."""
        ...


class Life:
    """One life of a host: from its start, or the last crash, to the next crash."""

    __slots__ = (
        "_sweep_at", "_tasks", "callers", "context", "databases", "dead", "generation", "generators", "holdings",
        "host", "signal_handlers", "started",
    )  # fmt: skip

    def __init__(self, host: Host, generation: int, base: Context) -> None:
        self.host = host
        self.generation = generation
        self.dead = False
        self.context = base.copy()
        self.context.run(LIFE.set, self)
        self.holdings: dict[Holding, None] = {}
        self.databases: list[Database] = []
        self.callers: dict[asyncio.Future[Any], None] = {}
        self.generators: weakref.WeakSet[Any] = weakref.WeakSet()
        self.signal_handlers: dict[int, Callable[[], object]] = {}
        self.started: set[asyncio.Task[Any]] = set()
        self._tasks: list[weakref.ref[asyncio.Task[Any]]] = []
        self._sweep_at = 64

    def enrol(self, task: asyncio.Task[Any]) -> None:
        """Count a task as this life's, in the order of creation."""
        self._tasks.append(weakref.ref(task))
        if len(self._tasks) > self._sweep_at:
            self._tasks = [known for known in self._tasks if known() is not None]
            self._sweep_at = 64 + 2 * len(self._tasks)

    def owns(self, task: asyncio.Task[Any]) -> bool:
        """Whether a task is this life's, done or not."""
        return any(known() is task for known in self._tasks)

    def tasks(self) -> Iterator[asyncio.Task[Any]]:
        """The tasks that are not done, oldest first."""
        for known in tuple(self._tasks):
            task = known()
            if task is not None and not task.done():
                yield task


LIFE: Final[ContextVar[Life | None]] = ContextVar("voicecall_sim.world.life", default=None)
"""The life that the running code belongs to."""


class Host:
    """A machine, or a process on it, with a name, an address and its own 127.0.0.1."""

    def __init__(self, name: str, address: str, loop: VirtualLoop, base: Context, *, ground: bool = False) -> None:
        self.name = name
        self.address = address
        self.is_ground = ground
        self._loop = loop
        self._base = base
        self._crash_callbacks: list[Callable[[], object]] = []
        self.life = Life(self, 1, base)

    def __repr__(self) -> str:
        return f"<Host {self.name} {self.address}>"

    @property
    def generation(self) -> int:
        """1 for the first life, one more after each crash."""
        return self.life.generation

    def start(self, coro: Coroutine[Any, Any, T], *, name: str | None = None) -> asyncio.Task[T]:
        """Start a task that belongs to this host, as does everything it starts in turn."""
        started = self.life.started
        task = self._loop.create_task(coro, name=name, context=self.life.context.copy())
        started.add(task)  # asyncio itself holds tasks weakly
        task.add_done_callback(started.discard)
        return task

    async def call(self, coro: Coroutine[Any, Any, T]) -> T:
        """Run a coroutine on this host and wait for its result; its exceptions propagate.

        Raises `HostCrashed` if the host dies first. Cancelling the call cancels the coroutine.
        """
        life, task = self.life, self.start(coro)
        over: asyncio.Future[None] = self._loop.create_future()
        life.callers[over] = None
        task.add_done_callback(lambda _: None if over.done() else over.set_result(None))
        try:
            await over
        except asyncio.CancelledError:
            task.cancel()
            await asyncio.wait([task])
            raise
        finally:
            life.callers.pop(over, None)
        return task.result()

    def run(self, function: Callable[..., T], *args: Any) -> T:
        """Call a function at once as this host, so that what it starts belongs to it."""
        return self.life.context.copy().run(function, *args)

    def alive_tasks(self) -> Sequence[asyncio.Task[Any]]:
        """The tasks of the present life that are not done, oldest first."""
        return tuple(self._loop.tasks_of(self.life))

    def leftovers(self) -> Sequence[str]:
        """What belongs to the host and is still there: tasks, timers, connections, listeners, described."""
        life = self.life
        return (
            *(f"task {task.get_name()}: {_what(task)}" for task in self.alive_tasks()),
            *(f"timer at {at / 1e6:.6f}s: {_named(what)}" for at, whose, what in self._loop.timers() if whose is life),
            *(holding.describe() for holding in life.holdings),
        )

    def on_crash(self, callback: Callable[[], object]) -> None:
        """Have something called whenever this host crashes."""
        self._crash_callbacks.append(callback)

    def signal(self, number: int = signal.SIGTERM) -> None:
        """Send the host's process a signal: its handler runs, and without one it dies."""
        handler = None if number == signal.SIGKILL else self.life.signal_handlers.get(int(number))
        if handler is None:
            self.crash()
        else:
            self._loop.call_soon(handler, context=self.life.context.copy())

    def crash(self) -> None:
        """Die at this instant, as from `kill -9`: nothing of the host runs again, no `finally`, no goodbye.

        Its connections are reset, its listeners gone, its SQLite connections closed without commit. The frozen tasks
        are kept, since to end them would run their `finally` blocks. The host can be used again at once.
        """
        life, self.life = self.life, Life(self, self.generation + 1, self._base)
        life.dead = True
        self._loop.freeze(life)
        for holding in tuple(life.holdings):
            holding.die()
        for database in life.databases:
            database.close()
        for caller in tuple(life.callers):
            if not caller.done():
                caller.set_exception(HostCrashed(f"host {self.name} crashed before it answered"))
        for callback in tuple(self._crash_callbacks):
            callback()


def current_life() -> Life | None:
    """The life the running code belongs to, or None outside of worlds."""
    return LIFE.get()


def current_host() -> Host | None:
    """The host the running code belongs to, or None where there is none."""
    life = LIFE.get()
    return None if life is None or life.host.is_ground else life.host


def _what(task: asyncio.Task[Any]) -> str:
    return getattr(task.get_coro(), "__qualname__", "?")


def _named(callback: Callable[..., object]) -> str:
    return getattr(callback, "__qualname__", None) or type(callback).__name__
