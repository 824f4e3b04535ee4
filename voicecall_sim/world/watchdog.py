"""The watchdog: real time that goes by without a journal entry means that a run hangs.

One thread watches all worlds of the process and ends when there are none. It rings the loop's alarm; a loop that does
not even come to hear it is interrupted, by a signal or between two bytecodes.
"""

from __future__ import annotations

import ctypes
import signal
import sys
import threading
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import monotonic  # noqa: TID251 - a watchdog's time is real
from typing import TYPE_CHECKING, Final, NoReturn

from voicecall_sim.world.errors import WatchdogBarked

if TYPE_CHECKING:
    from voicecall_sim.world.world import World

PACE: Final = 0.1
"""Real seconds between two looks."""

SIGNALS: Final = 2
"""How many interrupts are sent before harder means are used."""

DEPTH: Final = 5
"""How many of the innermost frames are shown of a thread that stands still."""


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
        self._signals = 0
        self._stands = ""

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
        """Asks the loop to end the run; the step after that is for a loop that does not turn."""
        self.world.loop.alarm = self._bark
        self._next = self._look_closer

    def _bark(self) -> NoReturn:
        raise WatchdogBarked(f"{self._silence()}, and the loop turns", self.world.table())

    def _silence(self) -> str:
        return f"nothing was journaled for {self._patience:g} s of real time"

    def _look_closer(self) -> None:
        """Sees where the thread stands still, before that is over."""
        stack = traceback.extract_stack(sys._current_frames()[self._thread])  # noqa: SLF001 - documented, for debuggers
        places = "\n".join(f"  {frame.filename}:{frame.lineno} {frame.name}" for frame in stack[-DEPTH:])
        self._stands = f"the thread stands at\n{places}"
        self._next = self._signal if self._thread == threading.main_thread().ident else self._interrupt
        self._next()

    def verdict(self) -> WatchdogBarked:
        """What to raise for a loop that stood still."""
        return WatchdogBarked(f"{self._silence()}, and the loop stood still", self._stands)

    def _signal(self) -> None:
        """Wakes a call that blocks, too. The second interrupt is the one that asyncio's Runner raises."""
        self._signals += 1
        if self._signals == SIGNALS:
            self._next = self._interrupt
        signal.pthread_kill(self._thread, signal.SIGINT)

    def _interrupt(self) -> None:
        """For threads that get no signals, and for handlers of SIGINT that raise nothing."""
        ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(self._thread), ctypes.py_object(Interrupted))


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
        sys.settrace(None)  # under a tracer Python 3.11 spins in any thread while an interrupt of another is pending
        while self._on_duty():
            self._idle.wait(PACE)
            self._look_around()

    def _look_around(self) -> None:
        """Look at every world once. A function of its own: its variables would keep a world alive between two looks."""
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
        raise watch.verdict() from None
    finally:
        _WATCHDOG.remove(watch)
