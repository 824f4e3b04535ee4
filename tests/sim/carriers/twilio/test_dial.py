"""Dial: children, bridges, whispers, and what the action is told."""

from __future__ import annotations

from typing import Any

import pytest

from tests.tools.twilio_world import ANNA, BOB, OWN, Phone, Stage, staged
from voicecall_sim.carriers.twilio.account import Callback
from voicecall_sim.carriers.twilio.states import CallStatus
from voicecall_sim.telephony.signals import Cause, LegState

CAROL = "+13125550177"


def anna_calls(stage: Stage, document: str, **answers: Any) -> Phone:
    """Anna calls the account's number; the document dials."""
    stage.app.answers |= {"/voice": document, "/after": "<Say>Bye.</Say>", **answers}
    anna = Phone(stage.now, None)
    stage.call_in(anna)
    return anna


def dialled(stage: Stage) -> dict[str, str]:
    (request,) = stage.app.at("/after")
    return {key: value for key, value in request.params.items() if key.startswith(("Dial", "Error", "CallStatus"))}


@staged
async def test_two_people_talk_and_press_keys_until_the_called_one_leaves(stage: Stage) -> None:
    bob = stage.phone(BOB, "bob", 1.0)
    anna = anna_calls(stage, f'<Dial action="/after"><Number>{BOB}</Number></Dial>')
    await stage.wait(3)
    anna.says("Hello Bob")
    await stage.wait(1)
    bob.says("Hello Anna")
    anna.presses("1")
    bob.presses("2")
    await stage.wait(1)
    bob.hangs_up()
    await stage.over()
    assert bob.words == ["Hello Bob"]
    assert anna.words == ["Hello Anna", "Bye."]
    assert (bob.keys, anna.keys) == ("1", "2")
    child = list(stage.carrier.account.calls.values())[1]
    told = dialled(stage)
    assert told == {
        "DialCallStatus": "completed",
        "DialCallSid": child.sid,
        "DialCallDuration": "4",
        "DialBridged": "true",
        "CallStatus": "in-progress",
    }
    assert (child.direction, child.from_, child.to) == ("outbound-dial", ANNA, BOB)
    assert child.parent_call_sid == stage.network.calls[0].carrier_id
    assert bob.shown == ANNA
    assert stage.network.calls[0].by == "app"


@staged
async def test_the_child_has_callbacks_of_its_own(stage: Stage) -> None:
    stage.phone(BOB, "bob", 1.0).hangs_up_after = 1
    number = f'<Number statusCallback="/leg" statusCallbackEvent="initiated ringing answered completed">{BOB}</Number>'
    anna_calls(stage, f'<Dial timeLimit="5">{number}</Dial>')
    await stage.over()
    assert stage.statuses("/leg") == [("initiated", 0), ("ringing", 1), ("in-progress", 2), ("completed", 3)]
    parent, child = stage.carrier.account.calls.values()
    for request in stage.app.at("/leg"):
        assert request.params["CallSid"] == child.sid
        assert request.params["ParentCallSid"] == parent.sid
        assert request.params["Direction"] == "outbound-dial"
    assert child.duration == 5
    assert len(stage.network.calls) == 1


UNREACHED = [
    (Cause.BUSY, "busy"),
    (Cause.REJECTED, "busy"),
    (Cause.UNREACHABLE, "failed"),
    (None, "no-answer"),
]


@pytest.mark.parametrize(("cause", "status"), UNREACHED)
@staged
async def test_what_the_action_is_told_of_who_was_not_reached(stage: Stage, cause: Cause | None, status: str) -> None:
    stage.phone(BOB, "bob", None).refuses = cause
    anna = anna_calls(stage, f'<Dial action="/after" timeout="10">{BOB}</Dial>')
    await stage.over()
    told = dialled(stage)
    assert (told["DialCallStatus"], told["DialBridged"]) == (status, "false")
    assert "DialCallDuration" not in told
    assert anna.words == ["Bye."]


@staged
async def test_the_timeout_of_a_dial_lasts_five_seconds_longer(stage: Stage) -> None:
    bob = stage.phone(BOB, "bob", None)
    anna_calls(stage, f'<Dial timeout="10">{BOB}</Dial>')
    await stage.over()
    assert bob.gone.cause is Cause.NO_ANSWER
    assert bob.gone_at == pytest.approx(0.3 + 15, abs=0.1)


