"""A two-way stream: what the application hears, what of its audio is played, marks and clears."""

from __future__ import annotations

import base64
import itertools
from typing import Any

import pytest

from tests.tools.stream_server import MediaServer, MediaSocket, connecting, media_server
from tests.tools.twilio_world import Phone, Stage, staged
from voicecall_sim.world.clock import SECOND

TONE = bytes(0x10 + at % 8 for at in range(800))
"""A tenth of a second of something audible."""
AFTER = "<Say>After</Say>"


async def streaming(stage: Stage, server: MediaServer, **attributes: str) -> tuple[Phone, MediaSocket]:
    """A call at 4 s whose stream has begun."""
    anna = stage.phone()
    stage.app.answers.setdefault("/voice", connecting('<Parameter name="k" value="v"/>', then=AFTER, **attributes))
    stage.place()
    await stage.wait(4)
    return anna, server.socket


def happened(stage: Stage) -> list[tuple[Any, ...]]:
    """The stream's entries: the event with what is particular to it."""
    keys = ("event", "name", "how", "digit", "by", "reason", "status", "code")
    return [tuple(entry.data[key] for key in keys if key in entry.data) for entry in stage.written("stream")]


@staged
async def test_audio_comes_every_20_ms_from_the_start_on(stage: Stage) -> None:
    async with media_server(stage) as server:
        anna, media = await streaming(stage, server)
        assert [message["event"] for _, message in media.got[:3]] == ["connected", "start", "media"]
        start = media.of("start")[0]
        assert start["start"]["customParameters"] == {"k": "v"}
        assert start["start"]["tracks"] == ["inbound"]
        assert start["start"]["callSid"] == stage.call.sid
        frames, times = [message["media"] for message in media.of("media")], media.at("media")
        assert [int(message["sequenceNumber"]) for _, message in media.got[1:]] == list(range(1, len(media.got)))
        assert [int(frame["chunk"]) for frame in frames] == list(range(1, len(frames) + 1))
        first = int(frames[0]["timestamp"])
        assert 100 <= first <= 170
        assert [int(frame["timestamp"]) for frame in frames] == [first + 20 * n for n in range(len(frames))]
        assert {round((later - sooner) * 1e6) for sooner, later in itertools.pairwise(times)} == {20_000}
        assert {frame["track"] for frame in frames} == {"inbound"}
        assert set(media.heard()) == {0xFF}
        assert {len(base64.b64decode(frame["payload"])) for frame in frames} == {160}
        anna.says("Hello.")
        await stage.wait(1)
        assert set(media.heard()) != {0xFF}


@staged
async def test_the_first_timestamp_is_drawn(stage: Stage) -> None:
    async with media_server(stage) as server:
        stage.phone()
        stage.app.answers["/voice"] = [connecting(action="/voice")]
        stage.place()
        await stage.wait(3)
        for _ in range(12):
            await stage.wait(1)
            await server.socket.socket.close()
        await stage.wait(1)
        firsts = {int(media.of("media")[0]["media"]["timestamp"]) for media in server.sockets}
        assert len(firsts) > 5
        assert all(100 <= first <= 170 for first in firsts)


@staged
async def test_keys_are_told_one_by_one(stage: Stage) -> None:
    async with media_server(stage) as server:
        anna, media = await streaming(stage, server)
        anna.presses("1#")
        await stage.wait(1)
        assert [message["dtmf"] for message in media.of("dtmf")] == [
            {"track": "inbound_track", "digit": "1"},
            {"track": "inbound_track", "digit": "#"},
        ]
    assert [entry for entry in happened(stage) if entry[0] == "dtmf"] == [("dtmf", "1"), ("dtmf", "#")]


