"""What a leg hears: speak and playback, their queue, keys, recordings."""

from __future__ import annotations

import base64
import io
import wave
from typing import Any

import aiohttp
import pytest

from tests.tools.telnyx_world import APP, Stage, staged
from voicecall_sim.carriers.telnyx.recording import wav_file
from voicecall_sim.sound.clip import from_wav
from voicecall_sim.sound.sound import Speech, Wordless
from voicecall_sim.world.clock import SECOND

VOICE = "AWS.Polly.Joanna"


def speech_file(words: str) -> bytes:
    speech = Speech(words)
    audio = speech.ulaw(0, speech.duration // 125)
    return wav_file(audio, audio, "single", "inbound")


@staged
async def test_what_is_spoken_is_heard_and_told(stage: Stage) -> None:
    leg, anna = await stage.answered()
    await stage.act(leg, "speak", payload="Hello Anna.", voice=VOICE)
    await stage.wait(3)
    assert anna.words == ["Hello Anna."]
    (began,), (ended,) = stage.of("call.speak.started"), stage.of("call.speak.ended")
    assert began["speak_id"] == ended["speak_id"]
    assert ended["status"] == "completed"
    assert not {"from", "to", "start_time"} & ended.keys()


@staged
async def test_commands_queue_and_stop_says_how(stage: Stage) -> None:
    leg, anna = await stage.answered()
    await stage.act(leg, "speak", payload="A first sentence of some length.", voice=VOICE)
    await stage.act(leg, "speak", payload="Second.", voice=VOICE)
    await stage.wait(0.5)
    await stage.act(leg, "speak", payload="Third.", voice=VOICE, stop="current")
    await stage.wait(5)
    assert len(anna.words) == 3
    assert anna.words[0].endswith("▯")
    assert anna.words[1:] == ["Second.", "Third."]
    await stage.act(leg, "speak", payload="Again. ", voice=VOICE, loop="infinity")
    await stage.act(leg, "speak", payload="Never.", voice=VOICE)
    await stage.wait(2)
    await stage.act(leg, "playback_stop")
    await stage.wait(2)
    assert "Never." not in anna.words
    assert anna.end.playing is None


@staged
async def test_a_call_that_ends_in_the_middle_tells_so(stage: Stage) -> None:
    leg, anna = await stage.answered()
    await stage.act(leg, "speak", payload="A sentence of some length.", voice=VOICE)
    await stage.wait(0.5)
    anna.hangs_up()
    await stage.over()
    assert stage.of("call.speak.ended")[0]["status"] == "call_hangup"
    assert stage.of("call.hangup")[0]["hangup_source"] == "callee"


@staged
async def test_ssml_is_heard_without_its_marks(stage: Stage) -> None:
    leg, anna = await stage.answered()
    ssml = '<speak>One <break time="1s"/><emphasis>two</emphasis> three</speak>'
    await stage.act(leg, "speak", payload=ssml, payload_type="ssml", voice=VOICE)
    await stage.wait(4)
    assert anna.words == ["One", "two", "three"]
    assert await stage.refused(leg, "speak", payload="<speak>", payload_type="ssml", voice=VOICE) == (422, "90010")


@staged
async def test_a_file_is_fetched_and_played(stage: Stage) -> None:
    leg, anna = await stage.answered()
    stage.app.files["/a.wav"] = speech_file("From a file.")
    await stage.act(leg, "playback_start", audio_url=f"{APP}/a.wav")
    await stage.wait(3)
    assert anna.words == ["From a file."]
    (ended,) = stage.of("call.playback.ended")
    assert (ended["status"], ended["media_url"], ended["overlay"]) == ("completed", f"{APP}/a.wav", False)


PLAYBACKS: list[tuple[dict[str, Any], str]] = [
    ({"media_name": "known"}, "completed"),
    ({"media_name": "unknown"}, "file_not_found"),
    ({"audio_url": "https://nowhere.example/x.mp3"}, "file_not_found"),
    ({"playback_content": base64.b64encode(b"ID3" + bytes(16_000)).decode()}, "completed"),
    ({"playback_content": base64.b64encode(b"nothing").decode()}, "failed"),
]


@pytest.mark.parametrize(("given", "status"), PLAYBACKS)
@staged
async def test_how_playbacks_end(stage: Stage, given: dict[str, Any], status: str) -> None:
    leg, _ = await stage.answered()
    stage.account.media["known"] = Wordless("music", SECOND)
    await stage.act(leg, "playback_start", **given)
    await stage.wait(3)
    (ended,) = stage.of("call.playback.ended")
    assert ended["status"] == status
    assert ("status_detail" in ended) is (status != "completed")


@staged
async def test_a_playback_without_a_file_is_refused(stage: Stage) -> None:
    leg, _ = await stage.answered()
    assert await stage.refused(leg, "playback_start") == (422, "10004")
    assert await stage.refused(leg, "speak", payload="x", voice=VOICE, loop=0) == (422, "90009")


@staged
async def test_keys_are_pressed_with_waits(stage: Stage) -> None:
    leg, anna = await stage.answered()
    await stage.act(leg, "send_dtmf", digits="1W2w#")
    await stage.wait(1)
    assert anna.keys == "1"
    await stage.wait(2)
    assert anna.keys == "12#"
    assert await stage.refused(leg, "send_dtmf", digits="x") == (422, "90014")


@staged
async def test_digits_after_the_comma_are_pressed_on_the_answer(stage: Stage) -> None:
    anna = stage.phone()
    leg = await stage.dial(to="+12125550123,42#")
    await stage.wait(6)
    assert anna.keys == "42#"
    assert leg.to == "+12125550123"


async def fetched(url: str) -> bytes:
    """The file at a link, without the key."""
    async with aiohttp.ClientSession() as client, client.get(url) as got:
        return await got.read() if got.status == 200 else b""


@staged
async def test_a_recording_has_both_sides_and_its_link_ends(stage: Stage) -> None:
    leg, anna = await stage.answered()
    await stage.act(leg, "record_start", format="wav", channels="dual")
    await stage.act(leg, "speak", payload="From us.", voice=VOICE)
    await stage.wait(2)
    anna.says("From Anna.")
    await stage.wait(2)
    await stage.act(leg, "hangup")
    await stage.wait(2)
    (saved,) = stage.of("call.recording.saved")
    assert (saved["channels"], saved["format"], saved["public_recording_urls"]) == ("dual", "wav", {})
    assert not {"from", "to", "direction"} & saved.keys()
    file = await fetched(saved["recording_urls"]["wav"])
    with wave.open(io.BytesIO(file)) as reader:
        assert reader.getnchannels() == 2
        assert 3.9 < reader.getnframes() / reader.getframerate() < 4.2
    text = from_wav(file, "mixed").text(10 * SECOND)
    assert "From us." in text
    assert "From Anna." in text
    listed = (await stage.ask("GET", "/recordings"))[1]["data"]
    assert [one["id"] for one in listed] == [saved["recording_id"]]
    assert 3900 < listed[0]["duration_millis"] < 4200
    await stage.wait(601)
    assert await fetched(saved["recording_urls"]["wav"]) == b""
    assert (await stage.ask("DELETE", f"/recordings/{saved['recording_id']}"))[0] == 200
    assert (await stage.ask("GET", f"/recordings/{saved['recording_id']}"))[0] == 404


@staged
async def test_a_recording_from_the_answer_is_announced_and_can_be_paused(stage: Stage) -> None:
    anna = stage.phone()
    leg = await stage.dial(record="record-from-answer", record_format="wav", record_channels="single")
    assert leg.promised_recording is not None
    await stage.wait(4)
    await stage.act(leg, "record_pause")
    anna.says("A secret.")
    await stage.wait(2)
    await stage.act(leg, "record_resume")
    anna.says("No secret.")
    await stage.wait(2)
    await stage.act(leg, "record_stop", recording_id=leg.promised_recording)
    await stage.wait(2)
    (saved,) = stage.of("call.recording.saved")
    file = stage.account.recordings[saved["recording_id"]].file
    assert from_wav(file, "recording").text(10 * SECOND).strip() == "No secret."
    assert await stage.refused(leg, "record_stop", recording_id="other") == (404, "10005")


@staged
async def test_a_recording_without_the_silence_around_it(stage: Stage) -> None:
    leg, anna = await stage.answered()
    await stage.act(leg, "record_start", format="wav", channels="single", trim="trim-silence")
    await stage.wait(3)
    playing = anna.says("In the middle.")
    await stage.wait(6)
    await stage.act(leg, "record_stop")
    await stage.wait(2)
    (recording,) = stage.account.recordings.values()
    assert 0 <= recording.duration_millis - playing.sound.duration // 1000 <= 200
    assert from_wav(recording.file, "recording").text(10 * SECOND).strip() == "In the middle."


@staged
async def test_explicit_digits_count_more_than_those_after_the_comma(stage: Stage) -> None:
    anna = stage.phone()
    await stage.dial(to="+12125550123,42#", send_digits_on_answer="7")
    await stage.wait(6)
    assert anna.keys == "7"


@staged
async def test_an_mp3_recording_is_silent_and_as_long(stage: Stage) -> None:
    leg, _ = await stage.answered()
    await stage.act(leg, "record_start", format="mp3", channels="dual", max_length=5)
    await stage.wait(10)
    (recording,) = stage.account.recordings.values()
    assert recording.duration_millis == 5000
    assert recording.file[:2] == b"\xff\xfb"
    assert abs(len(recording.file) / 417 * 26.122 - 5000) < 30
