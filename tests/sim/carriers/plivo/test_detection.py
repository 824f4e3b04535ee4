"""Machine detection in both its ways."""

from __future__ import annotations

import pytest

from tests.tools.plivo_world import APP, Stage, staged
from voicecall_sim.sound.tones import BEEP

GREETING = "you have reached the mailbox of Anna, who cannot come to the phone right now; please leave a message"


async def detecting(stage: Stage, says: str, **wish: str) -> None:
    """A call that is answered by somebody who says this."""
    anna = stage.phone()
    stage.app.answers["/answer"] = '<Wait length="9"/>'
    await stage.place(**wish)
    await stage.wait(3)
    if says == "beep":
        anna.says(BEEP)
    elif says:
        anna.says(says)
    await stage.over()


@pytest.mark.parametrize(("says", "machine"), [("Hello?", False), (GREETING, True), ("", True), ("beep", True)])
@staged
async def test_a_machine_is_told_with_the_answer_url_and_after(stage: Stage, says: str, machine: bool) -> None:
    # a machine that talks on is known after its longest speech
    await detecting(
        stage,
        says,
        machine_detection="true",
        machine_detection_maximum_speech_length="2000",
        machine_detection_time="9000",
    )
    (answer,), (hangup,) = stage.app.at("/answer"), stage.app.at("/hangup")
    for told in (answer.params, hangup.params):
        assert told.get("Machine") == ("true" if machine else None)
    assert stage.ended()[1] == 4010


@staged
async def test_a_machine_is_hung_up(stage: Stage) -> None:
    await detecting(stage, "", machine_detection="hangup")
    assert stage.app.at("/answer") == []
    (hangup,) = stage.app.at("/hangup")
    assert (hangup.params["Machine"], hangup.params["HangupCauseCode"]) == ("true", "9100")
    assert stage.ended() == ("completed", 9100, "Machine Detected", "Plivo")


@pytest.mark.parametrize(("says", "mode", "code"), [("", "true", 4010), ("", "hangup", 9100), ("Hello?", "true", 4010)])
@staged
async def test_with_a_url_it_is_told_beside(stage: Stage, says: str, mode: str, code: int) -> None:
    await detecting(stage, says, machine_detection=mode, machine_detection_url=f"{APP}/machine")
    assert len(stage.app.at("/answer")) == 1
    told = [request.params for request in stage.app.at("/machine")]
    assert len(told) == (0 if says else 1)
    for params in told:
        assert params["IfMachine"] == ("hangup" if mode == "hangup" else "continue")
        assert (params["Event"], params["Machine"], params["CallStatus"]) == ("MachineDetection", "true", "in-progress")
        assert params["ALegUUID"] == params["RequestUUID"] == stage.call.uuid
    assert stage.ended()[1] == code


@pytest.mark.parametrize(
    "wish", [{"machine_detection": "maybe"}, {"machine_detection": "true", "machine_detection_time": 100}]
)
@staged
async def test_bad_wishes_are_refused(stage: Stage, wish: dict[str, str]) -> None:
    common = {"from": "+14155550100", "to": "+12125550123", "answer_url": f"{APP}/answer"}
    assert (await stage.rest("POST", "Call/", **common, **wish))[0] == 400
