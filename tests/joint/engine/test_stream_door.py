"""The door for media streams, knocked at over WebSockets: caps, time, sizes, tokens in the URL, and shutting."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import aiohttp
import pytest

from tests.joint.engine.house import SID
from tests.joint.engine.parlour import Parlour
from voicecall_sdk.call.record import Stream
from voicecall_sdk.carriers.twilio.media import wire
from voicecall_sdk.server.listen import listen
from voicecall_sdk.server.media import Caps, MediaServer
from voicecall_sim.world.testing import in_world
from voicecall_sim.world.world import World

URL = "ws://127.0.0.1:3334/voice/stream"
GREETING = "Hello! How can I help you today?"
UPGRADE = (
    "GET /voice/stream HTTP/1.1",
    "Host: x",
    "Upgrade: websocket",
    "Connection: Upgrade",
    "Sec-WebSocket-Version: 13",
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
    "",
    "",
)


class Knocking:
    """A server for a parlour's streams, and a client at its door."""

    def __init__(self, parlour: Parlour, server: MediaServer, client: aiohttp.ClientSession) -> None:
        self.parlour = parlour
        self.server = server
        self.client = client

    async def knock(self, path: str = "") -> aiohttp.ClientWebSocketResponse:
        return await self.client.ws_connect(URL + path)

    def start(self, *, sid: str | None = SID, token: str | None = "right") -> str:
        """The start message; the right token is the one the call awaits."""
        if token == "right":
            token = self.parlour.live().record.stream_token
        start = {"callSid": sid, "customParameters": {"token": token} if token else {}, "mediaFormat": {}}
        return json.dumps({"event": "start", "streamSid": "MZ1", "start": start})


@asynccontextmanager
async def door(world: World, **caps: Any) -> AsyncIterator[Knocking]:
    parlour = Parlour(world)
    server = MediaServer(path="/voice/stream", wire=wire, caps=Caps(**caps), peer=lambda request: request.remote or "")
    server.desk = parlour.desk
    app = aiohttp.web.Application()
    for path in (server.path, server.path + "/{token}"):
        app.router.add_get(path, server.handle)
    async with AsyncExitStack() as stack:
        await listen(stack, app, "127.0.0.1", 3334)
        client = await stack.enter_async_context(aiohttp.ClientSession())
        yield Knocking(parlour, server, client)
        await server.stop()
        await parlour.house.board.stop()


async def closed(ws: aiohttp.ClientWebSocketResponse) -> tuple[int | None, str]:
    """How the server closes it; what it says before is passed over."""
    while True:
        message = await ws.receive()
        if message.type is aiohttp.WSMsgType.CLOSE:
            return message.data, message.extra or ""


async def said(ws: aiohttp.ClientWebSocketResponse) -> dict[str, Any]:
    """The next message."""
    return dict(json.loads((await ws.receive()).data))


@in_world()
async def test_a_stream_is_taken_and_spoken_to(world: World) -> None:
    async with door(world) as at:
        at.parlour.house.called()
        ws = await at.knock()
        await ws.send_str('{"event":"connected","protocol":"Call","version":"1.0.0"}')
        await ws.send_str(at.start())
        first = await said(ws)
        assert (first["event"], first["streamSid"]) == ("media", "MZ1")
        assert at.parlour.live().record.stream is Stream.OPEN
        await ws.send_str('{"event":"media","media":{"payload":"//8="},"streamSid":"MZ1"}')
        await ws.send_str('{"event":"stop","stop":{},"streamSid":"MZ1"}')
        assert (await closed(ws))[0] == 1000
        assert at.parlour.ear.heard == [b"\xff\xff"]


@pytest.mark.parametrize(
    ("token", "sid", "reason"),
    [
        (None, SID, "Unknown call"),
        ("wrong", SID, "Unknown call"),
        ("right", "CA2", "Unknown call"),
        ("right", None, "Missing callSid"),
    ],
)
@in_world()
async def test_nobody_else_is_let_in(world: World, token: str | None, sid: str | None, reason: str) -> None:
    async with door(world) as at:
        at.parlour.house.called()
        ws = await at.knock()
        await ws.send_str(at.start(sid=sid, token=token))
        assert await closed(ws) == (1008, reason)
        assert at.parlour.live().record.stream is Stream.AWAITED


@pytest.mark.parametrize("sid", [["a"], {"b": 1}, 5, True, "CA1\nERROR all is lost\x1b[2J", "x" * 50_000])
@in_world()
async def test_no_name_of_a_call_is_too_odd(world: World, sid: Any, caplog: pytest.LogCaptureFixture) -> None:
    """It is a stranger's: nothing falls over it, and no line of the log is his."""
    async with door(world) as at:
        at.parlour.house.called()
        ws = await at.knock()
        await ws.send_str(at.start(sid=sid))
        assert await closed(ws) == (1008, "Unknown call")
    told = [record for record in caplog.records if "stream" in record.getMessage()]
    assert told
    for record in told:
        assert record.exc_info is None
        assert record.getMessage().isprintable()
        assert len(record.getMessage()) < 300


