"""Media streams: what the application hears, what of its audio is heard, marks, clears, errors."""

from __future__ import annotations

import base64
import json
from typing import Any

import numpy as np
import pytest

from tests.tools.coded_audio import mp3
from tests.tools.telnyx_streams import MEDIA, linear, media_server, payload, streaming, words
from tests.tools.telnyx_world import Stage, staged
from voicecall_sim.carriers.telnyx.stream_codecs import Resampler, from_linear
from voicecall_sim.sound.clip import Clip
from voicecall_sim.sound.clip import from_linear as heard_linear
from voicecall_sim.sound.g711 import alaw_to_ulaw, from_ulaw, ulaw_to_alaw
from voicecall_sim.world.clock import SECOND


@staged
async def test_it_introduces_itself_and_sends_what_is_heard(stage: Stage) -> None:
    async with media_server(stage) as server:
        given = {"stream_auth_token": "s3cret", "custom_parameters": [{"name": "customer_id", "value": "c1"}]}
        leg, anna, media = await streaming(stage, server, stream_url=f"{MEDIA}?call_id=7", client_state="YQ==", **given)
        assert media.request.query["call_id"] == "7"
        assert media.request.headers["x-telnyx-streaming-auth-token"] == "s3cret"
        first, start = media.got[0][1], media.of("start")[0]
        assert first == {
            "event": "connected",
            "version": "1.0.0",
            "connected": {"x-telnyx-streaming-auth-token": "s3cret"},
        }
        assert start["sequence_number"] == "1"
        assert start["start"] == {
            "user_id": stage.account.user_id,
            "call_control_id": leg.id,
            "call_session_id": leg.session_id,
            "from": leg.from_,
            "to": leg.to,
            "client_state": "YQ==",
            "custom_parameters": {"customer_id": "c1"},
            "media_format": {"encoding": "PCMU", "sample_rate": 8000, "channels": 1},
        }
        anna.says("Hello there.")
        anna.presses("5")
        await stage.wait(2)
        frames = media.of("media")
        assert [int(frame["media"]["chunk"]) for frame in frames] == list(range(1, len(frames) + 1))
        assert [int(frame["media"]["timestamp"]) for frame in frames[:3]] == [20, 40, 60]
        numbers = [int(message["sequence_number"]) for _, message in media.got[1:]]
        assert numbers == list(range(1, len(numbers) + 1))
        assert {frame["stream_id"] for frame in frames} == {start["stream_id"]}
        assert {len(base64.b64decode(frame["media"]["payload"])) for frame in frames} == {160}
        assert Clip(media.heard(), "heard").text(9 * SECOND) == "Hello there."
        assert media.of("dtmf")[0]["dtmf"] == {"digit": "5"}
        await stage.act(leg, "hangup")
        await stage.over()
        assert media.of("stop")[0]["stop"] == {"user_id": stage.account.user_id, "call_control_id": leg.id}
        assert media.ended is not None
        # aiohttp's word for a close frame without a code, which others call 1005
        assert media.ended[1] == 0
    assert stage.events[-2:] == ["streaming.stopped", "call.hangup"]
    assert stage.of("streaming.started")[0]["stream_url"] == f"{MEDIA}?call_id=7"
    events = [entry.data["event"] for entry in stage.written("stream")]
    assert events == ["opened", "dtmf", "closed"]
    assert "s3cret" not in json.dumps([dict(entry.evidence) for entry in stage.written("stream")])


@pytest.mark.parametrize(
    ("codec", "name", "rate", "size"),
    [
        ("PCMA", "PCMA", 8000, 160),
        ("L16", "L16", 16_000, 640),
        ("AMR-WB", "PCMU", 8000, 160),
        ("default", "PCMU", 8000, 160),
    ],
)
@staged
async def test_what_the_application_gets_is_announced(
    stage: Stage, codec: str, name: str, rate: int, size: int
) -> None:
    async with media_server(stage) as server:
        _, anna, media = await streaming(stage, server, stream_codec=codec)
        announced = media.of("start")[0]["start"]["media_format"]
        assert announced == {"encoding": name, "sample_rate": rate, "channels": 1}
        anna.says("Do you hear me?")
        await stage.wait(2)
        frames = [base64.b64decode(message["media"]["payload"]) for message in media.of("media")]
        assert {len(frame) for frame in frames[1:]} == {size}
        audio = b"".join(frames)
        ulaw = {"PCMA": alaw_to_ulaw, "PCMU": bytes}.get(name)
        clip = heard_linear(audio, rate, "heard") if ulaw is None else Clip(ulaw(audio), "heard")
        assert clip.text(9 * SECOND).strip() == "Do you hear me?"


@pytest.mark.parametrize("track", ["outbound_track", "both_tracks"])
@staged
async def test_both_tracks_come_over_one_stream(stage: Stage, track: str) -> None:
    async with media_server(stage) as server:
        leg, anna, media = await streaming(stage, server, stream_track=track)
        await stage.act(leg, "speak", payload="From us.", voice="x")
        anna.says("From me.")
        await stage.wait(2)
        assert Clip(media.heard("outbound"), "heard").text(9 * SECOND) == "From us."
        heard = Clip(media.heard("inbound"), "heard").text(9 * SECOND)
        assert heard == ("From me." if track == "both_tracks" else "")


