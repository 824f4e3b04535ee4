"""Hosts: who owns what, and what a crash takes with it."""

from __future__ import annotations

import asyncio
import gc
import signal
import sqlite3
import subprocess
import sys
from collections.abc import AsyncIterator, Coroutine
from contextvars import ContextVar
from pathlib import Path
from typing import Any

import pytest

from voicecall_sim.world.errors import Deadlock, HostCrashed, Misused
from voicecall_sim.world.host import Host, current_host
from voicecall_sim.world.testing import in_world, run_in_world, virtual_world
from voicecall_sim.world.world import World


async def for_ever() -> None:
    await asyncio.Event().wait()


@in_world()
async def test_a_host_is_made_once_and_gets_an_address(world: World) -> None:
    app, carrier = world.host("app"), world.host("carrier", "203.0.113.7")
    assert world.host("app") is app
    assert (app.address, carrier.address) == ("10.0.0.2", "203.0.113.7")
    assert world.hosts() == (app, carrier)
    assert repr(app) == "<Host app 10.0.0.2>"


@pytest.mark.parametrize(("name", "address"), [("world", None), ("other", "10.0.0.2"), ("other", "10.0.0.1")])
def test_names_and_addresses_are_given_once(name: str, address: str | None) -> None:
    world = World()
    world.host("first", "10.0.0.3")
    assert [world.host(name).address for name in ("second", "third")] == ["10.0.0.2", "10.0.0.4"]
    with pytest.raises(Misused, match="taken"):
        world.host(name, address)


@in_world()
async def test_what_a_host_starts_belongs_to_it_and_what_that_starts_too(world: World) -> None:
    app = world.host("app")
    seen: list[Host | None] = []

    async def inner() -> None:
        seen.append(current_host())

    async def outer() -> None:
        seen.append(current_host())
        await asyncio.create_task(inner())
        asyncio.get_running_loop().call_later(1, lambda: seen.append(current_host()))
        asyncio.get_running_loop().call_soon(lambda: seen.append(current_host()))
        await asyncio.sleep(2)

    assert current_host() is None
    await app.start(outer(), name="outer")
    assert seen == [app] * 4
    assert app.run(current_host) is app
    assert current_host() is None


def test_a_run_may_be_given_to_a_host() -> None:
    async def body(world: World) -> str:
        host = current_host()
        assert host is not None
        return host.name

    assert run_in_world(body, host="app") == "app"
    assert current_host() is None


@in_world()
async def test_a_call_gives_back_what_the_coroutine_does(world: World) -> None:
    app = world.host("app")

    async def answer() -> Host | None:
        await asyncio.sleep(1)
        return current_host()

    async def fail() -> None:
        raise ZeroDivisionError

    assert await app.call(answer()) is app
    with pytest.raises(ZeroDivisionError):
        await app.call(fail())


@in_world()
async def test_a_cancelled_call_cancels_its_coroutine(world: World) -> None:
    ended: list[str] = []

    async def work() -> None:
        try:
            await for_ever()
        finally:
            ended.append("work")

    with pytest.raises(TimeoutError):
        async with asyncio.timeout(1):
            await world.host("app").call(work())
    assert ended == ["work"]
    assert world.host("app").leftovers() == ()


@in_world()
async def test_context_of_the_caller_is_not_inherited(world: World) -> None:
    """Another machine knows nothing of what its caller has in mind."""
    mood: ContextVar[str] = ContextVar("mood", default="none")
    mood.set("good")

    async def ask() -> str:
        return mood.get()

    assert await world.host("app").call(ask()) == "none"


@in_world()
async def test_leftovers_name_everything(world: World) -> None:
    app = world.host("app")

    async def leave() -> asyncio.AbstractServer:
        loop = asyncio.get_running_loop()
        server = await loop.create_server(asyncio.Protocol, "127.0.0.1", 8080)
        await loop.create_connection(asyncio.Protocol, "127.0.0.1", 8080)
        loop.call_later(60, print)
        return server

    assert app.leftovers() == ()
    task = app.start(for_ever(), name="waiter")
    server = await app.call(leave())
    left = app.leftovers()
    assert left[0] == "task waiter: for_ever"
    assert left[1] == "timer at 60.000000s: print"
    assert left[2] == "listener 127.0.0.1:8080"
    assert sorted(line.split()[0] for line in left[3:]) == ["connection", "connection"]
    assert app.alive_tasks() == (task,)
    task.cancel()
    server.close()
    app.crash()
    assert app.leftovers() == ()


