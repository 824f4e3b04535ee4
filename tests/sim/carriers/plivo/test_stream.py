"""Audio streams: introduced, fed, played from, cleared, ended; and what the document does meanwhile."""

from __future__ import annotations

import base64
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from tests.tools.plivo_world import APP, Phone, Stage, staged
from tests.tools.twilio_world import serve
from voicecall_sim.carriers.emulator import NoInterference, StreamOpening, StreamTreatment
from voicecall_sim.carriers.plivo.signature import NONCE_V3, V3, sign_v3
from voicecall_sim.sound.clip import from_linear
from voicecall_sim.sound.g711 import from_ulaw
from voicecall_sim.sound.sound import Speech, samples

MEDIA = "wss://media.example/media"


class Door:
    """The application's end of streams: what came over each, and what it says."""

    def __init__(self, now: Callable[[], float]) -> None:
        self.requests: list[web.Request] = []
        self.got: list[list[tuple[float, Any]]] = []
        self.refuses = 0
        self.socket: web.WebSocketResponse = None  # type: ignore[assignment]
        self._now = now

    async def handle(self, request: web.Request) -> web.StreamResponse:
        self.requests.append(request)
        if self.refuses:
            self.refuses -= 1
            return web.Response(status=403)
        self.socket = web.WebSocketResponse()
        await self.socket.prepare(request)
        self.got.append([])
        async for message in self.socket:
            assert message.type is aiohttp.WSMsgType.TEXT
            self.got[-1].append((self._now(), json.loads(message.data)))
        return self.socket

    def of(self, event: str) -> list[Any]:
        return [message for _, message in self.got[-1] if message["event"] == event]

    def at(self, event: str) -> list[float]:
        return [at for at, message in self.got[-1] if message["event"] == event]

    def heard(self, track: str = "inbound") -> bytes:
        return b"".join(
            base64.b64decode(m["media"]["payload"]) for m in self.of("media") if m["media"]["track"] == track
        )

    async def say(self, event: str, **more: Any) -> None:
        await self.socket.send_str(json.dumps({"event": event, **more}))

    async def play(self, payload: bytes, kind: str = "audio/x-mulaw", rate: Any = 8000) -> None:
        media = {"contentType": kind, "sampleRate": rate, "payload": base64.b64encode(payload).decode()}
        await self.say("playAudio", media=media)


@asynccontextmanager
async def door(stage: Stage) -> AsyncIterator[Door]:
    """At media.example."""
    host, there = stage.world.host("media"), Door(stage.now)
    stage.world.network.name("media.example", host)
    runner = await host.call(serve(there.handle, 443, 80))
    try:
        yield there
    finally:
        await host.call(runner.cleanup())


def stream(*, then: str = "", url: str = MEDIA, **attributes: str) -> str:
    """A document's inside with a stream."""
    given = {"bidirectional": "true", "keepCallAlive": "true", "contentType": "audio/x-mulaw;rate=8000"} | attributes
    written = " ".join(f'{name}="{value}"' for name, value in given.items())
    return f"<Stream {written}>\n  {url}\n</Stream>{then}"


async def streaming(stage: Stage, document: str) -> Phone:
    """Anna on the line with a stream."""
    anna = stage.phone()
    stage.app.answers["/answer"] = document
    await stage.place()
    await stage.wait(4)
    return anna


def voice(words: str) -> bytes:
    """Speech as µ-law."""
    speech = Speech(words)
    return speech.ulaw(0, samples(speech.duration))


