"""A world as a whole: its run, its end, and what it has to say about errors nobody caught."""

from __future__ import annotations

import asyncio
import gc
import os
import ssl
import sys
from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import UTC, datetime

import httpx
import pytest

from voicecall_sim.world import laws
from voicecall_sim.world.authority import CERT_FILE, authority, trust_the_world
from voicecall_sim.world.clock import EPOCH, MILLISECOND, SECOND, LoopClock, micros, real_clock, seconds
from voicecall_sim.world.errors import Misused
from voicecall_sim.world.testing import (
    UnhandledInTheWorld,
    current_world,
    in_world,
    loop_factory,
    run_in_world,
    virtual_world,
)
from voicecall_sim.world.tls import DISTRUST
from voicecall_sim.world.world import World


def test_a_run_gives_back_its_result_or_its_error() -> None:
    async def fail() -> None:
        raise ZeroDivisionError

    assert World().run(asyncio.sleep(1, "result")) == "result"
    with pytest.raises(ZeroDivisionError):
        World().run(fail())


def test_the_clock_begins_at_the_epoch() -> None:
    later = datetime(2030, 1, 1, tzinfo=UTC)

    async def body(world: World) -> datetime:
        await asyncio.sleep(60)
        return world.clock.wall()

    assert World().clock.wall() == EPOCH
    assert run_in_world(body, epoch=later) == datetime(2030, 1, 1, 0, 1, tzinfo=UTC)
    assert (seconds(1_500_000), micros(0.0000015)) == (1.5, 2)
    assert World(seed=7).seed == 7


def test_a_loop_clock_follows_any_loop() -> None:
    async def body(world: World) -> tuple[int, datetime]:
        clock = LoopClock(world.loop)
        await asyncio.sleep(0.25)
        return clock.now(), clock.wall()

    assert run_in_world(body)[0] == 250 * MILLISECOND

    async def real() -> datetime:
        return real_clock().wall()

    assert asyncio.run(real()).tzinfo is UTC


def test_tasks_that_are_left_are_cancelled_in_order_and_may_clean_up() -> None:
    ended: list[str] = []

    async def left(name: str) -> None:
        try:
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(1)
            ended.append(name)

    async def body(world: World) -> None:
        for host in ("b", "a"):
            for number in range(3):
                world.host(host).start(left(f"{host}{number}"))
        await asyncio.sleep(1)

    run_in_world(body)
    assert ended == ["b0", "b1", "b2", "a0", "a1", "a2"]


def test_connections_that_are_left_are_ended() -> None:
    lost: list[str] = []

    class Peer(asyncio.Protocol):
        def connection_lost(self, exc: Exception | None) -> None:
            lost.append("lost")

    async def body(world: World) -> None:
        await world.loop.create_server(Peer, "127.0.0.1", 80)
        await world.loop.create_connection(Peer, "127.0.0.1", 80)
        await asyncio.sleep(1)

    run_in_world(body)
    assert lost == ["lost", "lost"]


async def _task_that_fails(world: World) -> None:
    async def fail() -> None:
        raise ZeroDivisionError("in a task")

    world.host("app").start(fail())
    await asyncio.sleep(1)


async def _callback_that_fails(world: World) -> None:
    world.host("app").run(world.loop.call_later, 1, lambda: 1 / 0)
    await asyncio.sleep(2)


async def _protocol_that_fails(world: World) -> None:
    class Clumsy(asyncio.Protocol):
        def connection_made(self, transport: asyncio.BaseTransport) -> None:
            raise ZeroDivisionError

    async def both() -> None:
        await world.loop.create_server(Clumsy, "127.0.0.1", 80)
        await world.loop.create_connection(asyncio.Protocol, "127.0.0.1", 80)
        await asyncio.sleep(1)

    await world.host("app").call(both())


async def _generator_that_fails(world: World) -> None:
    async def numbers() -> AsyncIterator[int]:
        try:
            yield 1
        finally:
            raise ZeroDivisionError

    async def use() -> None:
        async for _ in numbers():
            break
        gc.collect()
        await asyncio.sleep(1)

    await world.host("app").call(use())


@pytest.mark.parametrize("body", [_task_that_fails, _callback_that_fails, _protocol_that_fails, _generator_that_fails])
def test_errors_nobody_caught_are_collected_and_journaled(body: object) -> None:
    with virtual_world(allow_unhandled=True) as world:
        world.run(body(world))  # type: ignore[operator]
    assert [(each.host, type(each.error)) for each in world.unhandled] == [("app", ZeroDivisionError)]
    (entry,) = [entry for entry in world.journal if entry.kind == "unhandled"]
    assert entry.who == "app"
    assert "ZeroDivisionError" in entry.data["error"]
    assert "Traceback" in entry.evidence["traceback"]
    assert " at 0x" not in str(world.unhandled[0])
    with pytest.raises(UnhandledInTheWorld, match="app"), virtual_world() as second:
        second.run(body(second))  # type: ignore[operator]


def test_an_error_in_a_cycle_is_found_before_the_run_is_over() -> None:
    async def body(world: World) -> None:
        async def fail() -> None:
            keep = asyncio.current_task()  # the traceback keeps the task that keeps the traceback
            assert keep
            raise ZeroDivisionError

        task = asyncio.create_task(fail())
        await asyncio.sleep(1)
        del task

    with virtual_world(allow_unhandled=True) as world:
        world.run(body(world))
    assert [type(each.error) for each in world.unhandled] == [ZeroDivisionError]