@in_world()
async def test_a_crash_runs_nothing_of_the_host_again(world: World) -> None:
    app, ran = world.host("app"), []
    wake = asyncio.Event()

    async def dying(name: str, wait: Coroutine[Any, Any, Any]) -> None:
        try:
            await wait
            ran.append(f"{name} went on")
        except BaseException as error:
            ran.append(f"{name} {error!r}")
            raise
        finally:
            ran.append(f"{name} finally")

    for name, wait in (("sleep", asyncio.sleep(1)), ("event", wake.wait()), ("ready", asyncio.sleep(0))):
        app.start(dying(name, wait), name=name)
    app.run(world.loop.call_later, 1, ran.append, "timer")
    app.run(world.loop.call_soon, ran.append, "soon")
    await asyncio.sleep(0)
    ran.clear()
    app.crash()
    wake.set()
    await asyncio.sleep(10)
    assert ran == []
    assert app.alive_tasks() == ()
    assert not [task for task in asyncio.all_tasks() if task.get_name() in ("sleep", "event")]


def test_what_a_crash_froze_never_wakes_nor_speaks_up() -> None:
    """No `finally`, no warning about pending tasks; not when the world ends, and not when the interpreter does."""
    program = """
import asyncio, gc, sys
from voicecall_sim.world.world import World

class Session:
    def __del__(self):
        print("closed")

async def frames():
    try:
        while True:
            yield 1
            await asyncio.sleep(1)
    finally:
        print("generator ended")

async def app():
    session = Session()
    try:
        async for _ in frames():
            pass
    finally:
        print("finally")

async def main():
    host = world.host("app")
    host.start(app())
    await asyncio.sleep(3)
    host.crash()
    late = host.run(lambda: None)
    await asyncio.sleep(3)
    gc.collect()

world = World()
world.run(main())
assert not world.unhandled, world.unhandled
del world
gc.collect()
print("end")
"""
    ran = subprocess.run([sys.executable, "-W", "error", "-c", program], capture_output=True, text=True, check=False)
    assert (ran.stdout, ran.stderr, ran.returncode) == ("end\n", "", 0)


@in_world()
async def test_a_host_lives_again_after_a_crash(world: World) -> None:
    app, crashes = world.host("app"), []
    app.on_crash(lambda: crashes.append(app.generation))
    app.start(for_ever())
    assert app.generation == 1
    app.crash()
    assert (app.generation, crashes) == (2, [2])
    assert await app.call(asyncio.sleep(1, "back")) == "back"
    assert [(entry.who, entry.kind) for entry in world.journal] == [("app", "crash")]


@in_world()
async def test_a_host_may_crash_itself(world: World) -> None:
    app, ran = world.host("app"), []

    async def suicidal() -> None:
        app.crash()
        ran.append("still in the same breath")
        asyncio.create_task(for_ever())  # noqa: RUF006 - it never runs
        asyncio.get_running_loop().call_soon(ran.append, "never")
        await asyncio.sleep(0)
        ran.append("never")

    app.start(suicidal())
    await asyncio.sleep(1)
    assert ran == ["still in the same breath"]
    gc.collect()


@in_world()
async def test_callers_of_a_host_that_crashes_are_told(world: World) -> None:
    app = world.host("app")
    world.loop.call_later(1, app.crash)
    with pytest.raises(HostCrashed, match="app"):
        await app.call(for_ever())


@in_world()
async def test_other_hosts_go_on(world: World) -> None:
    app, other = world.host("app"), world.host("other")
    task = other.start(asyncio.sleep(5, "fine"))
    app.crash()
    assert await task == "fine"


class _Peer(asyncio.Protocol):
    def __init__(self) -> None:
        self.data = b""
        self.lost: list[Exception | None] = []

    def data_received(self, data: bytes) -> None:
        self.data += data

    def connection_lost(self, exc: Exception | None) -> None:
        self.lost.append(exc)


