"""The elements as performed: input, files, keys, recordings, dialling."""

from __future__ import annotations

from typing import Any

import pytest

from tests.tools.plivo_world import APP, BOB, Answer, Phone, Stage, staged
from voicecall_sim.sound.sound import Speech
from voicecall_sim.sound.tones import BEEP
from voicecall_sim.telephony.signals import Cause

INPUT = (
    f'<GetInput action="{APP}/input" inputType="dtmf speech" executionTimeout="10"><Speak>Who is it?</Speak></GetInput>'
)
DIGITS = (
    f'<GetDigits action="{APP}/input" numDigits="3" retries="2" validDigits="123"><Speak>Digits.</Speak></GetDigits>'
)


@staged
async def test_speech_is_told_and_its_document_takes_over(stage: Stage) -> None:
    anna = stage.phone()
    stage.app.answers["/answer"] = INPUT + "<Speak>Nobody.</Speak>"
    stage.app.answers["/input"] = "<Speak>Hello Anna.</Speak>"
    await stage.place()
    await stage.wait(5)
    anna.says("it is Anna")
    await stage.over()
    (told,) = stage.app.at("/input")
    assert (told.params["InputType"], told.params["Speech"], told.params["Digits"]) == ("speech", "it is Anna", "")
    assert 0 < float(told.params["SpeechConfidenceScore"]) <= 1
    assert told.params["CallStatus"] == "in-progress"
    assert anna.words[-1] == "Hello Anna."
    assert "Nobody." not in anna.words


@staged
async def test_keys_interrupt_the_prompt_and_the_finish_key_is_not_told(stage: Stage) -> None:
    anna = stage.phone()
    stage.app.answers["/answer"] = INPUT
    stage.app.answers["/input"] = "<Hangup/>"
    await stage.place()
    await stage.wait(2.6)
    anna.presses("42#")
    await stage.over()
    (told,) = stage.app.at("/input")
    assert (told.params["InputType"], told.params["Digits"], told.params["Speech"]) == ("dtmf", "42", "")
    assert anna.words[0] != "Who is it?"


@staged
async def test_without_input_the_document_goes_on(stage: Stage) -> None:
    anna = stage.phone()
    stage.app.answers["/answer"] = INPUT + "<Speak>Nobody.</Speak>"
    await stage.place()
    await stage.over()
    assert stage.app.at("/input") == []
    assert anna.words == ["Who is it?", "Nobody."]


@staged
async def test_get_digits_tries_again_and_counts_an_invalid_key(stage: Stage) -> None:
    anna = stage.phone()
    stage.app.answers["/answer"] = DIGITS
    stage.app.answers["/input"] = "<Hangup/>"
    await stage.place()
    await stage.wait(4)
    anna.presses("9")
    await stage.wait(3)
    anna.presses("123")
    await stage.over()
    (told,) = stage.app.at("/input")
    assert told.params["Digits"] == "123"
    assert "Speech" not in told.params


@staged
async def test_interim_results_are_numbered(stage: Stage) -> None:
    anna = stage.phone()
    wish = 'inputType="speech" interimSpeechResultsCallback="https://app.example/interim"'
    stage.app.answers["/answer"] = f'<GetInput action="{APP}/input" {wish}/>'
    stage.app.answers["/input"] = "<Hangup/>"
    await stage.place()
    await stage.wait(3)
    anna.says("this is a rather long sentence that goes on for quite some time")
    await stage.over()
    told = sorted(stage.app.at("/interim"), key=lambda one: int(one.params["SequenceNumber"]))
    assert len(told) > 2
    assert [int(one.params["SequenceNumber"]) for one in told] == list(range(len(told)))
    assert told[-1].params["StableSpeech"] == stage.app.at("/input")[0].params["Speech"]