@staged
async def test_a_stream_introduces_itself_and_is_fed(stage: Stage) -> None:
    async with door(stage) as media:
        anna = await streaming(stage, stream(extraHeaders="userId=1,plan=x", statusCallbackUrl=f"{APP}/stream"))
        anna.says("hello agent")
        anna.presses("5")
        await stage.wait(5)
        await media.socket.close()
        await stage.over()
        (start,) = media.of("start")
        told = start["start"]
        assert (start["sequenceNumber"], start["extra_headers"]) == (1, "userId=1;plan=x")
        assert told["callId"] == stage.call.uuid
        assert told["accountId"] == stage.account.auth_id
        assert told["tracks"] == ["inbound"]
        assert told["mediaFormat"] == {"encoding": "audio/x-mulaw", "sampleRate": 8000}
        first = media.of("media")[0]
        assert (first["media"]["chunk"], first["streamId"]) == (1, told["streamId"])
        assert isinstance(first["media"]["timestamp"], str)
        assert [message["sequenceNumber"] for _, message in media.got[0]] == list(range(1, len(media.got[0]) + 1))
        assert len(base64.b64decode(first["media"]["payload"])) == 160
        assert from_linear(from_ulaw(media.heard()).astype("<i2").tobytes(), 8000, "heard").text(10**9) == "hello agent"
        (key,) = media.of("dtmf")
        assert (key["dtmf"]["digit"], key["dtmf"]["track"]) == ("5", "inbound")
        assert media.of("stop") == []
        events = [one.params["Event"] for one in stage.app.at("/stream")]
        assert events == ["StartStream", "StopStream"]
        assert stage.ended() == ("completed", 4010, "End Of XML Instructions", "Plivo")


@staged
async def test_the_upgrade_is_signed_in_every_form(stage: Stage) -> None:
    async with door(stage) as media:
        await streaming(stage, stream(url=f"{MEDIA}?token=abc"))
        headers = media.requests[0].headers
        signatures = headers[V3].split(",")
        for url in (f"{MEDIA}?token=abc", "http://media.example/media?token=abc"):
            assert sign_v3(stage.account.auth_token, "GET", url, headers[NONCE_V3]) in signatures
        assert media.requests[0].query_string == "token=abc"
        assert stage.carrier.openings[0].two_way


