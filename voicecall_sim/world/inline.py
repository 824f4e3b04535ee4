"""Library functions that would leave the world's thread or forget its hosts, each with a twin that does not."""

from __future__ import annotations

import asyncio
import importlib.util
import shutil
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import anyio.to_thread

from voicecall_sim.world.blocking import waiting_instead
from voicecall_sim.world.host import current_life
from voicecall_sim.world.running import world_here
from voicecall_sim.world.socketlike import Plug


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


def _start_connection(original: Callable[..., Any]) -> Callable[..., Any]:
    async def start_connection(
        addr_infos: Sequence[Any], *, local_addr_infos: Sequence[Any] | None = None, **options: Any
    ) -> Any:
        if world_here() is None or local_addr_infos is not None or len(addr_infos) != 1:
            return await original(addr_infos, local_addr_infos=local_addr_infos, **options)
        plug = Plug()
        await asyncio.get_running_loop().sock_connect(plug, addr_infos[0][-1])  # type: ignore[arg-type]
        return plug

    return start_connection


def _which(original: Callable[..., str | None]) -> Callable[..., str | None]:
    def which(cmd: Any, *args: Any, **options: Any) -> str | None:
        world = world_here()
        return original(cmd, *args, **options) if world is None else world.programs.which(str(cmd))

    return which


def substitutes() -> Mapping[tuple[str, str], Callable[..., Any]]:
    """Worker threads run inline, SQLite connections are remembered by host, programs are looked for in the world, and
    no socket is made where all that will be done with it is to give it to the loop.
    """
    connect = _connect(sqlite3.connect)
    return {
        ("anyio.to_thread", "run_sync"): _run_sync(anyio.to_thread.run_sync),
        ("sqlite3", "connect"): connect,
        ("sqlite3.dbapi2", "connect"): connect,
        ("shutil", "which"): _which(shutil.which),
        **_dialling(),
        **_resolver(),
    }


def _dialling() -> Mapping[tuple[str, str], Callable[..., Any]]:
    """How aiohttp dials; the happy one among several addresses it finds as ever."""
    if importlib.util.find_spec("aiohappyeyeballs") is None:
        return {}
    original = importlib.import_module("aiohappyeyeballs").start_connection
    return {("aiohappyeyeballs", "start_connection"): _start_connection(original)}


def _resolver() -> Mapping[tuple[str, str], Callable[..., Any]]:
    """aiohttp prefers aiodns where that is installed, and aiodns asks the real network behind the loop's back."""
    if importlib.util.find_spec("aiohttp") is None or importlib.util.find_spec("aiodns") is None:
        return {}
    resolver = importlib.import_module("aiohttp.resolver")
    return {("aiohttp.connector", "DefaultResolver"): resolver.ThreadedResolver}
