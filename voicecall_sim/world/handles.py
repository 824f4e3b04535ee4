"""asyncio's handles, made in fewer steps: a second of a streamed call makes some hundred of them."""

# ruff: noqa: SLF001
from __future__ import annotations

import asyncio
from asyncio import Handle, TimerHandle
from collections.abc import Callable
from contextvars import Context, copy_context
from traceback import StackSummary
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from voicecall_sim.world.loop import VirtualLoop


class QuickHandle(Handle):
    """asyncio's, made in fewer steps: there are some hundred in a second of a streamed call."""

    __slots__ = ()

    _args: tuple[Any, ...]
    _callback: Callable[..., object]
    _context: Context
    _loop: asyncio.AbstractEventLoop
    _repr: str | None
    _source_traceback: StackSummary | None

    def __init__(
        self, callback: Callable[..., object], args: tuple[Any, ...], loop: VirtualLoop, context: Context | None
    ) -> None:
        if loop._debug:
            super().__init__(callback, args, loop, context)
            return
        self._context = copy_context() if context is None else context
        self._loop = loop
        self._callback = callback
        self._args = args
        self._cancelled = False
        self._repr = self._source_traceback = None


class QuickTimer(TimerHandle, QuickHandle):
    """asyncio's, made in fewer steps."""

    __slots__ = ()

    _scheduled: bool
    _when: float

    def __init__(
        self,
        when: float,
        callback: Callable[..., object],
        args: tuple[Any, ...],
        loop: VirtualLoop,
        context: Context | None,
    ) -> None:
        if loop._debug:
            super().__init__(when, callback, args, loop, context)
            return
        self._context = copy_context() if context is None else context
        self._loop = loop
        self._callback = callback
        self._args = args
        self._cancelled = self._scheduled = False
        self._repr = self._source_traceback = None
        self._when = when