@staged
async def test_what_the_application_says_is_played_in_real_time_and_marked(stage: Stage) -> None:
    async with media_server(stage) as server:
        anna, media = await streaming(stage, server)
        await media.mark("empty")
        await media.media(TONE * 10)
        await media.mark("one")
        for at in range(0, 800, 7):
            await media.media(TONE[at : at + 7])
        await media.mark("two")
        await media.mark("three")
        await media.media(b"")
        await stage.wait(2)
        assert [message["mark"]["name"] for message in media.of("mark")] == ["empty", "one", "two", "three"]
        # 5 ms there, and 5 ms back
        assert media.at("mark") == pytest.approx([4.01, 5.01, 5.11, 5.11])
        assert [name for _, name in anna.sounds] == ["speech"]
        await media.socket.close()
        await stage.over()
    assert [entry[1:] for entry in happened(stage) if entry[0] == "mark"] == [
        ("empty", "queued"),
        ("empty", "played"),
        ("one", "queued"),
        ("two", "queued"),
        ("three", "queued"),
        ("one", "played"),
        ("two", "played"),
        ("three", "played"),
    ]
    closed = stage.written("stream")[-1].data
    assert (closed["queued"], closed["played"], closed["discarded"]) == (1_100_000, 1_100_000, 0)
    assert anna.words[-1] == "After"


@staged
async def test_a_clear_empties_the_buffer_and_returns_the_marks(stage: Stage) -> None:
    async with media_server(stage) as server:
        _, media = await streaming(stage, server)
        await media.media(TONE * 5)
        await media.mark("a")
        await media.media(TONE * 5)
        await media.mark("b")
        await media.mark("c")
        await stage.wait(0.7)
        await media.clear()
        await stage.wait(1)
        assert [(round(at, 3), message["mark"]["name"]) for at, message in media.got if message["event"] == "mark"] == [
            (4.51, "a"),
            (4.71, "b"),
            (4.71, "c"),
        ]
        await media.media(TONE)
        await media.clear()
        await media.socket.close()
        await stage.over()
    told = [entry for entry in stage.written("stream") if entry.data["event"] in ("cleared", "closed")]
    sums = [(entry.data["queued"], entry.data["played"], entry.data["discarded"]) for entry in told]
    assert sums == [(1_000_000, 700_000, 300_000), (1_100_000, 700_000, 400_000), (1_100_000, 700_000, 400_000)]
    assert [entry[2] for entry in happened(stage) if entry[0] == "mark"][-2:] == ["cleared", "cleared"]


@staged
async def test_more_than_ten_minutes_are_discarded_and_told_once(stage: Stage) -> None:
    async with media_server(stage) as server:
        _, media = await streaming(stage, server)
        for _ in range(12):
            await media.media(b"\x10" * 8000 * 60)
        await stage.wait(1)
        await media.socket.close()
        await stage.over()
    assert stage.codes == [31931]
    assert stage.written("stream")[-1].data["queued"] == 600 * SECOND


BAD: dict[str, Any] = {
    "not JSON": "hello",
    "a list": "[]",
    "unknown": {"event": "hangup", "streamSid": "SID"},
    "no stream": {"event": "clear"},
    "another stream": {"event": "clear", "streamSid": "MZ" + "0" * 32},
    "a field more": {"event": "clear", "streamSid": "SID", "x": 1},
    "a mark without name": {"event": "mark", "streamSid": "SID", "mark": {}},
    "media with a track": {"event": "media", "streamSid": "SID", "media": {"payload": "//8=", "track": "outbound"}},
    "media without payload": {"event": "media", "streamSid": "SID", "media": {}},
    "media that is no base64": {"event": "media", "streamSid": "SID", "media": {"payload": "%%"}},
}


@pytest.mark.parametrize("kind", BAD)
@staged
async def test_a_bad_message_is_ignored_and_told_once(stage: Stage, kind: str) -> None:
    async with media_server(stage) as server:
        anna, media = await streaming(stage, server)
        message = BAD[kind]
        if isinstance(message, dict) and message.get("streamSid") == "SID":
            message = {**message, "streamSid": media.sid}
        await media.say(message)
        await media.say(message)
        await media.mark("still")
        await stage.wait(1)
        assert [told["mark"]["name"] for told in media.of("mark")] == ["still"]
        assert anna.gone is None
        assert anna.sounds == []
    assert stage.codes == [31951]
    assert stage.written("debug")[0].data["level"] == "warning"


@staged
async def test_binary_messages_cannot_be_decoded(stage: Stage) -> None:
    async with media_server(stage) as server:
        anna, media = await streaming(stage, server)
        await media.say(b"\x10" * 160)
        await media.say(b"\x10" * 160)
        await media.say("x")
        await media.mark("still")
        await stage.wait(1)
        assert [told["mark"]["name"] for told in media.of("mark")] == ["still"]
        assert anna.sounds == []
    assert stage.codes == [31950, 31951]
