"""The watchdog: real time that goes by without a journal entry means that a run hangs.

One thread watches all worlds of the process and ends when there are none. It rings the loop's alarm; a loop that does
not even come to hear it is interrupted, first between two bytecodes, then by a signal.
"""

from __future__ import annotations

import ctypes
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import monotonic  # noqa: TID251 - a watchdog's time is real
from typing import TYPE_CHECKING, Final

from voicecall_sim.world.errors import WatchdogBarked

if TYPE_CHECKING:
    from voicecall_sim.world.world import World

PACE: Final = 0.1
"""Real seconds between two looks."""


class Interrupted(KeyboardInterrupt):
    """Raised in the thread of a world that hangs: a kind of interrupt, so that nothing on its way swallows it."""


class Watch:
    """One world under watch."""

    def __init__(self, world: World, patience: float) -> None:
        self.world = world
        self.barked = False
        self._patience = patience
        self._thread = threading.get_ident()
        self._entries = -1
        self._since = monotonic()
        self._next: Callable[[], None] = self._ring

    def look(self) -> None:
        """Look whether something was journaled since the last look; act if not for too long."""
        entries, now = len(self.world.journal), monotonic()
        heard = self.barked and self.world.loop.alarm is None
        if entries != self._entries or heard:
            self._entries, self._since, self._next = entries, now, self._ring
        elif now - self._since > self._patience:
            self._since = now - self._patience + 2 * PACE  # a moment for each step to work
            self.barked = True
            self._next()

    def _ring(self) -> None:
        self.world.loop.alarm = WatchdogBarked(
            f"nothing was journaled for {self._patience:g} s of real time, and the loop turns", self.world.table()
        )
        self._next = self._interrupt

    def _interrupt(self) -> None:
        self._next = self._signal
        ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(self._thread), ctypes.py_object(Interrupted))

    def _signal(self) -> None:
        if self._thread == threading.main_thread().ident:
            signal.pthread_kill(self._thread, signal.SIGINT)


class Watchdog:
    """Watches the worlds that run."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._watches: list[Watch] = []
        self._idle = threading.Event()
        self._thread: threading.Thread | None = None

    def add(self, watch: Watch) -> None:
        """Watch this one too."""
        with self._lock:
            self._watches.append(watch)
            if self._thread is None:
                self._thread = threading.Thread(target=self._watch, name="voicecall_sim watchdog", daemon=True)
                self._thread.start()

    def remove(self, watch: Watch) -> None:
        """No longer."""
        with self._lock:
            self._watches.remove(watch)

    def _watch(self) -> None:
        while self._on_duty():
            self._idle.wait(PACE)
            for watch in tuple(self._watches):
                watch.look()

    def _on_duty(self) -> bool:
        with self._lock:
            if not self._watches:
                self._thread = None
            return bool(self._watches)


_WATCHDOG: Final = Watchdog()


@contextmanager
def watched(world: World) -> Iterator[None]:
    """Have a run ended with `WatchdogBarked` when it hangs."""
    if world.watchdog is None:
        yield
        return
    watch = Watch(world, world.watchdog)
    _WATCHDOG.add(watch)
    try:
        yield
    except KeyboardInterrupt:
        if not watch.barked:
            raise
        raise WatchdogBarked(
            f"nothing was journaled for {world.watchdog:g} s of real time, and the loop stood still", world.table()
        ) from None
    finally:
        _WATCHDOG.remove(watch)
