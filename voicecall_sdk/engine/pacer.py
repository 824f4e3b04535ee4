"""The clock of all that is played: one for the process, a tick every 20 ms while anybody plays.

Ticks lie on an absolute grid of the loop's time, so that nothing drifts; one that comes late says how late it is by its
number, and what is due by then is sent at once.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Final

FRAME: Final = 0.02
"""Seconds of sound in a frame."""

Tick = Callable[[int], Awaitable[None]]

log = logging.getLogger(__name__)


def frame_now() -> int:
    """The number of the frame that plays at this moment."""
    # a microsecond beyond, for a tick's time is a float that may lie a trifle before its frame
    return int((asyncio.get_running_loop().time() + 1e-6) / FRAME)


class Pacer:
    """Calls everybody who has joined with the number of the frame, 20 ms after 20 ms. Idle when nobody has."""

    def __init__(self) -> None:
        self._joined: dict[object, Tick] = {}
        self._task: asyncio.Task[None] | None = None

    def join(self, who: object, tick: Tick) -> None:
        """Be called from the next frame on, until `leave`. Harmless when joined."""
        self._joined[who] = tick
        if self._task is None:
            self._task = asyncio.get_running_loop().create_task(self._run(), name="media pacer")

    def leave(self, who: object) -> None:
        """Be called no more."""
        self._joined.pop(who, None)

    async def stop(self) -> None:
        """Let everybody go."""
        self._joined.clear()
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def _run(self) -> None:
        loop = asyncio.get_running_loop()
        while self._joined:
            number = frame_now() + 1
            await asyncio.sleep(number * FRAME - loop.time())
            number = max(number, frame_now())
            for who, tick in tuple(self._joined.items()):
                try:
                    await tick(number)
                except Exception:
                    # one stream's trouble is not the others': it falls silent
                    log.exception("playing failed")
                    self.leave(who)
        self._task = None