@staged
async def test_without_action_the_document_goes_on(stage: Stage) -> None:
    stage.phone(BOB, "bob", None).refuses = Cause.BUSY
    anna = anna_calls(stage, f"<Dial>{BOB}</Dial><Say>Nobody there.</Say>")
    await stage.over()
    assert anna.words == ["Nobody there."]


@staged
async def test_several_ring_at_once_and_the_first_wins(stage: Stage) -> None:
    bob, carol = stage.phone(BOB, "bob", 3.0), stage.phone(CAROL, "carol", 1.0)
    anna = anna_calls(stage, f'<Dial action="/after"><Number>{BOB}</Number><Number>{CAROL}</Number></Dial>')
    await stage.wait(2)
    assert (bob.gone.cause, bob.gone.by) == (Cause.CANCELED, "carrier")
    carol.hangs_up()
    await stage.over()
    _, first, second = stage.carrier.account.calls.values()
    assert (first.status, second.status) == (CallStatus.CANCELED, CallStatus.COMPLETED)
    assert dialled(stage)["DialCallSid"] == second.sid
    assert anna.words == ["Bye."]


@staged
async def test_sequential_rings_one_after_the_other(stage: Stage) -> None:
    bob, carol = stage.phone(BOB, "bob", None), stage.phone(CAROL, "carol", 1.0)
    numbers = f"<Number>{BOB}</Number><Number>{CAROL}</Number>"
    anna_calls(stage, f'<Dial action="/after" sequential="true" timeout="5">{numbers}</Dial>')
    await stage.wait(5)
    assert (bob.offers, carol.offers) == (1, 0)
    await stage.wait(8)
    assert bob.gone.cause is Cause.NO_ANSWER
    carol.hangs_up()
    await stage.over()
    assert dialled(stage)["DialCallStatus"] == "completed"


@staged
async def test_answer_on_bridge_keeps_the_caller_ringing(stage: Stage) -> None:
    bob = stage.phone(BOB, "bob", 4.0)
    anna = anna_calls(stage, f'<Dial answerOnBridge="true">{BOB}</Dial>')
    await stage.wait(3)
    assert anna.end.leg.state is LegState.RINGING
    assert stage.carrier.account.calls[stage.network.calls[0].carrier_id].status is CallStatus.RINGING
    await stage.wait(2)
    assert anna.end.leg.state is LegState.ANSWERED
    bob.hangs_up()
    await stage.over()


@staged
async def test_a_whisper_is_heard_by_the_called_one_alone(stage: Stage) -> None:
    bob = stage.phone(BOB, "bob", 1.0)
    number = f'<Number url="/whisper">{BOB}</Number>'
    anna = anna_calls(stage, f'<Dial action="/after">{number}</Dial>', **{"/whisper": "<Say>A call for you.</Say>"})
    await stage.wait(5)
    anna.says("Hi")
    await stage.wait(1)
    bob.hangs_up()
    await stage.over()
    assert bob.words == ["A call for you.", "Hi"]
    (asked,) = stage.app.at("/whisper")
    assert asked.params["ParentCallSid"] == stage.network.calls[0].carrier_id
    assert asked.params["CallStatus"] == "in-progress"
    assert dialled(stage)["DialBridged"] == "true"


@staged
async def test_a_whisper_that_hangs_up_is_never_bridged(stage: Stage) -> None:
    stage.phone(BOB, "bob", 1.0)
    number = f'<Number url="/whisper">{BOB}</Number>'
    anna_calls(stage, f'<Dial action="/after">{number}</Dial>', **{"/whisper": "<Hangup/>"})
    await stage.over()
    told = dialled(stage)
    assert (told["DialCallStatus"], told["DialBridged"]) == ("completed", "false")


@staged
async def test_a_dial_within_a_whisper_is_an_error(stage: Stage) -> None:
    bob = stage.phone(BOB, "bob", 1.0)
    number = f'<Number url="/whisper">{BOB}</Number>'
    anna_calls(stage, f'<Dial action="/after">{number}</Dial>', **{"/whisper": f"<Dial>{CAROL}</Dial>"})
    await stage.over()
    assert stage.codes == [13201]
    assert bob.gone.by == "carrier"
    assert dialled(stage)["DialBridged"] == "false"