@pytest.mark.parametrize("form", ["/{token}", "?token={token}"])
@in_world()
async def test_the_token_may_stand_in_the_url(world: World, form: str) -> None:
    async with door(world) as at:
        at.parlour.house.called()
        ws = await at.knock(form.format(token=at.parlour.live().record.stream_token))
        await ws.send_str(at.start(token=None))
        assert (await said(ws))["event"] == "media"


@in_world()
async def test_whoever_does_not_begin_in_time_is_shown_the_door(world: World) -> None:
    async with door(world, start_timeout=5.0) as at:
        ws = await at.knock()
        began = asyncio.get_running_loop().time()
        assert await closed(ws) == (1008, "Start timeout")
        assert asyncio.get_running_loop().time() - began == pytest.approx(5.0, abs=0.1)


@pytest.mark.parametrize("nonsense", ["not json", "[]", "{}", '{"event":"start"}', '{"event":"start","start":3}'])
@in_world()
async def test_nonsense_for_a_start_is_not_understood(world: World, nonsense: str) -> None:
    async with door(world) as at:
        ws = await at.knock()
        await ws.send_str(nonsense)
        assert await closed(ws) == (1008, "Not understood")


@in_world()
async def test_nonsense_later_changes_nothing(world: World) -> None:
    async with door(world) as at:
        at.parlour.house.called()
        ws = await at.knock()
        await ws.send_str(at.start())
        for nonsense in ("not json", '{"event":"media"}', '{"event":"media","media":{"payload":"a"}}', "{}"):
            await ws.send_str(nonsense)
        await ws.send_bytes(b"\x00")
        await asyncio.sleep(6)
        assert [line.text for line in at.parlour.live().record.transcript] == [GREETING]


@in_world()
async def test_a_message_too_large_closes_it(world: World) -> None:
    async with door(world) as at:
        ws = await at.knock()
        await ws.send_str("x" * (64 * 1024 + 1))
        assert (await closed(ws))[0] == 1009


@in_world()
async def test_so_many_wait_for_their_start_and_no_more(world: World) -> None:
    async with door(world, pending=3, pending_per_peer=2) as at:
        waiting = [await at.knock() for _ in range(2)]
        assert await closed(await at.knock()) == (1013, "Too many pending media stream connections")
        at.parlour.house.called()
        await waiting[0].send_str(at.start())
        assert (await said(waiting[0]))["event"] == "media"
        await waiting[1].close()
        again = await at.knock()
        assert not again.closed


@in_world()
async def test_so_many_connections_and_no_more(world: World) -> None:
    async with door(world, connections=1) as at:
        await at.knock()
        with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
            await at.knock()
        assert refused.value.status == 503


@in_world()
async def test_a_plain_request_is_told_what_is_wanted(world: World) -> None:
    async with door(world) as at, at.client.get(URL.replace("ws:", "http:")) as reply:
        assert reply.status == 426


@in_world()
async def test_stopping_ends_what_there_is_and_takes_no_more(world: World) -> None:
    async with door(world) as at:
        at.parlour.house.called()
        ws = await at.knock()
        await ws.send_str(at.start())
        await said(ws)
        stopping = asyncio.get_running_loop().create_task(at.server.stop())
        assert (await closed(ws))[0] == 1001
        await stopping
        with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
            await at.knock()
        assert refused.value.status == 503


@in_world()
async def test_whoever_does_not_read_is_cut_off(world: World) -> None:
    async with door(world) as at:
        at.parlour.house.called()
        reader, writer = await asyncio.open_connection("127.0.0.1", 3334)
        writer.write("\r\n".join(UPGRADE).encode())
        await reader.readuntil(b"\r\n\r\n")
        text = at.start().encode()
        writer.write(bytes([0x81, 0x80 | 126]) + len(text).to_bytes(2, "big") + bytes(4) + text)
        transport: Any = writer.transport
        await asyncio.sleep(0.1)
        transport.pause_reading()
        live = at.parlour.live()
        stream = live.media
        assert stream is not None
        saying = asyncio.get_running_loop().create_task(
            at.parlour.house.operations.speak(live.record.call_id, "x" * 900, wait=True)
        )
        await asyncio.sleep(40)
        assert live.media is not stream
        saying.cancel()
        await asyncio.gather(saying, return_exceptions=True)
        writer.close()
