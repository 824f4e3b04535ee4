"""Functions that block until somebody else does something: run inline they would wait for ever."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from typing import Any, Final

PACE: Final = 0.001
"""Virtual seconds between two looks."""


def blocks_forever(function: Callable[..., Any]) -> bool:
    """Whether this is `threading.Event.wait` of an event that only the world itself can set.

    The openai client waits so, in a worker thread, for another task to finish sending.
    """
    event = getattr(function, "__self__", None)
    return isinstance(event, threading.Event) and getattr(function, "__name__", "") == "wait" and not event.is_set()


async def poll(function: Callable[..., bool], timeout: float | None = None) -> bool:
    """What `Event.wait` does, in virtual time."""
    event: threading.Event = function.__self__  # type: ignore[attr-defined]
    loop = asyncio.get_running_loop()
    until = None if timeout is None else loop.time() + timeout
    while not event.is_set():
        if until is not None and loop.time() >= until:
            return False
        await asyncio.sleep(PACE)
    return True