@in_world()
async def test_a_crash_resets_connections_after_what_was_sent(world: World) -> None:
    app, carrier = world.host("app"), world.host("carrier")
    world.network.name("carrier.example", carrier)
    near, far = _Peer(), _Peer()
    await carrier.call(world.loop.create_server(lambda: far, "0.0.0.0", 443))
    transport, _ = await app.call(world.loop.create_connection(lambda: near, "carrier.example", 443))
    transport.write(b"last words")
    app.crash()
    await asyncio.sleep(1)
    assert far.data == b"last words"
    assert [type(error) for error in far.lost] == [ConnectionResetError]
    assert near.lost == []


@in_world()
async def test_a_crash_frees_ports(world: World) -> None:
    app, other = world.host("app"), world.host("other")
    world.network.name("app.example", app)
    await app.call(world.loop.create_server(asyncio.Protocol, "0.0.0.0", 80))
    app.crash()
    with pytest.raises(ConnectionRefusedError):
        await other.call(world.loop.create_connection(asyncio.Protocol, "app.example", 80))
    await app.call(world.loop.create_server(asyncio.Protocol, "0.0.0.0", 80))
    await other.call(world.loop.create_connection(asyncio.Protocol, "app.example", 80))


@in_world()
async def test_a_crash_closes_databases_without_commit(world: World, tmp_path: Path) -> None:
    app, path = world.host("app"), tmp_path / "calls.sqlite"

    async def live() -> None:
        database = sqlite3.connect(path)
        database.execute("PRAGMA journal_mode=WAL")
        database.execute("CREATE TABLE call (id TEXT)")
        database.execute("INSERT INTO call VALUES ('stored')")
        database.commit()
        database.execute("INSERT INTO call VALUES ('not yet')")
        await for_ever()

    async def look() -> list[str]:
        database = sqlite3.connect(path)
        rows = [row[0] for row in database.execute("SELECT id FROM call")]
        database.close()
        return rows

    app.start(live())
    await asyncio.sleep(1)
    app.crash()
    assert await app.call(look()) == ["stored"]


@in_world()
async def test_a_peer_does_not_crash_with_a_dialler_in_the_middle_of_it(world: World) -> None:
    """The dialler dies while its connection is being made."""
    app, carrier = world.host("app"), world.host("carrier")
    world.network.name("carrier.example", carrier)
    far = _Peer()
    await carrier.call(world.loop.create_server(lambda: far, "0.0.0.0", 443))
    for delay in (0.002, 0.007):
        app.start(world.loop.create_connection(_Peer, "carrier.example", 443))
        await asyncio.sleep(delay)
        app.crash()
        await asyncio.sleep(1)
    assert [type(error) for error in far.lost] == [ConnectionResetError]
    assert carrier.leftovers() == ("listener 127.0.0.1:443, 10.0.0.3:443",)


@in_world()
async def test_signals(world: World) -> None:
    app, got = world.host("app"), []

    async def handle() -> None:
        world.loop.add_signal_handler(signal.SIGTERM, got.append, "term")
        world.loop.add_signal_handler(signal.SIGINT, got.append, "int")
        assert world.loop.remove_signal_handler(signal.SIGINT)
        assert not world.loop.remove_signal_handler(signal.SIGINT)

    await app.call(handle())
    app.signal()
    await asyncio.sleep(0)
    assert (got, app.generation) == (["term"], 1)
    app.signal(signal.SIGINT)
    assert app.generation == 2
    await app.call(handle())
    app.signal(signal.SIGKILL)
    assert (got, app.generation) == (["term"], 3)


def test_a_run_whose_own_host_crashes_is_a_deadlock() -> None:
    async def body(world: World) -> None:
        world.loop.call_later(1, world.host("app").crash)
        await for_ever()

    with virtual_world() as world, pytest.raises(Deadlock):
        world.run(body(world), host=world.host("app"))


@in_world()
async def test_generators_of_other_hosts_are_still_ended(world: World) -> None:
    ended: list[str] = []

    async def numbers(name: str) -> AsyncIterator[int]:
        try:
            yield 1
            yield 2
        finally:
            ended.append(name)

    async def begin(name: str) -> AsyncIterator[int]:
        generator = numbers(name)
        await anext(generator)
        return generator

    kept = [await world.host(name).call(begin(name)) for name in ("app", "other")]
    world.host("app").crash()
    await world.loop.shutdown_asyncgens()
    assert ended == ["other"]
    assert len(kept) == 2
