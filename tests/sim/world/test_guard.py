"""Nothing escapes: no real socket, name or process from the thread of a world."""

from __future__ import annotations

import asyncio
import gc
import os
import socket
import subprocess
import threading
from collections.abc import Callable

import pytest

from voicecall_sim.world.errors import EscapedTheWorld, Misused
from voicecall_sim.world.running import world_here
from voicecall_sim.world.testing import in_world, run_in_world, virtual_world
from voicecall_sim.world.world import World


def _connect() -> None:
    with socket.socket() as sock:
        sock.settimeout(0.1)
        sock.connect(("127.0.0.1", 9))


def _connect_unix() -> None:
    with socket.socket(socket.AF_UNIX) as sock:
        sock.connect("/no/such/socket")


def _create_connection() -> None:
    socket.create_connection(("127.0.0.1", 9), timeout=0.1).close()


def _send() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.sendto(b"x", ("127.0.0.1", 9))


ESCAPES: list[Callable[[], object]] = [
    _connect,
    _connect_unix,
    _create_connection,
    _send,
    lambda: socket.getaddrinfo("localhost", 80),
    lambda: socket.gethostbyname("localhost"),
    lambda: subprocess.run(["true"], check=True),
    lambda: os.system("true"),
    lambda: os.posix_spawn("/bin/true", ["true"], {}),
    os.fork,
]


@pytest.mark.parametrize("escape", ESCAPES)
def test_escapes_are_refused_and_noted(escape: Callable[[], object]) -> None:
    async def body(world: World) -> None:
        with pytest.raises(EscapedTheWorld, match=r"would reach (a|the) real"):
            escape()

    with virtual_world(allow_unhandled=True) as world:
        world.run(body(world))
    assert [type(each.error) for each in world.unhandled] == [EscapedTheWorld]
    assert [entry.kind for entry in world.journal] == ["unhandled"]


def test_an_escape_that_a_library_swallows_is_still_noted() -> None:
    async def body(world: World) -> None:
        try:
            _connect()
        except Exception:  # noqa: BLE001 - as libraries do
            return

    with virtual_world(allow_unhandled=True) as world:
        world.run(body(world))
    assert "socket.connect(('127.0.0.1', 9))" in str(world.unhandled[0])


def test_other_threads_and_other_times_are_free() -> None:
    results: list[object] = []

    def outside() -> None:
        results.append(world_here())
        with socket.create_server(("127.0.0.1", 0)) as server:
            socket.create_connection(server.getsockname()).close()
        results.append("connected")

    async def body(world: World) -> None:
        assert world_here() is world
        thread = threading.Thread(target=outside)
        thread.start()
        thread.join()

    run_in_world(body)
    assert results == [None, "connected"]
    outside()
    assert world_here() is None


def test_worlds_do_not_nest() -> None:
    @in_world()
    async def body(world: World) -> None:
        inner = World()
        with pytest.raises(Misused, match="nest"), inner._laws():
            pass
        coro = asyncio.sleep(0)
        with pytest.raises((Misused, RuntimeError)):
            inner.run(coro)
        assert gc.get_freeze_count()  # the outer run still leaves alone what was there before it

    body()


def test_two_worlds_in_two_threads_do_not_meet() -> None:
    times: dict[str, float] = {}

    def run(name: str, seconds: float) -> None:
        async def body(world: World) -> None:
            await asyncio.sleep(seconds)
            times[name] = world.loop.time()

        run_in_world(body)

    threads = [threading.Thread(target=run, args=(name, seconds)) for name, seconds in (("a", 10), ("b", 99))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert times == {"a": 10, "b": 99}