@staged
async def test_redirect_false_tells_the_action_and_goes_on(stage: Stage) -> None:
    anna = stage.phone()
    stage.app.answers["/answer"] = INPUT.replace("inputType", 'redirect="false" inputType') + "<Speak>Next.</Speak>"
    stage.app.answers["/input"] = Answer(status=500)
    await stage.place()
    await stage.wait(5)
    anna.presses("1#")
    await stage.over()
    assert len(stage.app.at("/input")) == 1
    assert anna.words[-1] == "Next."
    assert stage.ended()[1] == 4010


@pytest.mark.parametrize(
    ("action", "answer", "code"),
    [(f"{APP}/input", Answer(status=500), 7012), (f"{APP}/input", Answer("no"), 8012), ("/input", "", 7022)],
)
@staged
async def test_an_action_that_fails_ends_the_call(stage: Stage, action: str, answer: Any, code: int) -> None:
    anna = stage.phone()
    stage.app.answers["/answer"] = INPUT.replace(f"{APP}/input", action)
    stage.app.answers["/input"] = answer
    await stage.place()
    await stage.wait(5)
    anna.presses("1#")
    await stage.over()
    assert stage.ended()[1] == code


@pytest.mark.parametrize(
    ("document", "code"),
    [
        (INPUT.replace("inputType", 'method="PUT" inputType'), 7032),
        ("<Redirect>/next</Redirect>", 7024),
        (f'<Redirect method="PUT">{APP}/next</Redirect>', 7034),
        (f"<Redirect>{APP}/next</Redirect>", 7014),
        (f"<Redirect>{APP}/empty</Redirect>", 8014),
    ],
)
@staged
async def test_where_a_document_leads_in_vain(stage: Stage, document: str, code: int) -> None:
    anna = stage.phone()
    stage.app.answers["/answer"] = document
    stage.app.answers["/next"] = Answer(status=302, headers={"Location": f"{APP}/empty"})
    stage.app.answers["/empty"] = Answer("")
    await stage.place()
    await stage.wait(5)
    anna.presses("1#")
    await stage.over()
    assert stage.ended()[1] == code


@staged
async def test_files_are_played_and_missing_ones_skipped(stage: Stage) -> None:
    anna = stage.phone()
    stage.app.answers["/gone.mp3"] = Answer(status=404)
    stage.app.answers["/music.mp3"] = Answer(b"\xff" * 16_000, type="audio/mpeg")
    stage.app.answers["/answer"] = (
        f"<Play>{APP}/gone.mp3</Play><Play loop='2'>{APP}/music.mp3</Play><Speak>Done.</Speak>"
    )
    await stage.place()
    await stage.over()
    assert [name for _, name in anna.sounds] == ["music.mp3", "music.mp3", "speech"]
    assert anna.words == ["Done."]


@staged
async def test_keys_are_pressed_beside_the_document_or_before_it_goes_on(stage: Stage) -> None:
    anna = stage.phone()
    stage.app.answers["/answer"] = '<DTMF>12w3</DTMF><Wait length="5"/><DTMF async="false">W4#</DTMF>'
    await stage.place(send_digits="9w9")
    await stage.over()
    assert anna.keys == "99123" + "4#"


@pytest.mark.parametrize(("ends", "digits"), [("#", "#"), ("", "")])
@staged
async def test_a_message_is_recorded(stage: Stage, ends: str, digits: str) -> None:
    anna = stage.phone()
    stage.app.answers["/answer"] = (
        f'<Record action="{APP}/recorded" callbackUrl="{APP}/ready" timeout="3" maxLength="30"/>'
    )
    stage.app.answers["/recorded"] = "<Speak>Thanks.</Speak>"
    await stage.place()
    await stage.wait(4)
    anna.says("please call me back")
    await stage.wait(4)
    anna.presses(ends)
    await stage.over()
    (action,), (ready,) = stage.app.at("/recorded"), stage.app.at("/ready")
    assert action.params["Digits"] == digits
    assert int(action.params["RecordingDurationMs"]) > 3000
    assert action.params["RecordUrl"].endswith(f"{action.params['RecordingID']}.mp3")
    assert "Digits" not in ready.params
    assert BEEP.name in [name for _, name in anna.sounds]
    assert anna.words == ["Thanks."]


