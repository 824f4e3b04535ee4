"""One-way streams, by `<Start>` and by REST: tracks, names, counts, and that nothing else of the call minds them."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.tools.stream_server import MEDIA, connecting, media_server, starting
from tests.tools.twilio_world import Stage, staged
from voicecall_sim.carriers.twilio.account import Callback
from voicecall_sim.carriers.twilio.stream_resource import StreamWish

TRACKS = {
    "inbound_track": ["inbound"],
    "outbound_track": ["outbound"],
    "both_tracks": ["inbound", "outbound"],
}


def silent(ulaw: bytes) -> bool:
    return set(ulaw) <= {0xFF, 0x7F}


@pytest.mark.parametrize("track", TRACKS)
@pytest.mark.parametrize("rest", [True, False])
@staged
async def test_the_tracks_that_are_wanted(stage: Stage, track: str, rest: bool) -> None:
    talk = '<Pause length="2"/><Say>Hello, who is there?</Say><Pause length="4"/>'
    stage.app.answers["/voice"] = talk if rest else starting(track=track, then=talk)
    async with media_server(stage) as server:
        anna = stage.phone()
        call = stage.place()
        await stage.wait(3)
        if rest:
            wish = StreamWish(url=MEDIA, track=track)
            stage.carrier_host.run(stage.carrier.exchange.stream, call.sid, wish)
        await stage.wait(3)
        anna.says("It is me.")
        await stage.wait(1.5)
        anna.hangs_up()
        await stage.over()
        media = server.socket
        assert media.of("start")[0]["start"]["tracks"] == TRACKS[track]
        for name in ("inbound", "outbound"):
            frames = [message["media"] for message in media.of("media") if message["media"]["track"] == name]
            assert bool(frames) is (name in TRACKS[track])
            assert [int(frame["chunk"]) for frame in frames] == list(range(1, len(frames) + 1))
            assert silent(media.heard(name)) is not (name in TRACKS[track])
        numbers = [int(message["sequenceNumber"]) for _, message in media.got[1:]]
        assert numbers == list(range(1, len(numbers) + 1))
        assert media.got[-1][1]["event"] == "stop"
        assert media.ended is not None
        assert media.ended[1] == 1000
    assert anna.words == ["Hello, who is there?"]
    assert stage.codes == []


@staged
async def test_messages_of_the_application_are_ignored_and_keys_not_told(stage: Stage) -> None:
    async with media_server(stage) as server:
        anna = stage.phone()
        stage.app.answers["/voice"] = starting()
        stage.place()
        await stage.wait(4)
        media = server.socket
        await media.media(b"\x10" * 800)
        await media.mark("x")
        await media.clear()
        anna.presses("1")
        await stage.wait(1)
        assert media.of("mark") == media.of("dtmf") == []
        assert anna.sounds == []
        assert stage.codes == [31951]
        await media.say(b"binary")
        await stage.wait(1)
        assert stage.codes == [31951, 31950]


@pytest.mark.parametrize("by", ["close", "reset", "error"])
@staged
async def test_the_call_goes_on_when_the_socket_ends(stage: Stage, by: str) -> None:
    async with media_server(stage) as server:
        anna = stage.phone()
        stage.app.answers["/voice"] = starting(then='<Pause length="5"/><Say>On</Say>')
        stage.place()
        await stage.wait(4)
        media = server.socket
        if by == "reset":
            assert media.request.transport is not None
            media.request.transport.abort()
        else:
            await media.socket.close(code=1000 if by == "close" else 4000)
        await stage.over()
        assert anna.words == ["On"]
    assert stage.codes == {"close": [], "reset": [31903], "error": [31921]}[by]


@pytest.mark.parametrize("named", [True, False])
@staged
async def test_a_stream_is_stopped_by_name_or_identifier(stage: Stage, named: bool) -> None:
    async with media_server(stage) as server:
        stage.phone()

        def stopping(received: Any) -> str:
            name = "mine" if named else server.socket.sid
            return f'<Stop><Stream name="{name}"/></Stop><Stop><Stream name="other"/></Stop><Pause length="2"/>'

        more = {"name": "mine"} if named else {}
        stage.app.answers |= {
            "/voice": starting(**more, then='<Pause length="2"/><Redirect>/stop</Redirect>'),
            "/stop": stopping,
        }
        stage.place()
        await stage.over()
        media = server.socket
        assert media.got[-1][1]["event"] == "stop"
        assert media.at("stop")[0] == pytest.approx(4.5, abs=0.2)
        assert stage.codes == [12200]
        assert stage.written("stream")[-1].data["reason"] == "stopped"


@staged
async def test_streams_survive_documents_and_run_beside_a_two_way_one(stage: Stage) -> None:
    async with media_server(stage) as server:
        anna = stage.phone()
        stage.app.answers |= {
            "/voice": starting(then="<Redirect>/next</Redirect>"),
            "/next": connecting(then='<Pause length="1"/>'),
        }
        stage.place()
        await stage.wait(5)
        one, two = server.sockets
        anna.says("Hello.")
        await stage.wait(1)
        assert one.heard().strip(b"\xff") == two.heard().strip(b"\xff")
        assert not silent(one.heard())
        await two.socket.close()
        await stage.over()
        assert [media.got[-1][1]["event"] for media in server.sockets] == ["stop", "media"]


@staged
async def test_four_tracks_and_names_of_their_own(stage: Stage) -> None:
    async with media_server(stage) as server:
        stage.phone()
        document = "".join(
            f'<Start><Stream url="{MEDIA}" name="{name}" track="{track}"/></Start>'
            for name, track in [("a", "both_tracks"), ("a", "inbound_track"), ("b", "outbound_track")]
        )
        more = "".join(f'<Stream url="{MEDIA}" track="{track}"/>' for track in ("both_tracks", "inbound_track"))
        again = f'<Stop><Stream name="a"/></Stop><Start><Stream url="{MEDIA}" name="a"/></Start>'
        stage.app.answers["/voice"] = f'{document}<Start>{more}</Start><Pause length="3"/>{again}<Pause/>'
        stage.place()
        await stage.over()
        assert [media.of("start")[0]["start"]["tracks"] for media in server.sockets] == [
            ["inbound", "outbound"],
            ["outbound"],
            ["inbound"],
            ["inbound"],
        ]
    assert stage.codes == [31900, 31900]
    messages = [entry.data["message"] for entry in stage.written("debug")]
    assert "'a' already" in messages[0]
    assert "four tracks" in messages[1]


STAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z")


@pytest.mark.parametrize("name", ["mine", None])
@pytest.mark.parametrize("method", ["POST", "GET"])
@staged
async def test_status_callbacks(stage: Stage, name: str | None, method: str) -> None:
    async with media_server(stage) as server:
        stage.phone()
        more = {"name": name} if name else {}
        document = starting(statusCallback="/stream", statusCallbackMethod=method, **more, then='<Pause length="2"/>')
        stage.app.answers["/voice"] = document
        call = stage.place()
        await stage.over()
        sid = server.socket.sid
    started, stopped = stage.app.at("/stream")
    for request, event in ((started, "stream-started"), (stopped, "stream-stopped")):
        assert request.method == method
        stamp = request.params.pop("Timestamp")
        assert STAMP.fullmatch(stamp)
        assert request.params == {
            "AccountSid": call.account_sid,
            "CallSid": call.sid,
            "StreamSid": sid,
            "StreamName": name or sid,
            "StreamEvent": event,
        }
    hooks = [entry for entry in stage.written("webhook") if entry.data["kind"] == "stream"]
    assert [hook.data["event"] for hook in hooks] == ["stream-started", "stream-stopped"]


@staged
async def test_a_relative_address_is_beside_the_document(stage: Stage) -> None:
    async with media_server(stage) as server:
        stage.phone()
        stage.app.answers["/voice"] = starting(url="/media?x=1")
        stage.place()
        await stage.wait(5)
        assert server.requests == []
    assert [request.path for request in stage.app.received if request.headers.get("Upgrade")] == ["/media"]
    assert stage.codes == [31920]


@staged
async def test_inline_documents_stream_too(stage: Stage) -> None:
    async with media_server(stage) as server:
        stage.phone()
        stage.place(f'<Response><Connect><Stream url="{MEDIA}"/></Connect></Response>')
        await stage.wait(4)
        assert server.socket.of("start")
        await server.socket.socket.close()
        await stage.over()
        stage.place('<Response><Connect><Stream url="/media"/></Connect></Response>')
        await stage.over()
        assert len(server.requests) == 1
    assert stage.codes == [31923]


@staged
async def test_a_callback_that_cannot_be_requested_is_fatal(stage: Stage) -> None:
    anna = stage.phone()
    stage.place(f'<Response><Start><Stream url="{MEDIA}" statusCallback="/x"/></Start></Response>')
    await stage.over()
    assert stage.codes == [15004]
    assert anna.words[0].startswith("We're sorry")


@staged
async def test_a_stream_by_rest_reports_to_its_callback(stage: Stage) -> None:
    async with media_server(stage) as server:
        stage.phone()
        stage.app.answers["/voice"] = '<Pause length="5"/>'
        call = stage.place()
        await stage.wait(4)
        wish = StreamWish(
            url=MEDIA, name="n", parameters={"k": "v"}, callback=Callback(url="https://app.example/stream")
        )
        resource = stage.carrier_host.run(stage.carrier.exchange.stream, call.sid, wish)
        await stage.wait(1)
        stage.carrier_host.run(stage.carrier.exchange.stop_stream, resource.sid)
        assert resource.status == "stopped"
        await stage.over()
        assert server.socket.of("start")[0]["start"]["customParameters"] == {"k": "v"}
        assert server.socket.of("stop")
    assert [request.params["StreamEvent"] for request in stage.app.at("/stream")] == [
        "stream-started",
        "stream-stopped",
    ]
