"""Edges: what comes out behind is what went in before, bodies and upgraded connections too; both worlds."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

import aiohttp
import pytest
from yarl import URL

from voicecall_sim.tunnels.edge import Edge
from voicecall_sim.tunnels.heads import Answer
from voicecall_sim.tunnels.upstream import LoopbackOf
from voicecall_sim.world.testing import in_world, run_in_world
from voicecall_sim.world.world import World

from .application import Plain, application, asked, edge_before, fields, told

Check = Callable[[str], Awaitable[None]]
"""Something to be looked at, given the edge's base URL."""


async def bodies(base: str) -> None:
    for size in (0, 1, 70_000, 1_000_000):
        status, body, _ = await asked(f"{base}/a", "POST", data=b"x" * size)
        assert (status, told(body)["size"]) == (200, size)


async def chunked_bodies(base: str) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(50):
            yield b"0123456789" * 500

    status, body, _ = await asked(f"{base}/a", "POST", data=pieces())
    assert (status, told(body)["size"]) == (200, 250_000)
    assert fields(told(body))["transfer-encoding"] == "chunked"
    status, body, _ = await asked(f"{base}/chunks")
    assert (status, len(body)) == (200, 24_000)


async def targets(base: str) -> None:
    for target in ("/a?b=1&a=2", "/a%2Fb/%7Euser?x=%20+y", "/a?q=%F0%9F%98%80"):
        _, body, _ = await asked(URL(f"{base}{target}", encoded=True))
        assert told(body)["target"] == target


async def answers(base: str) -> None:
    status, body, back = await asked(f"{base}/a", "HEAD")
    assert (status, body, back["x-own"], back["x-way"]) == (200, "", "kept", "plain")
    assert int(back["content-length"]) > 100
    assert (await asked(f"{base}/mine"))[:2] == (200, "mine")
    assert (await asked(f"{base}/mine", "POST", data=b"x" * 200_000))[:2] == (200, "mine")
    status, body, _ = await asked(f"{base}/a", headers={"Host": "other.example:8443"})
    assert (status, body) == (404, "no other.example")
    with pytest.raises((aiohttp.ServerDisconnectedError, aiohttp.ClientOSError)):
        await asked(f"{base}/nobody")


async def refused_early(base: str) -> None:
    """The application answers and ends; the body was still on its way."""
    status, body, _ = await asked(f"{base}/refuses", "POST", data=b"x" * 50_000)
    assert (status, body) == (413, "Payload Too Large")


async def one_connection(base: str) -> None:
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=1)) as session:
        for number in range(5):
            async with session.post(f"{base}/{number}", data=b"abc") as response:
                said = await response.json()
                assert (said["target"], said["size"]) == (f"/{number}", 3)


async def sockets(base: str) -> None:
    async with (
        aiohttp.ClientSession() as session,
        session.ws_connect(f"{base}/talks", protocols=("audio",), headers={"X-Token": "t"}) as socket,
    ):
        assert socket.protocol == "audio"
        for number in range(100):
            await socket.send_bytes(bytes([number]) * 160)
            assert await socket.receive_bytes() == bytes([number]) * 160
        await socket.send_str("you")
        assert await socket.receive_str() == "heard you"
        await socket.send_str("end")
        assert (await socket.receive()).type is aiohttp.WSMsgType.CLOSE
        assert socket.close_code == 4000


CHECKS = (bodies, chunked_bodies, targets, answers, refused_early, one_connection, sockets)


@pytest.mark.parametrize("check", CHECKS)
def test_in_the_world(check: Check) -> None:
    async def body(world: World) -> None:
        app, public = world.host("app"), world.host("public")
        world.network.name("public.example", public)
        runner = await app.call(application(3334))
        edge = await public.call(edge_before(app.address, 3334))
        await world.host("visitor").call(as_coroutine(check("https://public.example")))
        edge.close()
        await app.call(runner.cleanup())
        await asyncio.sleep(1)
        assert [left for left in public.leftovers() if "StreamReader" not in left] == []

    run_in_world(body)


@pytest.mark.loopback
@pytest.mark.parametrize("check", CHECKS)
async def test_on_real_sockets(check: Check) -> None:
    runner = await application(0, "127.0.0.1")
    port = runner.addresses[0][1]
    edge = Edge(lambda visit: Answer(404, f"no {visit.name}"))
    edge.open_way("127.0.0.1", 443, Plain("127.0.0.1", port))
    public = await edge.listen(0, "127.0.0.1", known_as=443)
    try:
        await check(f"http://127.0.0.1:{public}")
    finally:
        edge.close()
        await runner.cleanup()
        await asyncio.sleep(0.05)


