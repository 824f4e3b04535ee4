"""Every codec of media streams, both ways: a person hears what the application coded, and is understood by it."""

from __future__ import annotations

import base64
import importlib.util
from collections.abc import Sequence
from typing import Any

import pytest

from tests.tools.coded_audio import mp3, packets, read_packets
from tests.tools.telnyx_streams import media_server, payload, streaming
from tests.tools.telnyx_world import Stage, staged
from voicecall_sim.carriers.telnyx.stream_codecs import encoding
from voicecall_sim.sound import codecs
from voicecall_sim.sound.sound import Speech

SAID = "It speaks clearly: größer."

OUTGOING: dict[str, tuple[dict[str, Any], Sequence[bytes]]] = {
    "G722": ({"stream_bidirectional_codec": "G722"}, packets(SAID, "g722", 16_000)),
    **{
        f"OPUS at {rate}": (
            {"stream_bidirectional_codec": "OPUS", "stream_bidirectional_sampling_rate": rate},
            packets(SAID, "libopus", rate, application="audio"),
        )
        for rate in (8000, 16_000, 24_000, 48_000)
    },
    "G722, and OPUS the other way": (
        {"stream_codec": "OPUS", "stream_bidirectional_codec": "G722"},
        packets(SAID, "g722", 16_000),
    ),
    **{
        f"mp3 at {rate}, {layout}": ({"stream_bidirectional_mode": "mp3"}, [mp3(SAID, rate, layout)])
        for rate, layout in ((8000, "mono"), (22_050, "mono"), (44_100, "stereo"))
    },
}


@pytest.mark.parametrize("how", OUTGOING)
@staged
async def test_what_the_application_coded_is_heard(stage: Stage, how: str) -> None:
    given, coded = OUTGOING[how]
    async with media_server(stage) as server:
        _, anna, media = await streaming(stage, server, **given)
        for packet in coded:
            await media.say(payload(packet))
        await stage.wait(4)
        assert media.of("error") == []
        assert [text.strip() for text in anna.words] == [SAID]
        anna.hangs_up()
    assert stage.written("debug") == []


INCOMING = {"G722": ("g722", 16_000, 8000), "OPUS": ("libopus", 48_000, 16_000)}
"""What decodes a codec, the rate of what it makes, and the one that is announced."""


@pytest.mark.parametrize("codec", INCOMING)
@staged
async def test_the_person_is_understood(stage: Stage, codec: str) -> None:
    decoder, made, announced = INCOMING[codec]
    async with media_server(stage) as server:
        leg, anna, media = await streaming(stage, server, stream_codec=codec, stream_track="both_tracks")
        media_format = {"encoding": codec, "sample_rate": announced, "channels": 1}
        assert media.of("start")[0]["start"]["media_format"] == media_format
        anna.says("Do you hear me?")
        await stage.act(leg, "speak", payload="I do, yes.", voice="x")
        await stage.wait(3)
        for track, said in (("inbound", "Do you hear me?"), ("outbound", "I do, yes.")):
            told = [message["media"] for message in media.of("media") if message["media"]["track"] == track]
            coded = [base64.b64decode(one["payload"]) for one in told]
            assert all(coded)
            assert read_packets(coded, decoder, made) == said
        anna.hangs_up()


def test_g722_takes_eight_bytes_a_millisecond() -> None:
    code = encoding("G722", "PCMU", little_endian=True).encode
    assert {len(code(b"\xff" * 160)) for _ in range(10)} == {160}


@pytest.mark.parametrize("codec", ["G722", "OPUS"])
def test_the_same_audio_makes_the_same_bytes(codec: str) -> None:
    audio = Speech("Once and again.").ulaw(0, 4800)

    def coded() -> list[bytes]:
        code = encoding(codec, "PCMU", little_endian=True).encode
        return [code(audio[at : at + 160]) for at in range(0, len(audio), 160)]

    assert coded() == coded()


@pytest.mark.parametrize(
    ("given", "junk"),
    [
        ({"stream_bidirectional_codec": "OPUS"}, b"\xff" * 3),
        ({"stream_bidirectional_mode": "mp3"}, b"ID3" + bytes(16_000)),
    ],
)
@staged
async def test_what_cannot_be_decoded_is_invalid_media(stage: Stage, given: dict[str, Any], junk: bytes) -> None:
    async with media_server(stage) as server:
        _, anna, media = await streaming(stage, server, **given)
        await media.say(payload(junk))
        await stage.wait(2)
        assert [error["payload"]["code"] for error in media.of("error")] == [100004]
        assert anna.words == []
        assert media.ended is None


@staged
async def test_without_the_package_the_journal_names_the_remedy(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    codecs.available.cache_clear()
    try:
        async with media_server(stage) as server:
            _, anna, media = await streaming(stage, server, stream_codec="G722", stream_bidirectional_codec="OPUS")
            assert media.of("start")[0]["start"]["media_format"]["encoding"] == "PCMU"
            await media.say(payload(b"\xff" * 160))
            await stage.wait(1)
            assert anna.words == []
    finally:
        codecs.available.cache_clear()
    towards, back = (entry.data["message"] for entry in stage.written("debug"))
    assert towards == "G722 needs the package av: pip install 'voicecall[codecs]': the stream is PCMU"
    assert back.startswith("OPUS needs the package av: pip install 'voicecall[codecs]'")


def test_a_codec_without_the_package_is_an_error_with_the_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "av", None)
    with pytest.raises(codecs.NoCodecs, match=r"pip install 'voicecall\[codecs\]'"):
        codecs.Encoder("G722")