@staged
async def test_a_session_is_recorded_in_the_background(stage: Stage) -> None:
    stage.phone()
    stage.app.answers["/answer"] = (
        f'<Record action="{APP}/recorded" redirect="false" recordSession="true" callbackUrl="{APP}/ready"/>'
        '<Wait length="9"/>'
    )
    await stage.place()
    await stage.over()
    (action,), (ready,) = stage.app.at("/recorded"), stage.app.at("/ready")
    assert action.params["RecordingDuration"] == "-1"
    assert int(ready.params["RecordingDuration"]) in {9, 10}


@staged
async def test_a_dial_bridges_and_tells(stage: Stage) -> None:
    anna, bob = stage.phone(), stage.phone(BOB, "bob")
    stage.app.answers["/answer"] = (
        f'<Dial action="{APP}/dialled" callbackUrl="{APP}/leg" digitsMatch="12"><Number>{BOB}</Number></Dial>'
    )
    stage.app.answers["/dialled"] = "<Speak>Bob is gone.</Speak>"
    await stage.place()
    await stage.wait(6)
    anna.says("hello Bob")
    bob.says("hello Anna")
    anna.presses("12")
    await stage.wait(5)
    bob.hangs_up()
    await stage.over()
    assert bob.words == ["hello Bob"]
    assert anna.words == ["hello Anna", "Bob is gone."]
    (told,) = stage.app.at("/dialled")
    assert (told.params["DialStatus"], told.params["DialRingStatus"]) == ("completed", "true")
    assert told.params["DialHangupCause"] == "NORMAL_CLEARING"
    child = stage.account.calls[told.params["DialBLegUUID"]]
    assert child.parent == told.params["DialALegUUID"] == told.params["CallUUID"]
    legs = {one.params["DialAction"]: one.params for one in stage.app.at("/leg")}
    assert set(legs) == {"answer", "connected", "digits", "hangup"}
    assert (legs["digits"]["DialDigitsMatch"], legs["digits"]["DialDigitsPressedBy"]) == ("12", "ALeg")
    assert legs["hangup"]["DialBLegHangupSource"] == "Callee"
    assert len(stage.app.at("/hangup")) == 1


@pytest.mark.parametrize(("cause", "status"), [(Cause.BUSY, "busy"), (Cause.NO_ANSWER, "no-answer")])
@staged
async def test_a_dial_that_nobody_takes(stage: Stage, cause: Cause, status: str) -> None:
    stage.app.answers["/answer"] = f'<Dial action="{APP}/dialled"><Number>{BOB}</Number></Dial>'
    stage.app.answers["/dialled"] = "<Speak>Sorry.</Speak>"
    stage.phone(BOB, "bob").refuses = cause
    anna = Phone(stage.now, None)
    stage.call_in(anna)
    await stage.over()
    (told,) = stage.app.at("/dialled")
    assert (told.params["DialStatus"], told.params["DialBLegUUID"]) == (status, "")
    assert anna.words == ["Sorry."]


@staged
async def test_the_first_to_answer_wins_and_must_confirm(stage: Stage) -> None:
    anna, bob = stage.phone(), stage.phone(BOB, "bob", answers_after=1.0)
    late = stage.phone("+16175550100", "carl", answers_after=9.0)
    stage.app.answers["/confirm"] = "<Speak>Press one.</Speak>"
    stage.app.answers["/answer"] = (
        f'<Dial action="{APP}/dialled" callbackUrl="{APP}/leg" confirmSound="{APP}/confirm" confirmKey="1" '
        f'confirmTimeout="5"><Number>{BOB}</Number><Number>+16175550100</Number></Dial>'
    )
    await stage.place()
    await stage.over()
    assert bob.words == ["Press one."]
    assert late.gone is not None
    codes = {
        one.params["DialBLegTo"]: one.params["DialBLegHangupCauseCode"]
        for one in stage.app.at("/leg")
        if "DialBLegHangupCauseCode" in one.params
    }
    assert codes == {BOB[1:]: "9110", "16175550100": "9000"}
    assert anna.gone is not None


