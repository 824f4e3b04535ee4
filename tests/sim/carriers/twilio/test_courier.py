"""One request on a connection of its own: what leaves, how long is waited, and what there is to say when it fails."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import pytest
import trustme

from voicecall_sim.carriers.emulator import Outgoing
from voicecall_sim.carriers.twilio import courier
from voicecall_sim.carriers.twilio.answers import (
    LOST,
    READ_TIMEOUT,
    TIMED_OUT,
    VIOLATION,
    Answer,
    Failure,
    Reply,
)
from voicecall_sim.carriers.twilio.courier import CONNECT_TIMEOUT, INVALID, UNTRUSTED, carry, request_bytes
from voicecall_sim.world.clock import MILLISECOND, SECOND
from voicecall_sim.world.world import World

REPLY = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
HEADERS = (("Host", "app.example"), ("Connection", "close"), ("X-Twilio-Signature", "s+/="))
TIMES = {"connect": 5 * SECOND, "read": 15 * SECOND, "total": 15 * SECOND, "limit": 1000}

Door = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


def hook(
    url: str, method: str = "POST", body: bytes = b"a=1", headers: tuple[tuple[str, str], ...] = HEADERS
) -> Outgoing:
    return Outgoing(
        number=1, attempt=1, kind="voice", event="x", call_id="CA", method=method, url=url, signed_url=url,
        headers=headers, body=body, params=(),
    )  # fmt: skip


def in_a_world(door: Door, play: Callable[[World], Awaitable[Any]], port: int = 80) -> Any:
    """What `play` gives on a host beside one that answers at app.example as `door` does."""
    world = World(seed=1)

    async def both() -> Any:
        host = world.host("app")
        world.network.name("app.example", host)
        server = await host.call(asyncio.start_server(door, "0.0.0.0", port))
        try:
            return await world.host("carrier").call(play(world))
        finally:
            server.close()

    return world.run(both())


SENT = {
    "POST": (
        hook("http://app.example/v?x=%20&y=~"),
        b"POST /v?x=%20&y=~ HTTP/1.1\r\nHost: app.example\r\nConnection: close\r\nX-Twilio-Signature: s+/=\r\n"
        b"Content-Length: 3\r\n\r\na=1",
    ),
    "GET": (
        hook("http://app.example?a=b", "GET"),
        b"GET /?a=b HTTP/1.1\r\nHost: app.example\r\nConnection: close\r\nX-Twilio-Signature: s+/=\r\n\r\n",
    ),
    "nothing in it": (
        hook("http://app.example/", body=b"", headers=()),
        b"POST / HTTP/1.1\r\nContent-Length: 0\r\n\r\n",
    ),
    "a length of its own": (
        hook("http://app.example/", headers=(("content-length", "9"), ("X-Name", "Jürgen"))),
        b"POST / HTTP/1.1\r\ncontent-length: 9\r\nX-Name: J\xc3\xbcrgen\r\n\r\na=1",
    ),
}


@pytest.mark.parametrize("name", SENT)
def test_the_bytes_on_the_wire(name: str) -> None:
    outgoing, wire = SENT[name]
    came: list[bytes] = []

    async def door(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        came.append(await reader.read(10_000))
        writer.write(REPLY)
        assert await reader.read() == b""
        writer.close()

    answer = in_a_world(door, lambda world: carry(outgoing, **TIMES))
    assert isinstance(answer, Reply)
    assert (answer.status, answer.body) == (200, b"ok")
    assert came == [wire]


def test_a_header_cannot_bring_another() -> None:
    for name, value in (("X-A", "b\r\nX-C: d"), ("X-A", "b\n"), ("X-A\r", "b")):
        with pytest.raises(ValueError, match="line break"):
            request_bytes(hook("http://app.example/", headers=((name, value),)), "/")


def tired(gap: float) -> Door:
    async def door(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            for byte in REPLY:
                await asyncio.sleep(gap)
                writer.write(bytes((byte,)))
            await reader.read()
        finally:
            writer.close()

    return door


# how slowly it answers, the limits, and what comes of it after how long; every message takes 5 ms
WAITING = {
    "in time": (0.1, {"read": 200 * MILLISECOND}, 200, 4.010),
    "silent for too long": (0.3, {"read": 200 * MILLISECOND}, READ_TIMEOUT, 0.210),
    "too long altogether": (0.3, {"total": 2 * SECOND}, TIMED_OUT, 2.0),
    "too long between bytes and altogether": (0.3, {"read": 2 * SECOND, "total": 2 * SECOND}, TIMED_OUT, 2.0),
}


@pytest.mark.parametrize("name", WAITING)
def test_how_long_is_waited_for_a_reply(name: str) -> None:
    gap, times, told, after = WAITING[name]

    async def play(world: World) -> tuple[Answer, float]:
        answer = await carry(hook("http://app.example/"), **TIMES | times)
        return answer, world.clock.now() / SECOND

    answer, at = in_a_world(tired(gap), play)
    assert (answer.status if isinstance(answer, Reply) else answer) == told
    assert at == pytest.approx(after, abs=0.006)


@pytest.mark.parametrize(("times", "told", "after"), [
    ({}, CONNECT_TIMEOUT, 5.0),
    ({"connect": 300 * MILLISECOND}, CONNECT_TIMEOUT, 0.3),
    ({"total": 2 * SECOND}, TIMED_OUT, 2.0),
    ({"connect": 2 * SECOND, "total": 2 * SECOND}, TIMED_OUT, 2.0),
])  # fmt: skip
def test_how_long_is_waited_for_a_connection(times: dict[str, int], told: Failure, after: float) -> None:
    async def play(world: World) -> tuple[Answer, float]:
        world.network.partition(world.host("app"), world.host("carrier"))
        answer = await carry(hook("http://app.example/"), **TIMES | times)
        return answer, world.clock.now() / SECOND

    assert in_a_world(tired(0), play) == (told, after)


NOWHERE = {
    "http://nowhere.example/": 11210,
    "http://app.example:81/": 11205,
    "http://192.0.2.1/": 11205,
    "http:///v": INVALID.code,
    "http://app.example:99999/": INVALID.code,
    "ftp://app.example/": VIOLATION.code,
}


@pytest.mark.parametrize("url", NOWHERE)
def test_where_nothing_can_be_sent(url: str) -> None:
    answer = in_a_world(tired(0), lambda world: carry(hook(url), **TIMES))
    assert isinstance(answer, Failure)
    assert answer.code == NOWHERE[url]


def test_a_reset_loses_the_reply() -> None:
    async def door(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(REPLY[:-1])
        await asyncio.sleep(0.1)
        writer.transport.abort()

    async def play(world: World) -> Answer:
        carried = asyncio.ensure_future(carry(hook("http://app.example/"), **TIMES))
        await asyncio.sleep(0.05)
        assert world.network.reset(world.host("carrier")) == 1
        return await carried

    assert in_a_world(door, play) == LOST


def test_who_gives_up_waiting_leaves_no_connection() -> None:
    ends: list[bytes] = []

    async def door(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"a=1")
        ends.append(await reader.read())
        writer.close()

    async def play(world: World) -> None:
        carried = asyncio.ensure_future(carry(hook("http://app.example/"), **TIMES))
        await asyncio.sleep(1)
        carried.cancel()
        with pytest.raises(asyncio.CancelledError):
            await carried
        await asyncio.sleep(1)
        assert not world.host("carrier").life.holdings

    in_a_world(door, play)
    assert ends == [b""]


# --- real sockets


@asynccontextmanager
async def served(context: ssl.SSLContext | None) -> Any:
    async def door(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(10_000)
        writer.write(REPLY)
        writer.close()

    server = await asyncio.start_server(door, "127.0.0.1", 0, ssl=context)
    yield server.sockets[0].getsockname()[1]
    server.close()
    await server.wait_closed()


@pytest.fixture
def authority(monkeypatch: pytest.MonkeyPatch) -> Iterator[trustme.CA]:
    """An authority that the courier trusts, besides verifying as it always does."""
    courier.verifying.cache_clear()
    authority = trustme.CA()
    authority.configure_trust(courier.verifying())
    yield authority
    courier.verifying.cache_clear()


def presenting(authority: trustme.CA, name: str, **more: Any) -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert(name, **more).configure_cert(context)
    return context


CERTIFICATES = {
    "good": ({"name": "localhost"}, None),
    "for another name": ({"name": "other.example"}, 11235),
    "expired": ({"name": "localhost", "not_after": datetime(2020, 1, 1, tzinfo=UTC)}, 11236),
}


@pytest.mark.loopback
@pytest.mark.parametrize("kind", CERTIFICATES)
async def test_certificates_are_verified(kind: str, authority: trustme.CA) -> None:
    details, code = CERTIFICATES[kind]
    async with served(presenting(authority, **details)) as port:
        answer = await carry(hook(f"https://localhost:{port}/"), **TIMES)
    assert (answer.code if isinstance(answer, Failure) else None) == code


@pytest.mark.loopback
async def test_a_certificate_that_nobody_vouches_for(authority: trustme.CA) -> None:
    async with served(presenting(trustme.CA(), "localhost")) as port:
        assert await carry(hook(f"https://localhost:{port}/"), **TIMES) == UNTRUSTED


@pytest.mark.loopback
async def test_without_tls_and_where_there_is_none(authority: trustme.CA) -> None:
    async with served(None) as port:
        answer = await carry(hook(f"http://127.0.0.1:{port}/"), **TIMES)
        assert isinstance(answer, Reply)
        assert answer.body == b"ok"
        wrong = await carry(hook(f"https://127.0.0.1:{port}/"), **TIMES)
        assert isinstance(wrong, Failure)
        assert wrong.code == 11220
    refused = await carry(hook(f"http://127.0.0.1:{port}/"), **TIMES)
    assert isinstance(refused, Failure)
    assert refused.code == 11205
