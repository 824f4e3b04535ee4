"""Answering machine detection: verdicts by what is said, and who is told when."""

from __future__ import annotations

from typing import Any

import pytest

from tests.tools.twilio_world import APP, Phone, Stage, staged
from voicecall_sim.carriers.twilio.account import Callback, Detection
from voicecall_sim.sound.tones import BEEP, CED

LONG = "You have reached the voicemail of Anna, please leave a message after the tone."
ANSWERED = 1.4

# what is said when after the answer (seconds, sound), mode, verdict, and when it is known
CASES: list[tuple[list[tuple[float, Any]], str, str, float]] = [
    ([(0.5, "Hello?")], "Enable", "human", 0.5 + 0.36 + 1.2),
    ([(0.5, "Hello?"), (1.2, "Who is it?")], "Enable", "human", 1.2 + 0.6 + 1.2),
    ([(0.5, LONG)], "Enable", "machine_start", 0.5 + 2.4),
    ([], "Enable", "unknown", 5.0),
    ([(0.5, CED)], "Enable", "fax", 0.5),
    ([(0.5, "Hello?")], "DetectMessageEnd", "human", 0.5 + 0.36 + 1.2),
    ([(0.5, LONG), (5.5, BEEP)], "DetectMessageEnd", "machine_end_beep", 5.5),
    ([(0.5, LONG)], "DetectMessageEnd", "machine_end_silence", 0.5 + 78 * 0.06 + 1.2),
    ([(0.5, LONG * 10)], "DetectMessageEnd", "machine_end_other", 30.0),
]


async def say_all(stage: Stage, anna: Phone, sounds: list[tuple[float, Any]]) -> None:
    for at, sound in sounds:
        await stage.wait(ANSWERED + at - stage.now())
        anna.says(sound)


@pytest.mark.parametrize(("sounds", "mode", "verdict", "after"), CASES)
@staged
async def test_the_document_waits_for_the_verdict(
    stage: Stage, sounds: list[tuple[float, Any]], mode: str, verdict: str, after: float
) -> None:
    anna = stage.phone(answers_after=1.0)
    stage.app.answers["/voice"] = "<Hangup/>"
    call = stage.place(detection=Detection(mode=mode))
    await say_all(stage, anna, sounds)
    await stage.over()
    (asked,) = stage.app.at("/voice")
    assert asked.params["AnsweredBy"] == verdict
    assert int(asked.params["MachineDetectionDuration"]) == pytest.approx(after * 1000, abs=20)
    assert asked.at == pytest.approx(ANSWERED + after, abs=0.06)
    assert call.answered_by == verdict
    answered = next(r for r in stage.app.at("/status") if r.params["CallStatus"] == "in-progress")
    assert answered.at == pytest.approx(ANSWERED, abs=0.06)
    last = stage.app.at("/status")[-1].params
    assert (last["CallStatus"], last["AnsweredBy"]) == ("completed", verdict)


@staged
async def test_asynchronous_verdicts_go_to_their_own_callback(stage: Stage) -> None:
    anna = stage.phone(answers_after=1.0)
    stage.app.answers["/voice"] = '<Pause length="10"/>'
    wanted = Detection(mode="Enable", asynchronous=True, callback=Callback(url=f"{APP}/amd"))
    call = stage.place(detection=wanted)
    await say_all(stage, anna, [(0.5, LONG)])
    await stage.over()
    (told,) = stage.app.at("/amd")
    assert set(told.params) == {"AccountSid", "CallSid", "AnsweredBy", "MachineDetectionDuration"}
    assert told.params["AnsweredBy"] == "machine_start"
    assert told.params["CallSid"] == call.sid
    (asked,) = stage.app.at("/voice")
    assert asked.at == pytest.approx(ANSWERED, abs=0.06)
    assert "AnsweredBy" not in asked.params


@staged
async def test_asynchronous_detection_without_a_callback_is_warned_of(stage: Stage) -> None:
    stage.phone(answers_after=1.0)
    stage.app.answers["/voice"] = '<Pause length="10"/>'
    call = stage.place(detection=Detection(mode="Enable", asynchronous=True))
    await stage.over()
    assert stage.codes == [21262]
    assert call.answered_by == "unknown"


@staged
async def test_a_call_that_ends_before_the_verdict_requests_nothing(stage: Stage) -> None:
    anna = stage.phone(answers_after=1.0)
    call = stage.place(detection=Detection(mode="Enable"))
    await stage.wait(3)
    anna.hangs_up()
    await stage.over()
    assert stage.app.at("/voice") == []
    assert call.answered_by is None


@staged
async def test_digits_after_the_answer_disable_detection(stage: Stage) -> None:
    stage.phone(answers_after=1.0)
    stage.app.answers["/voice"] = "<Hangup/>"
    call = stage.place(detection=Detection(mode="Enable"), send_digits="1")
    await stage.over()
    assert call.answered_by is None
    assert "AnsweredBy" not in stage.app.at("/voice")[0].params
