"""Library functions that would leave the world's thread or forget its hosts, each with a twin that does not."""

from __future__ import annotations

import importlib.util
import shutil
import sqlite3
from collections.abc import Callable, Mapping
from typing import Any

import anyio.to_thread

from voicecall_sim.world.blocking import waiting_instead
from voicecall_sim.world.host import current_life
from voicecall_sim.world.running import world_here


def _run_sync(original: Callable[..., Any]) -> Callable[..., Any]:
    async def run_sync(
        func: Callable[..., Any],
        *args: Any,
        abandon_on_cancel: bool = False,
        cancellable: bool | None = None,
        limiter: Any = None,
    ) -> Any:
        if world_here() is None:
            return await original(
                func, *args, abandon_on_cancel=abandon_on_cancel, cancellable=cancellable, limiter=limiter
            )
        await anyio.lowlevel.checkpoint()
        waiting = waiting_instead(func, args)
        return func(*args) if waiting is None else await waiting

    return run_sync


def _connect(original: Callable[..., sqlite3.Connection]) -> Callable[..., sqlite3.Connection]:
    def connect(*args: Any, **options: Any) -> sqlite3.Connection:
        connection = original(*args, **options)
        life = current_life() if world_here() is not None else None
        if life is not None:
            life.databases.append(connection)
        return connection

    return connect


def _which(original: Callable[..., str | None]) -> Callable[..., str | None]:
    def which(cmd: Any, *args: Any, **options: Any) -> str | None:
        world = world_here()
        return original(cmd, *args, **options) if world is None else world.programs.which(str(cmd))

    return which


def substitutes() -> Mapping[tuple[str, str], Callable[..., Any]]:
    """Worker threads run inline, SQLite connections are remembered by host, programs are looked for in the world."""
    connect = _connect(sqlite3.connect)
    return {
        ("anyio.to_thread", "run_sync"): _run_sync(anyio.to_thread.run_sync),
        ("sqlite3", "connect"): connect,
        ("sqlite3.dbapi2", "connect"): connect,
        ("shutil", "which"): _which(shutil.which),
        **_resolver(),
    }


def _resolver() -> Mapping[tuple[str, str], Callable[..., Any]]:
    """aiohttp prefers aiodns where that is installed, and aiodns asks the real network behind the loop's back."""
    if importlib.util.find_spec("aiohttp") is None or importlib.util.find_spec("aiodns") is None:
        return {}
    resolver = importlib.import_module("aiohttp.resolver")
    return {("aiohttp.connector", "DefaultResolver"): resolver.ThreadedResolver}
