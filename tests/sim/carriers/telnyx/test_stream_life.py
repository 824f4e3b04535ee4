"""Media streams: how they begin, fail, break and end."""

from __future__ import annotations

import pytest
from aiohttp import web

from tests.tools.telnyx_streams import MEDIA, RTP, media_server, payload, streaming, words
from tests.tools.telnyx_world import Stage, staged
from voicecall_sim.carriers.emulator import NoInterference, StreamOpening, StreamTreatment


@staged
async def test_one_stream_a_leg_and_it_can_be_stopped(stage: Stage) -> None:
    async with media_server(stage) as server:
        leg, _, media = await streaming(stage, server)
        assert await stage.refused(leg, "streaming_start", stream_url=MEDIA) == (422, "90045")
        assert await stage.refused(leg, "streaming_stop", stream_id="other") == (422, "90048")
        await stage.act(leg, "streaming_stop")
        await stage.wait(1)
        assert media.of("stop")
        assert await stage.refused(leg, "streaming_stop") == (422, "90048")
        assert leg.answered
        await stage.act(leg, "streaming_start", stream_url=MEDIA)
        await stage.wait(1)
        assert len(server.sockets) == 2


@staged
async def test_an_application_that_closes_ends_the_stream_and_not_the_call(stage: Stage) -> None:
    async with media_server(stage) as server:
        leg, _, media = await streaming(stage, server)
        await media.socket.close()
        await stage.wait(1)
        assert leg.answered
        assert leg.stream is None
    assert len(stage.of("streaming.stopped")) == 1
    assert stage.written("stream")[-1].data["by"] == "app"


@staged
async def test_a_stream_that_breaks(stage: Stage) -> None:
    async with media_server(stage) as server:
        leg, _, _ = await streaming(stage, server)
        assert stage.carrier_host.run(stage.carrier.cut_streams) == 1
        await stage.wait(1)
        assert leg.answered
        assert stage.written("stream")[-1].data["by"] == "network"
        assert stage.carrier.cut_streams() == 0


async def refuse(request: web.Request) -> web.StreamResponse:
    return web.Response(status=403)


@staged
async def test_a_stream_that_is_refused_is_told_and_the_call_goes_on(stage: Stage) -> None:
    async with media_server(stage) as server:
        server.instead = refuse
        anna = stage.phone()
        leg = await stage.dial(stream_url=MEDIA)
        await stage.wait(4)
        assert leg.answered
        assert anna.gone is None
    (failed,) = stage.of("streaming.failed")
    assert failed["failure_reason"] == "connection_failed"
    assert failed["stream_params"] == {"stream_url": MEDIA, "stream_track": "inbound_track"}
    data = stage.written("stream")[-1].data
    assert (data["event"], data["status"]) == ("refused", 403)


class Lost(NoInterference):
    def stream(self, opening: StreamOpening) -> StreamTreatment:
        return StreamTreatment(opening=opening, lost=True)


@staged
async def test_a_stream_that_never_gets_through_ends_with_the_call(stage: Stage) -> None:
    stage.carrier.interference = Lost()
    leg, _ = await stage.answered()
    await stage.act(leg, "streaming_start", stream_url=MEDIA)
    await stage.wait(2)
    await stage.act(leg, "hangup")
    await stage.over()
    assert stage.of("streaming.failed", "streaming.stopped") == []


@staged
async def test_answer_starts_a_stream_and_a_stranger_is_let_in_or_not(stage: Stage) -> None:
    async with media_server(stage) as server:
        leg, anna = await stage.called()
        await stage.act(leg, "answer", stream_url=MEDIA, stream_track="both_tracks", **RTP)
        await stage.wait(1)
        await server.socket.say(payload(words("Welcome.")))
        await stage.wait(2)
        assert anna.words == ["Welcome."]
        (opening,) = stage.carrier.openings
        assert stage.carrier.sign_stream(opening) is opening
        assert await stage.carrier_host.call(stage.carrier.open_again(opening)) is True
        server.instead = refuse
        assert await stage.carrier_host.call(stage.carrier.open_again(opening)) is False
    events = [entry.data["event"] for entry in stage.written("stream")]
    assert events[-2:] == ["let in", "turned away"]


@staged
async def test_a_stream_may_be_there_before_the_dialling(stage: Stage) -> None:
    async with media_server(stage) as server:
        anna = stage.phone(answers_after=5)
        await stage.dial(stream_url=MEDIA, stream_establish_before_call_originate=True, **RTP)
        await stage.wait(3)
        assert [message["event"] for _, message in server.socket.got] == ["connected"]
        await stage.wait(4)
        await server.socket.say(payload(words("At last.")))
        await stage.wait(2)
        assert anna.words == ["At last."]
        assert len(server.sockets) == 1


@pytest.mark.parametrize("refused", [True, False])
@staged
async def test_an_early_stream_without_a_call_or_a_call_without_it(stage: Stage, refused: bool) -> None:
    async with media_server(stage) as server:
        server.instead = refuse if refused else None
        anna = stage.phone(answers_after=2 if refused else None)
        leg = await stage.dial(stream_url=MEDIA, stream_establish_before_call_originate=True)
        await stage.wait(4)
        assert leg.answered is refused
        assert anna.offers == 1
        await stage.act(leg, "hangup")
        await stage.over()
        assert refused or server.socket.ended is not None
    assert len(stage.of("streaming.failed")) == (1 if refused else 0)
    assert stage.of("streaming.stopped") == []


@staged
async def test_a_codec_that_is_not_emulated_is_told_in_the_journal(stage: Stage) -> None:
    async with media_server(stage) as server:
        given = {"stream_codec": "AMR-WB", "stream_bidirectional_codec": "AMR-WB"}
        _, anna, media = await streaming(stage, server, **given)
        assert media.of("start")[0]["start"]["media_format"]["encoding"] == "PCMU"
        await media.say(payload(words("Nobody hears it.")))
        await stage.wait(2)
        assert anna.words == []
    assert [entry.data["message"] for entry in stage.written("debug")] == [
        "AMR-WB is not emulated: the stream is PCMU",
        "AMR-WB is not emulated: what the application says on this stream is not heard",
    ]


@staged
async def test_a_carrier_that_stops_leaves_nothing_behind(stage: Stage) -> None:
    async with media_server(stage) as server:
        leg, anna, media = await streaming(stage, server)
        await stage.carrier_host.call(stage.carrier.stop())
        await stage.wait(3)
        assert leg.over
        assert anna.gone is not None
        assert media.ended is not None
    assert stage.carrier.busy() == 0
