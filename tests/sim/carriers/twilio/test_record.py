"""Record, and recordings that REST starts and steers."""

from __future__ import annotations

import pytest

from tests.tools.twilio_world import APP, Phone, Stage, staged
from voicecall_sim.carriers.twilio.account import Callback, RecordingWish


def talk(stage: Stage, document: str) -> Phone:
    anna = stage.phone(answers_after=1.0)
    stage.app.answers |= {"/voice": document, "/done": "<Say>Thanks.</Say>"}
    stage.place()
    return anna


ENDINGS = [("3", "3"), ("#", "#"), ("", "")]


@pytest.mark.parametrize(("key", "told"), ENDINGS)
@staged
async def test_a_message_ends_by_a_key_or_by_silence(stage: Stage, key: str, told: str) -> None:
    anna = talk(stage, '<Record action="/done" timeout="4"/>')
    await stage.wait(2.5)
    # 100 characters: six seconds
    playing = anna.says("x" * 100)
    await playing.done.wait()
    anna.presses(key)
    await stage.over()
    (request,) = stage.app.at("/done")
    (recording,) = stage.carrier.account.recordings.values()
    assert request.params["Digits"] == told
    assert request.params["RecordingSid"] == recording.sid
    assert request.params["RecordingUrl"] == (
        f"https://api.twilio.com/2010-04-01/Accounts/{recording.account_sid}/Recordings/{recording.sid}"
    )
    assert request.params["RecordingDuration"] == "6"
    assert anna.sounds[0][1] == "beep"
    assert anna.words == ["Thanks."]
    assert (recording.source, recording.status) == ("RecordVerb", "completed")


@staged
async def test_an_empty_recording_goes_on_with_the_next_verb(stage: Stage) -> None:
    anna = talk(stage, '<Record action="/done" timeout="3" playBeep="false"/><Say>Nothing.</Say>')
    await stage.over()
    assert stage.app.at("/done") == []
    assert anna.words == ["Nothing."]
    assert all(name != "beep" for _, name in anna.sounds)
    (recording,) = stage.carrier.account.recordings.values()
    assert recording.status == "absent"


@staged
async def test_a_message_ends_at_its_greatest_length(stage: Stage) -> None:
    anna = talk(stage, '<Record action="/done" maxLength="5"/>')
    await stage.wait(2.5)
    anna.says("x" * 300)
    await stage.over()
    assert stage.app.at("/done")[0].params["Digits"] == ""
    assert int(stage.app.at("/done")[0].params["RecordingDuration"]) == 4


@staged
async def test_a_hang_up_still_tells_the_action(stage: Stage) -> None:
    anna = talk(stage, '<Record action="/done"/>')
    await stage.wait(2.5)
    anna.says("x" * 200)
    await stage.wait(3)
    anna.hangs_up()
    assert await stage.ended() == ("normal", "anna")
    (request,) = stage.app.at("/done")
    assert request.params["Digits"] == "hangup"
    assert request.params["CallStatus"] == "completed"
    assert request.params["RecordingDuration"] == "3"
    assert anna.words == []


@staged
async def test_a_redirect_interrupts_it_without_the_action(stage: Stage) -> None:
    anna = talk(stage, '<Record action="/done"/>')
    stage.app.answers["/new"] = "<Say>New</Say>"
    await stage.wait(3)
    anna.says("x" * 200)
    await stage.wait(1)
    stage.carrier.exchange.redirect(stage.call.sid, Callback(url=f"{APP}/new"))
    await stage.over()
    assert stage.app.at("/done") == []
    assert anna.words == ["New"]


@staged
async def test_keys_that_do_not_finish_do_not(stage: Stage) -> None:
    anna = talk(stage, '<Record action="/done" finishOnKey="#" timeout="2"/>')
    await stage.wait(2.5)
    anna.says("Hello hello")
    anna.presses("12#")
    await stage.over()
    assert stage.app.at("/done")[0].params["Digits"] == "#"


@staged
async def test_the_recording_s_own_callback(stage: Stage) -> None:
    anna = talk(
        stage,
        '<Record action="/done" timeout="2" recordingStatusCallback="/rec"'
        ' recordingStatusCallbackEvent="in-progress completed absent"/>',
    )
    await stage.wait(2.5)
    anna.says("Hello hello")
    await stage.over()
    assert [r.params["RecordingStatus"] for r in stage.app.at("/rec")] == ["in-progress", "completed"]


@staged
async def test_without_trimming_the_silence_counts(stage: Stage) -> None:
    anna = talk(stage, '<Record action="/done" timeout="5" trim="do-not-trim"/>')
    await stage.wait(2.5)
    playing = anna.says("x" * 50)
    await playing.done.wait()
    await stage.over()
    assert int(stage.app.at("/done")[0].params["RecordingDuration"]) > 7


STEERED = [("skip", 6), ("silence", 9)]


@pytest.mark.parametrize(("behavior", "duration"), STEERED)
@staged
async def test_rest_starts_pauses_resumes_and_stops(stage: Stage, behavior: str, duration: int) -> None:
    talk(stage, '<Pause length="30"/>')
    exchange = stage.carrier.exchange
    await stage.wait(2)
    wish = RecordingWish(source="StartCallRecordingAPI", callback=Callback(url=f"{APP}/rec"))
    recording = exchange.record(stage.call.sid, wish)
    assert recording.status == "in-progress"
    await stage.wait(4)
    exchange.steer_recording(recording.sid, "paused", behavior)
    assert recording.status == "paused"
    await stage.wait(3)
    exchange.steer_recording(recording.sid, "in-progress", behavior)
    await stage.wait(2)
    exchange.steer_recording(recording.sid, "stopped", behavior)
    assert (recording.status, recording.duration) == ("stopped", duration)
    await stage.wait(3)
    assert recording.status == "completed"
    (told,) = stage.app.at("/rec")
    assert told.params["RecordingSource"] == "StartCallRecordingAPI"
    assert told.params["RecordingTrack"] == "both"
    await stage.over()


@staged
async def test_the_end_of_the_call_ends_the_recording(stage: Stage) -> None:
    anna = talk(stage, '<Pause length="30"/>')
    await stage.wait(2)
    recording = stage.carrier.exchange.record(stage.call.sid, RecordingWish())
    await stage.wait(5)
    anna.hangs_up()
    await stage.over()
    assert (recording.status, recording.duration) == ("completed", 5)


@staged
async def test_transcription_is_said_not_to_come(stage: Stage) -> None:
    talk(stage, '<Record transcribe="true" timeout="1"/>')
    await stage.over()
    assert stage.codes == [0]
