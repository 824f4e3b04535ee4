"""How much a stranger can take from us: bytes, time, places, connections, lines of the log."""

from __future__ import annotations

import asyncio
import gzip
import logging

import pytest

from tests.sdk.server.door import PORT, Door, Reply, lenient, read, request
from voicecall_sdk.server.admission import BODY_TIMEOUT, MAX_BODY, MAX_IN_FLIGHT
from voicecall_sdk.server.listen import IDLE, Doorkeeper
from voicecall_sdk.server.public_url import Forwarding
from voicecall_sim.world.testing import in_world
from voicecall_sim.world.world import World

CHUNKED = [("Transfer-Encoding", "chunked")]
HEAD = request(body=b"", headers=CHUNKED, signature="AAAA")


def chunk(data: bytes) -> bytes:
    return b"%x\r\n%b\r\n" % (len(data), data)


def seconds(world: World) -> float:
    return asyncio.get_running_loop().time()


# --- bytes ------------------------------------------------------------------------------------------------------


@in_world()
async def test_a_body_may_have_so_many_bytes(world: World) -> None:
    async with Door(world) as door:
        for size, status in ((MAX_BODY - 1, 401), (MAX_BODY, 401), (MAX_BODY + 1, 413), (16 * MAX_BODY, 413)):
            told = await door.post(body=b"x" * size, signature="AAAA")
            in_pieces = [chunk(b"x" * min(1000, size - begun)) for begun in range(0, size, 1000)]
            untold = await door.send(HEAD, *in_pieces, b"0\r\n\r\n")
            assert (size, told.status, untold.status) == (size, status, status)
        assert told.body == "Payload Too Large"


@in_world()
async def test_a_refusal_arrives_before_all_was_sent(world: World) -> None:
    """Whoever announces too much is told at once, and gets to read it."""
    async with Door(world) as door:
        announced = request(body=b"", headers=[("Content-Length", str(10**12))])
        assert (await door.send(announced)).status == 413
        assert seconds(world) < 1
        assert (await door.send(HEAD, *[chunk(b"x" * 60_000)] * 3)).status == 413
        assert seconds(world) < 1


@in_world()
async def test_a_little_that_unpacks_to_much_is_not_unpacked(world: World) -> None:
    bomb = gzip.compress(bytes(10**6))
    async with Door(world, leniency=lenient(skip=True), carrier="mock") as door:
        for packed in (bomb, b"not packed at all"):
            assert (await door.post(body=packed, headers=[("Content-Encoding", "gzip")])).status == 415
            assert (await door.post(body=packed, headers=[("Content-Encoding", "x-gzip, identity")])).status == 415
        plain = b'{"event": {"type": "call.ringing", "callId": "c1"}}'
        assert (await door.post(body=plain, headers=[("Content-Encoding", "identity")])).status == 200


# --- time -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "pieces",
    [
        (request(body=b"", headers=[("Content-Length", "10")]),),
        (HEAD,),
        (HEAD, *(piece for _ in range(9) for piece in (1.0, chunk(b"x")))),  # always a little more
        (HEAD, 4.9, chunk(b"x")),
    ],
)
@in_world()
async def test_a_body_must_come_in_time(world: World, pieces: tuple[bytes | float, ...]) -> None:
    async with Door(world) as door:
        sending = asyncio.ensure_future(door.send(*pieces))
        began = seconds(world)
        await asyncio.sleep(BODY_TIMEOUT - 0.1)
        assert door.server._in_flight._counts
        await asyncio.sleep(1)
        assert not door.server._in_flight._counts
        reply = await sending
        assert (reply.status, reply.body) == (408, "Request body timeout")
        assert door.desk.taken == []
        assert began < seconds(world)


@in_world()
async def test_a_body_that_comes_in_pieces_is_a_body(world: World) -> None:
    async with Door(world) as door:
        whole = request()
        pieces = [part for at in range(0, len(whole), 40) for part in (0.1, whole[at : at + 40])]
        assert (await door.send(*pieces)).status == 200


@in_world()
async def test_a_connection_that_says_nothing_is_closed(world: World) -> None:
    async with Door(world) as door:
        for begun in (b"", b"POST /voice/webhook HT", b"POST /voice/webhook HTTP/1.1\r\nHost: a\r\nX: "):
            with pytest.raises(asyncio.IncompleteReadError):
                await door.send(begun)
        assert seconds(world) < 3 * (IDLE + 1)


@in_world()
async def test_a_connection_may_be_used_again(world: World) -> None:
    async with Door(world) as door:

        async def twice() -> list[Reply]:
            reader, writer = await asyncio.open_connection(door.app.address, PORT)
            replies = []
            for _ in range(2):
                writer.write(request())
                replies.append(await read(reader))
                await asyncio.sleep(IDLE / 2)
            writer.close()
            return replies

        first, second = await world.host("carrier").call(twice())
        assert (first.status, second.status, first.body) == (200, 200, second.body)


# --- places -----------------------------------------------------------------------------------------------------


async def slow(door: Door, count: int, *, host: str, headers: list[tuple[str, str]] | None = None) -> list[Reply]:
    """So many requests at once, whose bodies never come."""
    data = request(body=b"", headers=[("Content-Length", "10"), *(headers or [])])
    return list(await asyncio.gather(*(door.send(data, host=host) for _ in range(count))))


