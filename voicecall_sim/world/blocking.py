"""Functions that block until somebody else does something: run inline they would wait for ever."""

from __future__ import annotations

import asyncio
import functools
import threading
from collections.abc import Callable, Coroutine
from contextvars import Context
from typing import Any, Final

PACE: Final = 0.001
"""Virtual seconds between two looks."""


def waiting_instead(function: Callable[..., Any], args: tuple[Any, ...]) -> Coroutine[Any, Any, bool] | None:
    """If this is `threading.Event.wait`, which blocks until another task sets the event: the same in virtual time.

    The openai client waits so, in a worker thread, for another task to finish sending.
    """
    function, args = _unwrapped(function, args)
    event = getattr(function, "__self__", None)
    if isinstance(event, threading.Event) and getattr(function, "__name__", "") == "wait" and not event.is_set():
        return _poll(event, *args)
    return None


def _unwrapped(function: Callable[..., Any], args: tuple[Any, ...]) -> tuple[Callable[..., Any], tuple[Any, ...]]:
    """What `asyncio.to_thread` wraps as `partial(context.run, function, ...)`."""
    if isinstance(function, functools.partial) and isinstance(getattr(function.func, "__self__", None), Context):
        return function.args[0], (*function.args[1:], *args)
    return function, args


async def _poll(event: threading.Event, timeout: float | None = None) -> bool:
    loop = asyncio.get_running_loop()
    until = None if timeout is None else loop.time() + timeout
    while not event.is_set():
        if until is not None and loop.time() >= until:
            return False
        await asyncio.sleep(PACE)
    return True