def test_the_collector_is_left_as_it_was() -> None:
    async def body(world: World) -> None:
        assert not gc.isenabled()
        for _ in range(3000):
            await asyncio.sleep(1)

    run_in_world(body)
    assert gc.isenabled()
    gc.disable()
    run_in_world(body)
    assert not gc.isenabled()
    gc.enable()


# -- TLS


def test_the_authority_is_trusted_for_the_length_of_a_run(monkeypatch: pytest.MonkeyPatch) -> None:
    async def body(world: World) -> str:
        return os.environ[CERT_FILE]

    for before in (None, "/etc/ssl/other.pem"):
        if before is None:
            monkeypatch.delenv(CERT_FILE, raising=False)
        else:
            monkeypatch.setenv(CERT_FILE, before)
        assert run_in_world(body) == str(authority().file)
        assert os.environ.get(CERT_FILE) == before
    monkeypatch.setenv(CERT_FILE, "overwritten")
    trust_the_world()
    assert os.environ[CERT_FILE] == str(authority().file)
    assert authority().client_context().verify_mode is ssl.CERT_REQUIRED


async def _answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(asyncio.IncompleteReadError):
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
    writer.close()


def test_a_client_made_before_the_world_is_told_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SSL_CERT_FILE", raising=False)  # other tests may have had it trust the world
    early = httpx.AsyncClient(verify=ssl.create_default_context())

    async def body(world: World) -> None:
        carrier = world.host("carrier")
        world.network.name("carrier.example", carrier)
        await carrier.call(asyncio.start_server(_answer, "0.0.0.0", 443))
        with pytest.raises(httpx.ConnectError, match="CERTIFICATE_VERIFY_FAILED"):
            await early.get("https://carrier.example/")
        await early.aclose()
        async with httpx.AsyncClient() as late:
            assert (await late.get("https://carrier.example/")).text == "ok"
        await asyncio.sleep(1)

    with virtual_world(allow_unhandled=True) as world:
        world.run(body(world))
    assert [each.message for each in world.unhandled] == [DISTRUST]


@pytest.mark.parametrize("who", ["client", "server"])
def test_a_crash_behind_tls_is_a_reset(who: str) -> None:
    @in_world()
    async def body(world: World) -> None:
        app, carrier = world.host("app"), world.host("carrier")
        world.network.name("carrier.example", carrier)
        seen: dict[str, object] = {}

        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.readexactly(5)
            try:
                await reader.read()
            except ConnectionError as error:
                seen["server"] = error

        async def dial() -> None:
            reader, writer = await asyncio.open_connection("carrier.example", 443)
            await writer.start_tls(authority().client_context(), server_hostname="carrier.example")
            writer.write(b"hello")
            try:
                await reader.read()
            except ConnectionError as error:
                seen["client"] = error

        await carrier.call(asyncio.start_server(serve, "0.0.0.0", 443))
        app.start(dial())
        await asyncio.sleep(1)
        (app if who == "client" else carrier).crash()
        await asyncio.sleep(1)
        assert {name: type(error) for name, error in seen.items()} == {
            "server" if who == "client" else "client": ConnectionResetError
        }

    body()


@in_world()
async def test_what_breaks_off_a_handshake_is_noted(world: World) -> None:
    carrier = world.host("carrier")
    world.network.name("carrier.example", carrier)
    await carrier.call(asyncio.start_server(_answer, "0.0.0.0", 443))
    _, writer = await asyncio.open_connection("carrier.example", 443)
    writer.write(b"\x16\x03\x01\x00\x05 no hello")
    await asyncio.sleep(1)
    assert [each.message for each in world.unhandled] == ["A TLS handshake failed"]
    world.unhandled.clear()
    writer.close()


@in_world()
async def test_large_bodies_pass_through_tls_under_back_pressure(world: World) -> None:
    carrier = world.host("carrier")
    world.network.name("carrier.example", carrier)
    body = bytes(range(256)) * 8192

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(await reader.readexactly(len(body)))
        await writer.drain()
        writer.close()

    await carrier.call(asyncio.start_server(serve, "0.0.0.0", 443))
    reader, writer = await asyncio.open_connection("carrier.example", 443)
    await writer.start_tls(authority().client_context(), server_hostname="carrier.example")
    writer.write(body)
    assert await reader.readexactly(len(body)) == body
    writer.close()


# -- for tests


@in_world(host="app", seed=3)
async def test_tests_run_in_a_world_with_fixtures(world: World, tmp_path: object) -> None:
    assert (world.seed, tmp_path is not None) == (3, True)
    assert current_world() is world


def test_runners_that_make_their_own_loops_can_have_a_world() -> None:
    async def body() -> int:
        world = current_world()
        await asyncio.sleep(3600)
        assert asyncio.get_running_loop() is world.loop
        server = await world.loop.create_server(asyncio.Protocol, "127.0.0.1", 80)
        await world.loop.create_connection(asyncio.Protocol, "localhost", 80)
        server.close()
        return world.clock.now()

    with asyncio.Runner(loop_factory=loop_factory(seed=1)) as runner:
        assert runner.run(body()) == 3600 * SECOND
        assert runner.run(asyncio.sleep(1, "again")) == "again"


def test_there_is_no_world_outside() -> None:
    async def body() -> None:
        with pytest.raises(Misused, match="no world"):
            current_world()

    asyncio.run(body())


def test_windows_is_refused_with_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(laws, "sys", type("System", (), {"platform": "win32"}))
    with pytest.raises(Misused, match="WSL"):
        World().run(asyncio.sleep(0))
    assert sys.platform != "win32"
