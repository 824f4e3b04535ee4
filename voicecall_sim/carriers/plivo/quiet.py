"""Listens for the other end's silence, or for a beep."""

from __future__ import annotations

import asyncio
from typing import Final

from voicecall_sim.carriers.tasks import Tasks
from voicecall_sim.telephony.line import End
from voicecall_sim.telephony.signals import Signal, SoundBegan, SoundEnded
from voicecall_sim.world.clock import Micros

BEEP: Final = "beep"


class Quiet:
    """`done` when the other end has been silent for `silence` (None: never); `beeped` when it has beeped."""

    def __init__(self, end: End, tasks: Tasks, *, silence: Micros | None) -> None:
        loop = asyncio.get_running_loop()
        self.done: asyncio.Future[None] = loop.create_future()
        self.beeped: asyncio.Future[None] = loop.create_future()
        self._tasks = tasks
        self._silence = silence
        self._timer: asyncio.TimerHandle | None = None
        self._stop = end.listen(self._hear)
        if end.peer.playing is None:
            self._arm()

    def close(self) -> None:
        """Listen no more."""
        self._stop()
        self._disarm()

    def _hear(self, signal: Signal) -> None:
        match signal:
            case SoundBegan():
                self._disarm()
            case SoundEnded(playing):
                if str(playing.sound) == BEEP:
                    settle(self.beeped)
                self._arm()
            case _:
                pass

    def _arm(self) -> None:
        self._disarm()
        if self._silence is not None:
            self._timer = self._tasks.later(self._silence, settle, self.done)

    def _disarm(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None


def settle(future: asyncio.Future[None]) -> None:
    """Done, unless it is."""
    if not future.done():
        future.set_result(None)
