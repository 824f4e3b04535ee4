"""How a two-way stream ends: by the application, by the network, with the call; and what is left behind: nothing."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

from tests.sim.carriers.twilio.test_stream_two_way import TONE, happened, streaming
from tests.tools.stream_server import MediaSocket, connecting, media_server, starting
from tests.tools.twilio_world import Stage, staged
from voicecall_sim.world.clock import SECOND


async def closes(media: MediaSocket) -> None:
    await media.socket.close()


async def goes_away(media: MediaSocket) -> None:
    await media.socket.close(code=1001, message=b"going")


async def fails(media: MediaSocket) -> None:
    await media.socket.close(code=1011, message=b"bug")


async def refuses(media: MediaSocket) -> None:
    await media.socket.close(code=1008)


async def resets(media: MediaSocket) -> None:
    assert media.request.transport is not None
    media.request.transport.abort()


async def breaks_the_frames(media: MediaSocket) -> None:
    assert media.request.transport is not None
    media.request.transport.write(b"\xf9\x02hi")


async def closes_without_a_code(media: MediaSocket) -> None:
    assert media.request.transport is not None
    media.request.transport.write(b"\x88\x00")


async def masks_nothing_but_text(media: MediaSocket) -> None:
    assert media.request.transport is not None
    media.request.transport.write(b"\x81\x02\xff\xfe")


ENDS: dict[str, tuple[Any, tuple[Any, ...], list[int]]] = {
    # what the application does, what the journal says, the debugger's codes
    "closes": (closes, ("app", "closed", 1000), []),
    "closes without a code": (closes_without_a_code, ("app", "closed"), []),
    "goes away": (goes_away, ("app", "closed: going", 1001), []),
    "fails": (fails, ("app", "closed: bug", 1011, 31921), [31921]),
    "refuses": (refuses, ("app", "closed", 1008, 31921), [31921]),
    "resets": (resets, ("network", "connection lost", 31903), [31903]),
    "breaks the frames": (breaks_the_frames, ("app", 1002, 31924), [31924]),
    "sends no UTF-8": (masks_nothing_but_text, ("app", 1007, 31924), [31924]),
}


@pytest.mark.parametrize("end", ENDS)
@pytest.mark.parametrize("action", [True, False])
@staged
async def test_when_the_socket_ends_the_document_goes_on(stage: Stage, end: str, action: bool) -> None:
    does, journaled, codes = ENDS[end]
    stage.app.answers["/after"] = "<Say>Action</Say>"
    async with media_server(stage) as server:
        more = {"action": "/after"} if action else {}
        anna, media = await streaming(stage, server, **more, statusCallback="/stream")
        await media.media(TONE * 100)
        await media.mark("never")
        await stage.wait(1)
        count = len(media.got)
        await does(media)
        await stage.wait(1)
        assert len(media.got) <= count + 1
        await stage.over()
        assert media.of("stop") == []
        assert media.of("mark") == []
    assert anna.words[-1] == ("Action" if action else "After")
    closed = [entry for entry in happened(stage) if entry[0] == "closed"]
    assert len(closed) == 1
    assert tuple(word for word in closed[0][1:] if "violation" not in str(word)) == journaled
    assert stage.codes == codes
    told = [request.params["StreamEvent"] for request in stage.app.at("/stream")]
    assert sorted(told) == sorted(["stream-started", "stream-stopped", *(["stream-error"] if codes else [])])
    sums = stage.written("stream")[-1].data
    assert sums["queued"] == 10 * SECOND
    assert sums["played"] + sums["discarded"] == 10 * SECOND
    assert 1 * SECOND <= sums["played"] < 1.1 * SECOND
    if action:
        (request,) = stage.app.at("/after")
        assert request.params["CallStatus"] == "in-progress"


@pytest.mark.parametrize("end", ["hang up", "complete", "redirect", "time limit"])
@staged
async def test_when_the_call_goes_elsewhere_the_stream_stops(stage: Stage, end: str) -> None:
    stage.app.answers["/after"] = "<Say>Ignored</Say>"
    async with media_server(stage) as server:
        anna, media = await streaming(stage, server, action="/after", statusCallback="/stream")
        await media.media(TONE * 100)
        await media.mark("never")
        await stage.wait(1)
        call = stage.call
        if end == "hang up":
            anna.hangs_up()
        elif end == "complete":
            stage.carrier.exchange.complete(call.sid)
        elif end == "time limit":
            stage.carrier.exchange.change(call.sid, time_limit=3)
        else:
            stage.carrier.exchange.redirect(call.sid, "<Response><Say>New</Say></Response>")
        await stage.over()
        assert [message["event"] for _, message in media.got[-2:]] == ["media", "stop"]
        assert media.of("stop")[0]["stop"] == {"accountSid": call.account_sid, "callSid": call.sid}
        assert media.of("mark") == []
        assert media.ended is not None
        assert media.ended[1] == 1000
        assert media.ended[0] - media.at("stop")[0] < 0.05
    reason = "redirected" if end == "redirect" else "call ended"
    assert happened(stage)[-1] == ("closed", "carrier", reason)
    sums = stage.written("stream")[-1].data
    assert sums["queued"] == sums["played"] + sums["discarded"] == 10 * SECOND
    assert sums["played"] < 6 * SECOND
    assert stage.codes == []
    # the action is requested although its answer goes nowhere; a redirect takes its place
    statuses = [request.params["CallStatus"] for request in stage.app.at("/after")]
    assert statuses == ([] if end == "redirect" else ["completed"])
    assert anna.words[-1:] == (["New"] if end == "redirect" else anna.words[-1:])
    assert "Ignored" not in anna.words
    told = [request.params["StreamEvent"] for request in stage.app.at("/stream")]
    assert told == ["stream-started", "stream-stopped"]


@staged
async def test_an_application_that_never_closes_is_left(stage: Stage) -> None:
    async with media_server(stage) as server:
        anna, media = await streaming(stage, server)
        assert media.request.transport is not None
        media.request.transport.pause_reading()  # type: ignore[attr-defined]
        anna.hangs_up()
        await stage.over()
        assert 5 <= stage.now() - 4 <= 6


@staged
async def test_audio_is_dropped_when_nobody_reads(stage: Stage) -> None:
    async with media_server(stage) as server:
        anna, media = await streaming(stage, server)
        transport = media.request.transport
        assert transport is not None
        transport.pause_reading()  # type: ignore[attr-defined]
        await stage.wait(60)
        assert stage.codes == [31930]
        transport.resume_reading()  # type: ignore[attr-defined]
        await stage.wait(10)
        frames = [message["media"] for message in media.of("media")]
        assert [int(frame["chunk"]) for frame in frames] == list(range(1, len(frames) + 1))
        steps = [int(later["timestamp"]) - int(sooner["timestamp"]) for sooner, later in itertools.pairwise(frames)]
        assert set(steps[-100:]) == {20}
        assert max(steps) > 1000
        anna.presses("1")
        await stage.wait(1)
        assert media.of("dtmf")
    assert stage.codes == [31930]


@staged
async def test_nothing_is_sent_before_start(stage: Stage) -> None:
    async with media_server(stage) as server:
        anna = stage.phone()
        stage.world.network.link(stage.carrier_host, server.host, latency=800_000)
        stage.app.answers["/voice"] = connecting()
        stage.place()
        await stage.wait(2.5)
        anna.says("Is anybody there?")
        anna.presses("1")
        await stage.wait(5)
        media = server.socket
        assert [message["event"] for _, message in media.got[:2]] == ["connected", "start"]
        assert media.of("dtmf") == []


@staged
async def test_a_stream_without_end_is_cheap_to_leave(stage: Stage) -> None:
    """Connecting again and again: `Connect` ends, its action answers with another one."""
    async with media_server(stage) as server:
        stage.phone()
        stage.app.answers["/voice"] = connecting(action="/voice")
        stage.place()
        await stage.wait(4)
        for count in range(1, 6):
            assert len(server.sockets) == count
            await server.socket.socket.close()
            await stage.wait(1)
        sids = [media.sid for media in server.sockets]
        assert len(set(sids)) == len(sids)
        assert stage.codes == []


@staged
async def test_live_streams_can_be_cut(stage: Stage) -> None:
    async with media_server(stage) as server:
        _, media = await streaming(stage, server)
        assert [opening.url for opening in stage.carrier.openings] == ["wss://media.example/media"]
        assert stage.carrier_host.run(stage.carrier.cut_streams) == 1
        await stage.over()
        assert media.ended is not None
        assert stage.carrier_host.run(stage.carrier.cut_streams) == 0
    assert happened(stage)[-1] == ("closed", "network", "connection lost", 31903)


@staged
async def test_a_carrier_that_stops_leaves_no_socket_behind(stage: Stage) -> None:
    """With a one-way stream and nothing performed there is no moment between its end and the carrier's."""
    async with media_server(stage) as server:
        stage.phone()
        stage.app.answers["/voice"] = starting(then='<Pause length="60"/>')
        stage.place()
        await stage.wait(5)
        media = server.socket
        await stage.carrier_host.call(stage.carrier.stop())
        await stage.wait(1)
        assert media.of("stop")
        assert media.ended is not None
        await stage.carrier_host.call(stage.carrier.start())
