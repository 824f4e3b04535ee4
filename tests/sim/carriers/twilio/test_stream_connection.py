"""How a media socket is opened: the upgrade as it looks on the wire, and everything that can keep it from coming up."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from aiohttp import web

from tests.tools.stream_server import MEDIA, Door, MediaServer, connecting, media_server, starting
from tests.tools.twilio_world import Stage, staged
from voicecall_sim.carriers.twilio.signature import sign


@staged
async def test_the_upgrade_is_as_observed_and_signed(stage: Stage) -> None:
    stage.phone()
    stage.app.answers["/voice"] = connecting(url=f"{MEDIA}?token=secret#x")
    async with media_server(stage) as server:
        stage.place()
        await stage.wait(5)
        (request,) = server.requests
        headers = [(name.decode(), value.decode()) for name, value in request.raw_headers]
        key = dict(headers)["Sec-WebSocket-Key"]
        assert request.raw_path == "/media"
        assert headers == [
            ("Host", "media.example"),
            ("User-Agent", "Twilio.TmeWs/1.0"),
            ("Connection", "Upgrade"),
            ("Upgrade", "websocket"),
            ("Sec-WebSocket-Key", key),
            ("Sec-WebSocket-Version", "13"),
            ("X-Twilio-Signature", sign(stage.carrier.account.auth_token, MEDIA)),
        ]
        assert len(key) == 24


@staged
async def test_a_port_is_requested_and_signed(stage: Stage) -> None:
    stage.phone()
    url = "wss://media.example:8443/m"
    stage.app.answers["/voice"] = connecting(url=url)
    async with media_server(stage) as server:
        stage.place()
        await stage.wait(5)
        assert server.requests[0].headers["Host"] == "media.example:8443"
        assert server.requests[0].headers["X-Twilio-Signature"] == sign(stage.carrier.account.auth_token, url)


def answering(status: int, **headers: str) -> Door:
    async def answer(request: web.Request) -> web.StreamResponse:
        return web.Response(status=status, headers=headers)

    return answer


async def nonsense(request: web.Request) -> web.StreamResponse:
    """An upgrade with the wrong answer to the challenge."""
    return web.Response(
        status=101, headers={"Upgrade": "websocket", "Connection": "upgrade", "Sec-WebSocket-Accept": "x"}
    )


async def reset(request: web.Request) -> web.StreamResponse:
    assert request.transport is not None
    request.transport.abort()
    return web.Response()


def nothing(stage: Stage, server: MediaServer) -> None:
    pass


def refused(stage: Stage, server: MediaServer) -> None:
    stage.world.network.refuse(server.host, 443)


def partitioned(stage: Stage, server: MediaServer) -> None:
    stage.world.network.partition(stage.carrier_host, server.host)


def instead(door: Door) -> Callable[[Stage, MediaServer], None]:
    def put(stage: Stage, server: MediaServer) -> None:
        server.instead = door

    return put


FAILURES: dict[str, tuple[Callable[[Stage, MediaServer], None], dict[str, str], int, dict[str, Any]]] = {
    # what is done before, attributes of the stream, the code, what the journal has of it
    "nobody answers": (partitioned, {}, 31901, {"event": "failed"}),
    "refused": (refused, {}, 31902, {"event": "failed"}),
    "reset": (instead(reset), {}, 31903, {"event": "failed"}),
    "no such host": (nothing, {"url": "wss://nowhere.example/"}, 31904, {"event": "failed"}),
    "404": (instead(answering(404)), {}, 31920, {"event": "refused", "status": 404}),
    "401": (instead(answering(401)), {}, 31920, {"event": "refused", "status": 401}),
    "200": (instead(answering(200)), {}, 31920, {"event": "refused", "status": 200}),
    "500": (instead(answering(500)), {}, 31920, {"event": "refused", "status": 500}),
    "a redirect": (instead(answering(307, Location=MEDIA)), {}, 31920, {"event": "refused", "status": 307}),
    "another challenge": (instead(nonsense), {}, 31924, {"event": "failed"}),
    "plain": (nothing, {"url": "ws://media.example/media"}, 31922, {"event": "failed"}),
    "https": (nothing, {"url": "https://media.example/media"}, 31922, {"event": "failed"}),
    "malformed": (nothing, {"url": "wss://media example/"}, 31923, {"event": "failed"}),
    "no url": (nothing, {"url": ""}, 31923, {"event": "failed"}),
    "a connector": (nothing, {"connectorName": "x"}, 31940, {"event": "failed"}),
    "a bad track": (nothing, {"track": "inbound"}, 31941, {"event": "failed"}),
}


@pytest.mark.parametrize("failure", FAILURES)
@pytest.mark.parametrize("two_way", [True, False])
@staged
async def test_a_stream_that_does_not_come_up(stage: Stage, failure: str, two_way: bool) -> None:
    prepare, attributes, code, journaled = FAILURES[failure]
    anna = stage.phone()
    document = connecting if two_way else starting
    stage.app.answers["/voice"] = document(
        **attributes, statusCallback="/stream", then="<Say>On</Say><Pause length='10'/>"
    )
    async with media_server(stage) as server:
        prepare(stage, server)
        stage.place()
        await stage.wait(60)
        await stage.over()
        # after Connect the document goes on; Start did not wait
        assert anna.words == ["On"]
        assert len(server.requests) == (1 if code in (31903, 31920) or failure == "another challenge" else 0)
    assert stage.codes == [code]
    assert stage.written("debug")[0].data["call"] == 1
    (entry,) = stage.written("stream")
    direction = "two-way" if two_way else "one-way"
    assert journaled.items() <= entry.data.items()
    assert (entry.data["code"], entry.data["direction"], entry.data["call"]) == (code, direction, 1)
    (told,) = stage.app.at("/stream")
    assert told.params["StreamEvent"] == "stream-error"
    assert told.params["StreamError"].startswith(f"{code}: ")


@pytest.mark.parametrize("track", ["outbound_track", "both_tracks"])
@staged
async def test_a_two_way_stream_takes_the_inbound_track_only(stage: Stage, track: str) -> None:
    stage.phone()
    stage.app.answers["/voice"] = connecting(track=track)
    async with media_server(stage) as server:
        stage.place()
        await stage.over()
        assert server.requests == []
    assert stage.codes == [31941]


@staged
async def test_the_action_is_requested_when_a_stream_does_not_come_up(stage: Stage) -> None:
    stage.phone()
    stage.app.answers |= {"/voice": connecting(action="/after"), "/after": "<Say>After</Say>"}
    stage.place()
    await stage.over()
    (after,) = stage.app.at("/after")
    assert after.params["CallStatus"] == "in-progress"
    assert stage.codes == [31904]


@pytest.mark.parametrize("end", ["hang up", "redirect", "stop"])
@staged
async def test_a_call_does_not_wait_for_a_stream_that_is_connecting(stage: Stage, end: str) -> None:
    anna = stage.phone()
    stage.app.answers["/voice"] = (
        starting(name="s", then='<Pause length="3"/><Stop><Stream name="s"/></Stop><Say>On</Say>')
        if end == "stop"
        else connecting()
    )
    async with media_server(stage) as server:
        partitioned(stage, server)
        call = stage.place()
        await stage.wait(4)
        if end == "hang up":
            anna.hangs_up()
        elif end == "redirect":
            stage.carrier.exchange.redirect(call.sid, "<Response><Say>On</Say></Response>")
        await stage.over()
    (entry,) = stage.written("stream")
    reasons = {"hang up": "call ended", "redirect": "redirected", "stop": "stopped"}
    assert (entry.data["event"], entry.data["reason"]) == ("failed", reasons[end])
    assert stage.codes == []
    assert anna.words == ([] if end == "hang up" else ["On"])