@staged
async def test_digits_are_pressed_on_the_called_leg_before_the_bridge(stage: Stage) -> None:
    bob = stage.phone(BOB, "bob", 1.0)
    anna_calls(stage, f'<Dial><Number sendDigits="ww12#">{BOB}</Number></Dial>')
    await stage.wait(5)
    bob.hangs_up()
    await stage.over()
    assert bob.keys == "12#"


@staged
async def test_the_star_of_the_caller_ends_the_called_leg_if_wanted(stage: Stage) -> None:
    bob = stage.phone(BOB, "bob", 1.0)
    anna = anna_calls(stage, f'<Dial action="/after" hangupOnStar="true">{BOB}</Dial>')
    await stage.wait(3)
    anna.presses("1*")
    await stage.over()
    assert (bob.gone.cause, bob.gone.by) == (Cause.NORMAL, "anna")
    assert dialled(stage)["DialCallStatus"] == "completed"
    assert anna.words == ["Bye."]


@pytest.mark.parametrize("ringing", [True, False])
@staged
async def test_the_caller_s_hang_up_ends_the_child_and_tells_the_action(stage: Stage, ringing: bool) -> None:
    bob = stage.phone(BOB, "bob", None if ringing else 1.0)
    anna = anna_calls(stage, f'<Dial action="/after">{BOB}</Dial>')
    await stage.wait(4)
    anna.hangs_up()
    assert await stage.ended() == ("normal", "anna")
    assert (bob.gone.cause, bob.gone.by) == (Cause.CANCELED if ringing else Cause.NORMAL, "anna")
    told = dialled(stage)
    assert (told["DialCallStatus"], told["CallStatus"]) == ("canceled" if ringing else "completed", "completed")
    assert anna.words == []


@staged
async def test_a_redirect_of_the_caller_drops_the_child_and_posts_no_action(stage: Stage) -> None:
    bob = stage.phone(BOB, "bob", 1.0)
    anna = anna_calls(stage, f'<Dial action="/after">{BOB}</Dial>', **{"/new": "<Say>New</Say>"})
    await stage.wait(4)
    stage.carrier.exchange.redirect(stage.network.calls[0].carrier_id, Callback(url="https://app.example/new"))
    await stage.over()
    assert (bob.gone.by, anna.words) == ("app", ["New"])
    assert stage.app.at("/after") == []


@staged
async def test_a_redirect_of_the_child_takes_it_out_of_the_bridge(stage: Stage) -> None:
    bob = stage.phone(BOB, "bob", 1.0)
    anna = anna_calls(stage, f'<Dial action="/after">{BOB}</Dial>', **{"/new": '<Pause length="9"/><Say>You</Say>'})
    await stage.wait(4)
    stage.carrier.exchange.redirect(stage.call.sid, Callback(url="https://app.example/new"))
    await stage.wait(1)
    anna.says("Still there?")
    await stage.over()
    assert bob.words == ["You"]
    assert anna.words == ["Bye."]
    assert dialled(stage)["DialCallStatus"] == "completed"
    assert stage.app.at("/new")[0].params["Direction"] == "outbound-dial"


@staged
async def test_completing_the_child_goes_on_with_the_caller(stage: Stage) -> None:
    bob = stage.phone(BOB, "bob", 1.0)
    anna = anna_calls(stage, f'<Dial action="/after">{BOB}</Dial>')
    await stage.wait(4)
    stage.carrier.exchange.complete(stage.call.sid)
    await stage.over()
    assert (bob.gone.by, anna.words) == ("app", ["Bye."])


REFUSED = [
    ('<Dial action="/after">12</Dial>', 13223),
    ('<Dial action="/after">+15005550003</Dial>', 13227),
    ('<Dial action="/after">+15005550004</Dial>', 13225),
    ('<Dial action="/after">+15005550001</Dial>', 13224),
    (f'<Dial action="/after" callerId="+13105550000">{BOB}</Dial>', 13214),
]