async def as_coroutine(work: Awaitable[None]) -> None:
    await work


# -- what goes wrong --------------------------------------------------------------------------------------------------


async def said_raw(host: str, data: bytes) -> bytes:
    """What comes back for these bytes, until the end or a reset."""
    reader, writer = await asyncio.open_connection(host, 443)
    writer.write(data)
    try:
        return await reader.read()
    except ConnectionResetError:
        return b"reset"
    finally:
        writer.close()


@pytest.mark.parametrize(
    "data",
    [
        b"no http at all\r\n\r\n",
        b"GET /\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: public.example\r\nBad : field\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: public.example\r\n folded\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: public.example\r\nX: " + b"x" * 70_000 + b"\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: public.example\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: public.example\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nabcdef",
        b"POST / HTTP/1.1\r\nHost: public.example\r\nContent-Length: -1\r\n\r\n",
    ],
    ids=["no http", "no version", "space", "folded", "long", "smuggled", "two lengths", "negative"],
)
def test_what_is_no_http_gets_no_answer_of_the_application(data: bytes) -> None:
    async def body(world: World) -> None:
        app, public = world.host("app"), world.host("public")
        world.network.name("public.example", public)
        await app.call(application(3334))
        await public.call(edge_before(app.address, 3334))
        assert b"200 OK" not in await world.host("visitor").call(said_raw("public.example", data))

    run_in_world(body)


@in_world(host="visitor")
async def test_nobody_behind(world: World) -> None:
    public, app = world.host("public"), world.host("app")
    world.network.name("public.example", public)
    edge = await public.call(edge_before(app.address, 3334))
    assert (await asked("https://public.example/"))[:2] == (502, "ConnectionRefusedError")
    assert (await asked("https://public.example/", "POST", data=b"x" * 100_000))[:2] == (502, "ConnectionRefusedError")
    edge.close_way("public.example", 443)
    assert (await asked("https://public.example/"))[:2] == (404, "no public.example")
    edge.close_way("public.example", 443)


@in_world(host="visitor")
async def test_an_application_that_dies_in_the_middle(world: World) -> None:
    public, app = world.host("public"), world.host("app")
    world.network.name("public.example", public)
    await app.call(application(3334))
    await public.call(edge_before(app.address, 3334))
    world.loop.call_later(1, app.crash)
    assert (await asked("https://public.example/hangs"))[:2] == (502, "ConnectionResetError")


@in_world(host="visitor")
async def test_a_machine_that_dies_under_its_agent(world: World) -> None:
    """The agent is a process of its own: it notices, for requests and for sockets."""
    public, app = world.host("public"), world.host("app")
    world.network.name("public.example", public)
    await app.call(application(3334, "127.0.0.1"))
    edge = await public.call(edge_before(app.address, 3334))
    way = Plain(app.address, 3334)
    way.connect = LoopbackOf(app).to(3334)
    edge.open_way("public.example", 443, way)
    assert told((await asked("https://public.example/"))[1])["remote"] == "127.0.0.1"
    async with aiohttp.ClientSession() as session:
        socket = await session.ws_connect("https://public.example/talks")
        world.loop.call_later(1, app.crash)
        assert (await socket.receive()).type in (aiohttp.WSMsgType.CLOSED, aiohttp.WSMsgType.ERROR)
        assert (await asked("https://public.example/"))[:2] == (502, "ConnectionRefusedError")
        await app.call(application(3334, "127.0.0.1"))
        world.loop.call_later(1, app.crash)
        assert (await asked("https://public.example/hangs"))[:2] == (502, "ConnectionResetError")


@in_world(host="visitor")
async def test_a_way_that_is_closed_ends_what_passes(world: World) -> None:
    public, app = world.host("public"), world.host("app")
    world.network.name("public.example", public)
    await app.call(application(3334))
    edge = await public.call(edge_before(app.address, 3334))
    async with aiohttp.ClientSession() as session:
        socket = await session.ws_connect("https://public.example/talks")
        edge.close_way("public.example", 443)
        assert (await socket.receive()).type in (aiohttp.WSMsgType.CLOSED, aiohttp.WSMsgType.ERROR)