@staged
async def test_early_media_is_heard_before_the_answer(stage: Stage) -> None:
    stage.app.answers["/answer"] = '<PreAnswer><Speak>Please hold.</Speak></PreAnswer><Hangup reason="busy"/>'
    anna = Phone(stage.now, None)
    stage.call_in(anna)
    await stage.over()
    assert anna.words == ["Please hold."]
    assert stage.call.answered is None


@pytest.mark.parametrize("wish", ['silence="true" minSilence="2000"', 'beep="true"'])
@staged
async def test_wait_ends_at_silence_or_a_beep(stage: Stage, wish: str) -> None:
    anna = stage.phone()
    stage.app.answers["/answer"] = f'<Wait length="60" {wish}/><Speak>Now.</Speak>'
    await stage.place()
    await stage.wait(4)
    anna.says(Speech("leave a message after the beep"))
    await stage.wait(4)
    anna.says(BEEP)
    await stage.over()
    assert anna.words == ["Now."]
    assert anna.sounds[0][0] < 20


@staged
async def test_a_recording_is_transcribed(stage: Stage) -> None:
    anna = stage.phone()
    stage.app.answers["/answer"] = f'<Record transcriptionUrl="{APP}/words" timeout="2" playBeep="false"/>'
    await stage.place()
    await stage.wait(3)
    anna.says("please call back")
    await stage.over()
    (told,) = stage.app.at("/words")
    assert (told.params["transcription"], told.params["error"]) == ("please call back", "")
    assert told.params["call_uuid"] == stage.call.uuid
    assert told.params["recording_id"] in stage.account.recordings


@staged
async def test_a_recording_begins_when_the_dial_is_answered(stage: Stage) -> None:
    _ = stage.phone()
    bob = stage.phone(BOB, "bob", answers_after=8.0)
    stage.app.answers["/answer"] = (
        f'<Record startOnDialAnswer="true" redirect="false" action="{APP}/begun" callbackUrl="{APP}/recorded"/>'
        f"<Dial><Number>{BOB}</Number></Dial>"
    )
    await stage.place()
    await stage.wait(15)
    bob.hangs_up()
    await stage.over()
    (begun,), (recorded,) = stage.app.at("/begun"), stage.app.at("/recorded")
    assert (begun.params["RecordingDuration"], begun.params["RecordUrl"]) == ("-1", "")
    assert 0 < int(recorded.params["RecordingDurationMs"]) < 7000


@pytest.mark.parametrize(
    "attribute",
    [
        'speechModel="nova"',
        f'hints="{"x" * 101}"',
        f'hints="{",".join(["x"] * 501)}"',
        f'hints="{",".join(["x" * 99] * 101)}"',
    ],
)
@staged
async def test_models_and_hints_have_limits(stage: Stage, attribute: str) -> None:
    _ = stage.phone()
    stage.app.answers["/answer"] = f'<GetInput action="{APP}/input" {attribute}/>'
    await stage.place()
    await stage.over()
    assert stage.ended()[1] == 8011


@pytest.mark.parametrize(("music", "heard"), [(f"{APP}/music", ["Ring ring."]), ("real", []), ("none", [])])
@staged
async def test_the_caller_hears_music_till_somebody_answers(stage: Stage, music: str, heard: list[str]) -> None:
    anna = stage.phone()
    bob = stage.phone(BOB, "bob", answers_after=8.0)
    stage.app.answers["/music"] = '<Speak>Ring ring.</Speak><Wait length="60"/>'
    stage.app.answers["/answer"] = f'<Dial dialMusic="{music}"><Number>{BOB}</Number></Dial>'
    await stage.place()
    await stage.wait(15)
    assert anna.words == heard
    bob.says("hello")
    await stage.wait(2)
    assert anna.words == [*heard, "hello"]
    bob.hangs_up()
    await stage.over()