@pytest.mark.parametrize(("document", "code"), REFUSED)
@staged
async def test_numbers_that_cannot_be_dialled_fail_with_a_warning(stage: Stage, document: str, code: int) -> None:
    bob = stage.phone(BOB, "bob", 1.0)
    anna = anna_calls(stage, document)
    await stage.over()
    assert stage.codes == [code]
    told = dialled(stage)
    assert (told["DialCallStatus"], told["ErrorCode"]) == ("failed", str(code))
    assert (bob.offers, anna.words) == (0, ["Bye."])


@staged
async def test_an_own_number_may_be_shown(stage: Stage) -> None:
    bob = stage.phone(BOB, "bob", None)
    bob.refuses = Cause.BUSY
    anna_calls(stage, f'<Dial callerId="{OWN}">{BOB}</Dial>')
    await stage.over()
    assert bob.shown == OWN


@staged
async def test_what_is_said_is_recorded_and_told(stage: Stage) -> None:
    bob = stage.phone(BOB, "bob", 1.0)
    dial = f'<Dial action="/after" record="record-from-answer-dual" recordingStatusCallback="/rec">{BOB}</Dial>'
    anna_calls(stage, dial)
    await stage.wait(11.35)
    bob.hangs_up()
    await stage.over()
    (recording,) = stage.carrier.account.recordings.values()
    assert (recording.source, recording.channels, recording.duration) == ("DialVerb", 2, 10)
    assert recording.call_sid == stage.network.calls[0].carrier_id
    (told,) = stage.app.at("/rec")
    assert told.params["RecordingStatus"] == "completed"
    assert stage.app.at("/after")[0].params["RecordingUrl"].endswith(recording.sid)
    assert stage.app.at("/number-status")[0].params["RecordingSid"] == recording.sid


@staged
async def test_detection_on_a_noun_reports_to_its_own_callback(stage: Stage) -> None:
    bob = stage.phone(BOB, "bob", 1.0)
    number = f'<Number machineDetection="Enable" amdStatusCallback="/amd">{BOB}</Number>'
    anna_calls(stage, f"<Dial>{number}</Dial>")
    await stage.wait(2)
    bob.says("Hello?")
    await stage.wait(4)
    bob.hangs_up()
    await stage.over()
    (told,) = stage.app.at("/amd")
    assert told.params["AnsweredBy"] == "human"
    assert set(told.params) == {"AccountSid", "CallSid", "AnsweredBy", "MachineDetectionDuration"}
    assert told.params["CallSid"] == stage.call.sid


@pytest.mark.parametrize("moment", ["digits", "whisper", "the instant of the answer"])
@staged
async def test_a_child_that_rest_redirects_before_the_bridge_is_never_bridged(stage: Stage, moment: str) -> None:
    bob = stage.phone(BOB, "bob", 1.0)
    attribute = 'sendDigits="WWWWWWWW1"' if moment == "digits" else 'url="/whisper"' if moment == "whisper" else ""
    anna = anna_calls(
        stage,
        f'<Dial action="/after"><Number {attribute}>{BOB}</Number></Dial>',
        **{"/whisper": '<Pause length="5"/>', "/new": f'<Say>Elsewhere.</Say><Dial timeout="5">{CAROL}</Dial>'},
    )
    await stage.wait(1.0)
    while not (bob.end and bob.end.leg.state is LegState.ANSWERED):
        await stage.wait(0.001)
    if moment != "the instant of the answer":
        await stage.wait(2)
    stage.carrier.exchange.redirect(stage.call.sid, Callback(url="https://app.example/new"))
    await stage.over()
    assert bob.words == ["Elsewhere."]
    assert bob.keys == ""
    assert anna.words == ["Bye."]
    assert stage.codes == []
    assert dialled(stage)["DialCallStatus"] == "completed"


@staged
async def test_calls_that_were_not_answered_cannot_be_reached_by_two_commands(stage: Stage) -> None:
    bob = stage.phone(BOB, "bob", None)
    anna_calls(stage, f'<Dial action="/after">{BOB}</Dial>')
    await stage.wait(3)
    child = stage.call
    stage.carrier.exchange.cancel(child.sid)
    assert child.status is CallStatus.CANCELED
    await stage.over()
    assert (bob.gone.cause, bob.gone.by) == (Cause.CANCELED, "app")
    assert dialled(stage)["DialCallStatus"] == "canceled"