def counted(replies: list[Reply]) -> dict[int, int]:
    found = [reply.status for reply in replies]
    return {status: found.count(status) for status in sorted(set(found))}


@in_world()
async def test_one_address_has_so_many_places_and_others_keep_theirs(world: World) -> None:
    async with Door(world) as door:
        attack = asyncio.ensure_future(slow(door, MAX_IN_FLIGHT + 5, host="stranger"))
        await asyncio.sleep(1)
        assert (await door.post(host="stranger")).status == 429
        assert (await door.post(host="carrier")).status == 200
        assert counted(await attack) == {408: MAX_IN_FLIGHT, 429: 5}
        assert (await door.post(host="stranger")).status == 200


@in_world()
async def test_whoever_is_refused_unread_takes_no_place(world: World) -> None:
    async with Door(world) as door:
        unsigned = request(body=b"", headers=[("Content-Length", "10")], signature=None)
        replies = await asyncio.gather(*(door.send(unsigned) for _ in range(3 * MAX_IN_FLIGHT)))
        assert counted(list(replies)) == {401: 3 * MAX_IN_FLIGHT}
        assert (await door.post()).status == 200


@in_world()
async def test_a_place_is_free_when_the_sender_has_gone(world: World, caplog: pytest.LogCaptureFixture) -> None:
    async with Door(world) as door:

        async def gone() -> None:
            _, writer = await asyncio.open_connection(door.app.address, PORT)
            writer.write(request(body=b"", headers=[("Content-Length", "10")]))
            await asyncio.sleep(0.5)
            writer.transport.abort()

        await asyncio.gather(*(world.host("stranger").call(gone()) for _ in range(MAX_IN_FLIGHT)))
        await asyncio.sleep(0.5)
        assert (await door.post()).status == 200
        assert seconds(world) < BODY_TIMEOUT
    assert not [record for record in caplog.records if record.exc_info or record.levelno >= logging.ERROR]


@pytest.mark.parametrize(("header", "form"), [("X-Forwarded-For", "{}"), ("Forwarded", 'proto=https;for="{}"')])
@in_world()
async def test_behind_a_proxy_the_senders_are_counted_apart(world: World, header: str, form: str) -> None:
    proxy = world.host("proxy", "10.0.0.8")
    trusting = Forwarding(trust=True, proxies=(proxy.address,))

    def told(address: str) -> list[tuple[str, str]]:
        return [(header, ", ".join(map(form.format, address.split(", "))))]

    for forwarding, carrier in ((trusting, 200), (Forwarding(trust=True), 429), (Forwarding(), 429)):
        async with Door(world, forwarding=forwarding) as door:
            attack = asyncio.ensure_future(slow(door, MAX_IN_FLIGHT, host="proxy", headers=told("203.0.113.9")))
            await asyncio.sleep(1)
            one_more = await door.post(host="proxy", headers=told("198.51.100.1, 203.0.113.9"))
            another = await door.post(host="proxy", headers=told("54.172.60.1"))
            assert (forwarding, one_more.status, another.status) == (forwarding, 429, carrier)
            await attack


# --- lines of the log -------------------------------------------------------------------------------------------

NO_HTTP = {
    "a strange method": b"BREW /voice/webhook HTTP/1.1\r\nHost: a\r\n\r\n",
    "no line of HTTP": b"secret-token-7391\r\n\r\n",
    "a long line": b"POST /voice/webhook?" + b"x" * 20_000 + b" HTTP/1.1\r\nHost: a\r\n\r\n",
    "a long header": request(headers=[("X-Token", "secret-token-7391" * 1000)]),
    "many headers": request(headers=[(f"X{number}", "y") for number in range(500)]),
    "a bad chunk": HEAD + b"secret-token-7391\r\n",
    "two lengths": request(headers=[("Content-Length", "3"), ("Content-Length", "4")]),
    "a length and chunks": request(headers=[("Content-Length", "3"), *CHUNKED]),
    "a negative length": request(headers=[("Content-Length", "-3")]),
    "a header in two lines": request(headers=[("X", "a\r\n b\x00")]),
    "a bare line feed": request().replace(b"\r\n", b"\n", 1).replace(b"Host", b"Ho\x00st"),
}


@in_world()
async def test_what_is_no_http_is_refused_without_many_words(world: World, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    async with Door(world) as door:
        for name, data in NO_HTTP.items():
            caplog.clear()
            reply = await door.send(data)
            assert (name, reply.status) == (name, 400)
            assert not [record for record in caplog.records if record.levelno > logging.DEBUG], name
            assert "secret-token-7391" not in caplog.text
            assert "Traceback" not in caplog.text
        assert door.desk.taken == []


def test_what_is_our_error_is_told_whole(caplog: pytest.LogCaptureFixture) -> None:
    Doorkeeper(logging.getLogger("door")).exception(
        "Error handling request from %s", "10.0.0.2", exc_info=ValueError("b")
    )
    (record,) = caplog.records
    assert (record.levelno, record.getMessage()) == (logging.ERROR, "Error handling request from 10.0.0.2")
    assert record.exc_info is not None