OUTGOING: list[tuple[dict[str, Any], Any]] = [
    ({}, words),
    ({"stream_bidirectional_codec": "PCMA"}, lambda text: ulaw_to_alaw(words(text))),
    ({"stream_bidirectional_codec": "L16"}, lambda text: from_ulaw(words(text)).astype("<i2").tobytes()),
    *(
        (
            {"stream_bidirectional_codec": "L16", "stream_bidirectional_sampling_rate": rate},
            lambda text, rate=rate: linear(text, rate),
        )
        for rate in (16_000, 22_050, 24_000, 48_000)
    ),
    ({"stream_bidirectional_target_legs": "self"}, words),
    ({"stream_codec": "L16", "stream_bidirectional_codec": "PCMA"}, lambda text: ulaw_to_alaw(words(text))),
]  # fmt: skip


@pytest.mark.parametrize(("given", "encode"), OUTGOING)
@staged
async def test_what_the_application_says_is_heard(stage: Stage, given: dict[str, Any], encode: Any) -> None:
    async with media_server(stage) as server:
        _, anna, media = await streaming(stage, server, **given)
        audio, piece = encode("It speaks clearly."), 1600
        for at in range(0, len(audio), piece):
            await media.say(payload(audio[at : at + piece]))
        await stage.wait(3)
        assert [text.strip() for text in anna.words] == ["It speaks clearly."]


@staged
async def test_marks_come_back_when_played_and_clear_returns_the_rest(stage: Stage) -> None:
    async with media_server(stage) as server:
        _, anna, media = await streaming(stage, server)
        await media.say({"event": "mark", "mark": {"name": "nothing"}})
        await media.say(payload(words("A first one. ")))
        await media.say({"event": "mark", "mark": {"name": "first"}})
        await media.say(payload(words("And a second one.")))
        await media.say({"event": "mark", "mark": {"name": "second"}, "stream_id": "x"})
        await stage.wait(1.2)
        assert [message["mark"]["name"] for message in media.of("mark")] == ["nothing", "first"]
        await media.say({"event": "clear"})
        await stage.wait(1)
        assert [message["mark"]["name"] for message in media.of("mark")] == ["nothing", "first", "second"]
        assert anna.words[-1].startswith("A first one. And a")
        assert "second" not in anna.words[-1]
        hows = [entry.data["how"] for entry in stage.written("stream") if entry.data["event"] == "mark"]
        assert hows == ["queued", "played", "queued", "queued", "played", "cleared"]


BAD: list[tuple[Any, int]] = [
    ("hello", 100003),
    ("[]", 100003),
    ({"event": "media"}, 100003),
    ({"event": "media", "media": {"payload": "%%"}}, 100004),
    ({"event": "start"}, 100003),
    (b"\x00", 100003),
]


@pytest.mark.parametrize(("message", "code"), BAD)
@staged
async def test_what_is_not_understood_gets_an_error_frame(stage: Stage, message: Any, code: int) -> None:
    async with media_server(stage) as server:
        leg, _, media = await streaming(stage, server)
        await media.say(message)
        await stage.wait(0.2)
        (error,) = media.of("error")
        assert error["payload"]["code"] == code
        assert "sequence_number" not in error
        assert leg.stream is not None


@staged
async def test_without_asking_for_rtp_only_files_are_heard(stage: Stage) -> None:
    async with media_server(stage) as server:
        _, anna, media = await streaming(stage, server, stream_bidirectional_mode=None)
        await media.say(payload(words("Raw audio.")))
        await media.say(payload(mp3("Too soon.")))
        await stage.wait(1.5)
        assert media.of("error")[0]["payload"]["code"] == 100005
        assert anna.words == []
        await media.say(payload(mp3("A whole file.")))
        await media.say({"event": "mark", "mark": {"name": "file"}})
        await stage.wait(0.5)
        assert media.of("mark") == []
        await stage.wait(1)
        assert len(media.of("mark")) == 1
        assert [text.strip() for text in anna.words] == ["A whole file."]


def test_the_byte_order_can_be_the_other_one() -> None:
    audio = from_ulaw(words("x")).astype(">i2").tobytes()
    assert from_linear(8000, little_endian=False)(audio) == words("x")
    assert from_linear(8000, little_endian=True)(audio) != words("x")


@pytest.mark.parametrize(("source", "target"), [(8000, 16_000), (16_000, 8000), (22_050, 8000), (48_000, 8000)])
def test_pieces_are_resampled_as_the_whole_is(source: int, target: int) -> None:
    wave = (8000 * np.sin(2 * np.pi * 440 * np.arange(source) / source)).astype(np.int16)
    whole = Resampler(source, target).feed(wave)
    pieces = Resampler(source, target)
    sizes = [1, 7, 160, 333]
    made, at = [], 0
    while at < len(wave):
        made.append(pieces.feed(wave[at : at + sizes[len(made) % 4]]))
        at += sizes[(len(made) - 1) % 4]
    assert np.array_equal(np.concatenate(made), whole)
    assert abs(len(whole) - target) <= 1
    assert 7500 < np.abs(whole).max() < 8500