@pytest.mark.parametrize("kind", ["audio/x-mulaw;rate=8000", "audio/x-l16;rate=8000", "audio/x-l16;rate=16000"])
@staged
async def test_what_is_played_and_heard_is_the_same_in_every_encoding(stage: Stage, kind: str) -> None:
    encoding, rate = kind.split(";rate=")
    async with door(stage) as media:
        anna = await streaming(stage, stream(contentType=kind))
        linear = from_ulaw(voice("good morning"))
        if encoding == "audio/x-mulaw":
            payload = voice("good morning")
        else:
            payload = linear.repeat(int(rate) // 8000).astype("<i2").tobytes()
        for at in range(0, len(payload), 1001):
            await media.play(payload[at : at + 1001], encoding, rate)
        anna.says("hello agent")
        await stage.wait(8)
        assert anna.words == ["good morning"]
        (start,) = media.of("start")
        assert start["start"]["mediaFormat"] == {"encoding": encoding, "sampleRate": int(rate)}
        size = {"audio/x-mulaw;rate=8000": 160, "audio/x-l16;rate=8000": 320, "audio/x-l16;rate=16000": 640}[kind]
        assert {len(base64.b64decode(one["media"]["payload"])) for one in media.of("media")} == {size}
        if encoding != "audio/x-mulaw":
            assert from_linear(media.heard(), int(rate), "heard").text(10**9) == "hello agent"


@staged
async def test_rest_knows_a_rate_that_xml_does_not(stage: Stage) -> None:
    kind = "audio/x-l16;rate=24000"
    async with door(stage) as media:
        anna = stage.phone()
        stage.app.answers["/answer"] = '<Wait length="60"/>'
        await stage.place()
        await stage.wait(4)
        wish: dict[str, Any] = {"service_url": MEDIA, "content_type": kind, "bidirectional": True}
        assert (await stage.rest("POST", f"Call/{stage.call.uuid}/Stream/", **wish))[0] == 201
        await stage.wait(1)
        linear = from_ulaw(voice("good morning"))
        await media.play(linear.repeat(3).astype("<i2").tobytes(), "audio/x-l16", "24000")
        anna.says("hello agent")
        await stage.wait(8)
        assert anna.words == ["good morning"]
        assert {len(base64.b64decode(one["media"]["payload"])) for one in media.of("media")} == {960}
        assert from_linear(media.heard(), 24_000, "heard").text(10**9) == "hello agent"
        assert (await stage.rest("DELETE", f"Call/{stage.call.uuid}/"))[0] == 204
    stage.app.answers["/answer"] = stream(contentType=kind)
    await stage.place()
    await stage.over()
    assert stage.ended()[1] == 8011


@staged
async def test_a_checkpoint_comes_when_all_before_it_was_played(stage: Stage) -> None:
    async with door(stage) as media:
        await streaming(stage, stream())
        await media.play(b"\x80" * 16_000)
        before = stage.now()
        await media.say("checkpoint", streamId="x", name="end")
        await stage.wait(5)
        (played,) = media.of("playedStream")
        assert played["name"] == "end"
        assert media.at("playedStream")[0] - before == pytest.approx(2.0, abs=0.1)


@staged
async def test_clear_audio_swallows_the_checkpoints(stage: Stage) -> None:
    async with door(stage) as media:
        anna = await streaming(stage, stream())
        await media.play(voice("this is far too long to be heard to its end"))
        await media.say("checkpoint", name="lost")
        await stage.wait(1)
        await media.say("clearAudio", streamId="x")
        await media.play(voice("short"))
        await media.say("checkpoint", name="kept")
        await stage.wait(6)
        assert [one["name"] for one in media.of("playedStream")] == ["kept"]
        assert len(media.of("clearedAudio")) == 1
        assert anna.words[-1] == "short"
        how = [(e.data["name"], e.data["how"]) for e in stage.written("stream") if e.data["event"] == "mark"]
        assert how == [("lost", "queued"), ("lost", "cleared"), ("kept", "queued"), ("kept", "played")]


@staged
async def test_keys_are_sent_and_nonsense_is_ignored(stage: Stage) -> None:
    async with door(stage) as media:
        anna = await streaming(stage, stream())
        for nonsense in ("no json", "[]", '{"event": "mark"}', '{"event": "playAudio"}', '{"event": "checkpoint"}'):
            await media.socket.send_str(nonsense)
        await media.play(b"\xff", "audio/ogg")
        await media.say("sendDTMF", dtmf="12#")
        await stage.wait(2)
        assert anna.keys == "12#"
        assert len([e for e in stage.written("debug") if "ignored" in e.data["message"]]) == 6


@staged
async def test_without_keep_call_alive_the_document_goes_on(stage: Stage) -> None:
    async with door(stage) as media:
        anna = await streaming(
            stage,
            stream(
                keepCallAlive="false",
                bidirectional="false",
                audioTrack="both",
                then='<Wait length="3"/><Speak>Beside.</Speak><Wait/>',
            ),
        )
        await stage.over()
        assert anna.words == ["Beside."]
        heard = from_linear(from_ulaw(media.heard("outbound")).astype("<i2").tobytes(), 8000, "heard")
        assert heard.text(10**9) == "Beside."
        assert media.of("start")[0]["start"]["tracks"] == ["inbound", "outbound"]
        assert stage.ended()[1] == 4010


@pytest.mark.parametrize("refuses", [2, 3])
@staged
async def test_three_attempts_and_then_the_document_goes_on(stage: Stage, refuses: int) -> None:
    async with door(stage) as media:
        media.refuses = refuses
        anna = await streaming(
            stage, stream(statusCallbackUrl=f"{APP}/stream", streamTimeout="20", then="<Speak>Next.</Speak>")
        )
        await stage.over()
        events = [one.params["Event"] for one in stage.app.at("/stream")]
        assert len(media.requests) == 3
        assert events == (["DroppedStream"] if refuses == 3 else ["StartStream", "StopStream"])
        assert anna.words == ["Next."]


@staged
async def test_streams_by_rest_one_a_call(stage: Stage) -> None:
    async with door(stage) as media:
        await streaming(stage, '<Wait length="600"/>')
        path = f"Call/{stage.call.uuid}/Stream/"
        status, told = await stage.rest("POST", path, service_url=MEDIA, content_type="audio/x-mulaw;rate=8000")
        assert (status, told["message"]) == (201, "audio streaming started")
        await stage.wait(2)
        assert (await stage.rest("POST", path, service_url=MEDIA))[0] == 400
        assert (await stage.rest("POST", path, service_url="https://x.example/"))[0] == 400
        _, listed = await stage.rest("GET", path)
        assert (listed["meta"]["count"], listed["objects"][0]["status"]) == (1, "started")
        _, shown = await stage.rest("GET", f"{path}{told['stream_id']}/")
        assert (shown["bidirectional"], shown["service_url"]) == (False, MEDIA)
        assert (await stage.rest("DELETE", f"{path}{told['stream_id']}/"))[0] == 204
        await stage.wait(1)
        assert media.socket.closed
        assert (await stage.rest("DELETE", f"{path}{told['stream_id']}/"))[0] == 404
        await stage.rest("DELETE", f"Call/{stage.call.uuid}/")


@staged
async def test_a_transfer_waits_for_the_stream_to_end(stage: Stage) -> None:
    async with door(stage) as media:
        anna = await streaming(stage, stream())
        stage.app.answers["/other"] = "<Speak>Elsewhere.</Speak>"
        await stage.rest("POST", f"Call/{stage.call.uuid}/", aleg_url=f"{APP}/other")
        await stage.wait(3)
        assert stage.app.at("/other") == []
        await media.socket.close()
        await stage.over()
        assert anna.words == ["Elsewhere."]


@staged
async def test_the_end_of_the_call_and_a_cut_end_the_stream(stage: Stage) -> None:
    async with door(stage) as media:
        anna = await streaming(stage, stream(then='<Wait length="2"/>'))
        assert stage.carrier.cut_streams() == 1
        await stage.over()
        assert [e.data["by"] for e in stage.written("stream") if e.data["event"] == "closed"] == ["network"]
        record = await stage.place()
        await stage.wait(4)
        anna.hangs_up()
        await stage.over()
        assert record.ending is not None
        closed = [e.data["by"] for e in stage.written("stream") if e.data["event"] == "closed"]
        assert closed == ["network", "carrier"]
        assert media.socket.close_code == 1000


class Losing(NoInterference):
    """Streams never get through."""

    def stream(self, opening: StreamOpening) -> StreamTreatment:
        return StreamTreatment(opening=opening, lost=True)


@staged
async def test_lost_openings_and_strangers(stage: Stage) -> None:
    async with door(stage) as media:
        stage.carrier.interference = Losing()
        await streaming(stage, stream())
        await stage.over()
        assert [e.data["event"] for e in stage.written("stream")] == ["failed"]
        (opening,) = stage.carrier.openings
        assert await stage.carrier_host.call(stage.carrier.open_again(stage.carrier.sign_stream(opening)))
        media.refuses = 1
        assert not await stage.carrier_host.call(stage.carrier.open_again(opening))
        assert [e.data["event"] for e in stage.written("stream")] == ["failed", "let in", "turned away"]


@staged
async def test_raw_audio_of_older_clients_is_linear(stage: Stage) -> None:
    async with door(stage) as media:
        anna = await streaming(stage, stream(contentType="audio/x-l16;rate=8000"))
        await media.play(from_ulaw(voice("good morning")).astype("<i2").tobytes(), "raw")
        await stage.wait(3)
        assert [text.strip() for text in anna.words] == ["good morning"]
