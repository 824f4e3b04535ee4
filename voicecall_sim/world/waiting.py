"""Who waits for what, and where: the table that `Deadlock`, horizon and watchdog print."""

from __future__ import annotations

import asyncio
import os
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import CodeType, FrameType
from typing import Any, Final

from voicecall_sim.world.clock import SECOND
from voicecall_sim.world.host import Host
from voicecall_sim.world.loop import VirtualLoop

_ASYNCIO: Final = str(Path(asyncio.__file__).parent)
_KERNEL: Final = str(Path(__file__).parent)
_ADDRESS: Final = re.compile(r" at 0x[0-9a-fA-F]+")
_MOST_TIMERS: Final = 20


@dataclass(frozen=True, slots=True)
class Waiting:
    """One task: whose it is, its name, the line of code it stands on and what it awaits there."""

    host: str
    task: str
    where: str
    awaits: str


def waiting(loop: VirtualLoop, hosts: Iterable[Host]) -> Sequence[Waiting]:
    """Every task that is not done, host by host, oldest first."""
    return tuple(_waiting(loop, host, task) for host in hosts for task in host.alive_tasks())


def table(loop: VirtualLoop, hosts: Sequence[Host]) -> str:
    """Every task, and the timers that are armed, as text."""
    rows = [(row.host, row.task, row.where, row.awaits) for row in waiting(loop, hosts)]
    lines = [*_columns([("host", "task", "where", "awaits"), *rows])]
    timers = list(loop.timers())
    for instant, life, callback in timers[:_MOST_TIMERS]:
        lines.append(f"timer of {life.host.name} at {instant / SECOND:.6f}s: {without_addresses(repr(callback))}")
    if len(timers) > _MOST_TIMERS:
        lines.append(f"and {len(timers) - _MOST_TIMERS} more timers")
    return "\n".join(lines)


def without_addresses(text: str) -> str:
    """The text without memory addresses, which no two runs share."""
    return _ADDRESS.sub("", text)


def _columns(rows: Sequence[tuple[str, ...]]) -> Iterator[str]:
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    for row in rows:
        yield "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()


def _waiting(loop: VirtualLoop, host: Host, task: asyncio.Task[Any]) -> Waiting:
    frames = list(_frames(task.get_coro()))
    own = [frame for frame in frames if not frame.f_code.co_filename.startswith((_ASYNCIO, _KERNEL))]
    spot = (own or frames)[-1:]
    where = " ".join(f"{_short(frame.f_code.co_filename)}:{frame.f_lineno} {_name(frame.f_code)}" for frame in spot)
    return Waiting(host.name, task.get_name(), where, _awaited(loop, task, frames))


def _frames(coro: Any) -> Iterator[FrameType]:
    """The frames of a chain of awaiting coroutines and generators, outermost first."""
    while coro is not None:
        kind = next((kind for kind in ("cr", "gi", "ag") if hasattr(coro, f"{kind}_frame")), None)
        if kind is None:
            return
        frame = getattr(coro, f"{kind}_frame")
        if frame is not None:
            yield frame
        coro = getattr(coro, "gi_yieldfrom" if kind == "gi" else f"{kind}_await")


def _awaited(loop: VirtualLoop, task: asyncio.Task[Any], frames: Sequence[FrameType]) -> str:
    future = loop.awaited_by(task)
    if future is None:
        return "nothing: it is ready to run"
    if isinstance(future, asyncio.Task):
        return f"task {future.get_name()}"
    inner = frames[-1] if frames else None
    if inner is not None and inner.f_code.co_filename.startswith(_ASYNCIO):
        delay = f"({inner.f_locals['delay']})" if inner.f_code.co_name == "sleep" else ""
        return f"{_name(inner.f_code)}{delay}"
    return type(future).__name__.lstrip("_")


def _name(code: CodeType) -> str:
    return code.co_qualname


def _short(path: str) -> str:
    _, found, rest = path.partition(f"site-packages{os.sep}")
    if found:
        return rest
    here = str(Path.cwd()) + os.sep
    return path.removeprefix(here)
