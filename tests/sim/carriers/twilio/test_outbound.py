"""Calls placed by REST: their life, their callbacks, their ends."""

from __future__ import annotations

import pytest

from tests.tools.twilio_world import ANNA, APP, BOB, OWN, Answer, Stage, staged
from voicecall_sim.carriers.twilio.account import Callback, RecordingWish
from voicecall_sim.carriers.twilio.states import CallStatus
from voicecall_sim.telephony.signals import Cause


@staged
async def test_a_call_is_dialled_answered_performed_and_completed(stage: Stage) -> None:
    anna = stage.phone()
    stage.app.answers["/voice"] = "<Say>Hello Anna.</Say>"
    call = stage.place()
    assert call.status is CallStatus.QUEUED
    assert await stage.ended() == ("normal", "app")
    assert anna.words == ["Hello Anna."]
    assert stage.statuses() == [("initiated", 0), ("ringing", 1), ("in-progress", 2), ("completed", 3)]
    assert call.status is CallStatus.COMPLETED
    assert call.duration == 1
    assert call.start_time is not None
    assert call.end_time is not None
    (asked,) = stage.app.at("/voice")
    assert asked.params["CallStatus"] == "in-progress"
    assert asked.params["Direction"] == "outbound-api"
    assert not {"SequenceNumber", "CallbackSource", "Timestamp"} & set(asked.params)


@staged
async def test_the_last_callback_tells_durations_and_the_network_s_word(stage: Stage) -> None:
    stage.phone()
    stage.app.answers["/voice"] = '<Pause length="61"/>'
    stage.place()
    await stage.over()
    last = max(stage.app.at("/status"), key=lambda r: int(r.params["SequenceNumber"])).params
    assert last["CallDuration"] == "61"
    assert last["Duration"] == "2"
    assert last["SipResponseCode"] == "200"
    assert last["CallbackSource"] == "call-progress-events"
    assert last["Timestamp"].endswith("+0000")


UNANSWERED = [
    (Cause.BUSY, "busy", "486"),
    (Cause.REJECTED, "busy", "603"),
    (Cause.UNREACHABLE, "failed", "480"),
    (Cause.FAILED, "failed", "503"),
    (Cause.NO_ANSWER, "no-answer", "487"),
]


@pytest.mark.parametrize(("cause", "status", "sip"), UNANSWERED)
@staged
async def test_a_call_that_nobody_takes_ends_with_one_word(stage: Stage, cause: Cause, status: str, sip: str) -> None:
    stage.phone().refuses = cause
    call = stage.place()
    assert await stage.ended() == (cause.value, "anna")
    assert stage.statuses() == [("initiated", 0), (status, 1)]
    (last,) = [r.params for r in stage.app.at("/status") if r.params["CallStatus"] == status]
    assert (last["SipResponseCode"], last["CallDuration"], last["Duration"]) == (sip, "0", "0")
    assert (call.status, call.duration) == (status, 0)
    assert stage.app.at("/voice") == []


@staged
async def test_a_number_that_nobody_has_fails(stage: Stage) -> None:
    call = stage.place(to=BOB)
    assert await stage.ended() == ("unassigned", "network")
    assert stage.statuses() == [("initiated", 0), ("failed", 1)]
    assert call.status is CallStatus.FAILED


@staged
async def test_the_ring_timeout_is_the_carrier_s_no_answer(stage: Stage) -> None:
    anna = stage.phone(answers_after=None)
    stage.place(timeout=20)
    assert await stage.ended() == ("no-answer", "carrier")
    assert stage.statuses() == [("initiated", 0), ("ringing", 1), ("no-answer", 2)]
    assert anna.gone_at == pytest.approx(20.4)


@staged
async def test_a_call_that_is_answered_without_ringing_skips_that_event(stage: Stage) -> None:
    stage.phone(rings=False)
    stage.app.answers["/voice"] = "<Hangup/>"
    stage.place()
    await stage.over()
    assert stage.statuses() == [("initiated", 0), ("in-progress", 1), ("completed", 2)]


@pytest.mark.parametrize("events", [("completed",), ("ringing", "completed"), ("answered",)])
@staged
async def test_the_sequence_counts_events_that_nobody_wants(stage: Stage, events: tuple[str, ...]) -> None:
    stage.phone()
    stage.app.answers["/voice"] = "<Hangup/>"
    stage.place(status_events=events)
    await stage.over()
    numbers = {"initiated": 0, "ringing": 1, "answered": 2, "completed": 3}
    assert [number for _, number in stage.statuses()] == [numbers[event] for event in events]


@staged
async def test_a_cancelled_queued_call_ends_without_a_callback(stage: Stage) -> None:
    anna = stage.phone()
    call = stage.place()
    stage.carrier.exchange.cancel(call.sid)
    assert call.status is CallStatus.CANCELED
    assert await stage.ended() == ("canceled", "app")
    assert stage.app.received == []
    await stage.wait(5)
    assert anna.offers == 0


@pytest.mark.parametrize("command", ["cancel", "complete"])
@staged
async def test_a_ringing_call_is_cancelled_with_a_last_callback(stage: Stage, command: str) -> None:
    stage.phone(answers_after=None)
    call = stage.place()
    await stage.wait(3)
    getattr(stage.carrier.exchange, command)(call.sid)
    assert await stage.ended() == ("canceled", "app")
    assert stage.statuses() == [("initiated", 0), ("ringing", 1), ("canceled", 2)]
    assert stage.app.at("/status")[-1].params["SipResponseCode"] == "487"


@staged
async def test_cancelling_between_initiated_and_ringing_tells_the_end(stage: Stage) -> None:
    stage.phone()
    call = stage.place()
    await stage.wait(0.2)
    stage.carrier.exchange.cancel(call.sid)
    await stage.over()
    assert stage.statuses() == [("initiated", 0), ("canceled", 1)]


@staged
async def test_cancel_does_nothing_to_an_answered_call_and_complete_ends_it(stage: Stage) -> None:
    anna = stage.phone(answers_after=1)
    stage.app.answers["/voice"] = '<Pause length="60"/>'
    call = stage.place()
    await stage.wait(10)
    stage.carrier.exchange.cancel(call.sid)
    assert call.status is CallStatus.IN_PROGRESS
    stage.carrier.exchange.complete(call.sid)
    assert call.status is CallStatus.COMPLETED
    assert await stage.ended() == ("normal", "app")
    assert anna.gone_at == pytest.approx(10)


@staged
async def test_the_callee_hangs_up_in_the_middle_of_a_word(stage: Stage) -> None:
    anna = stage.phone(answers_after=1)
    stage.app.answers["/voice"] = ["<Say>This is a rather long sentence to listen to.</Say><Redirect>/never</Redirect>"]
    stage.place()
    await stage.wait(2.5)
    anna.hangs_up()
    assert await stage.ended() == ("normal", "anna")
    assert anna.words == ["This is a rather ▯"]
    assert stage.app.at("/never") == []


@staged
async def test_a_hang_up_and_rest_s_in_one_instant_are_one_end(stage: Stage) -> None:
    anna = stage.phone(answers_after=1)
    stage.app.answers["/voice"] = '<Pause length="60"/>'
    call = stage.place()
    await stage.wait(3)
    anna.hangs_up()
    with pytest.raises(KeyError):
        stage.carrier.exchange.complete(call.sid)
    assert await stage.ended() == ("normal", "anna")
    assert [status for status, _ in stage.statuses()].count("completed") == 1


@staged
async def test_the_time_limit_is_the_carrier_s(stage: Stage) -> None:
    anna = stage.phone(answers_after=1)
    stage.app.answers["/voice"] = '<Pause length="600"/>'
    stage.place(time_limit=30)
    assert await stage.ended() == ("normal", "carrier")
    assert anna.gone_at == pytest.approx(31.4)


@staged
async def test_the_time_limit_can_be_changed_while_it_runs(stage: Stage) -> None:
    anna = stage.phone(answers_after=1)
    stage.app.answers["/voice"] = '<Pause length="600"/>'
    call = stage.place(time_limit=300)
    await stage.wait(10)
    stage.carrier.exchange.change(call.sid, time_limit=20)
    await stage.over()
    assert anna.gone_at == pytest.approx(21.4)


@staged
async def test_one_call_a_second_is_dialled_the_others_stay_queued(stage: Stage) -> None:
    stage.phone(), stage.phone(BOB, "bob")
    stage.app.answers["/voice"] = "<Hangup/>"
    first, second = stage.place(), stage.place(to=BOB)
    assert (first.queue_time, second.queue_time) == (0, 1000)
    await stage.wait(0.9)
    assert (first.status, second.status) == (CallStatus.RINGING, CallStatus.QUEUED)
    await stage.over()


@staged
async def test_digits_are_pressed_after_the_answer(stage: Stage) -> None:
    anna = stage.phone()
    stage.app.answers["/voice"] = "<Say>Hello</Say>"
    stage.place(send_digits="1w2#")
    await stage.over()
    assert anna.keys == "12#"
    assert anna.words == ["Hello"]


@staged
async def test_the_caller_id_may_be_another_one(stage: Stage) -> None:
    anna = stage.phone()
    stage.app.answers["/voice"] = "<Hangup/>"
    stage.place(caller_id=BOB)
    await stage.over()
    assert anna.shown == BOB


@staged
async def test_inline_twiml_is_performed_without_a_request(stage: Stage) -> None:
    anna = stage.phone()
    stage.place("<Response><Say>Inline.</Say></Response>")
    await stage.over()
    assert anna.words == ["Inline."]
    assert stage.app.at("/voice") == []


@staged
async def test_a_call_that_is_recorded_tells_of_it_at_the_end_and_later(stage: Stage) -> None:
    stage.phone()
    stage.app.answers["/voice"] = '<Pause length="10"/>'
    wish = RecordingWish(callback=Callback(url=f"{APP}/rec"), events=("in-progress", "completed"))
    stage.place(recording=wish)
    await stage.over()
    (recording,) = stage.carrier.account.recordings.values()
    assert (recording.status, recording.duration, recording.source) == ("completed", 10, "OutboundAPI")
    last = stage.app.at("/status")[-1].params
    assert last["RecordingSid"] == recording.sid
    assert last["RecordingDuration"] == "10"
    begun, done = (r.params for r in stage.app.at("/rec"))
    assert begun["RecordingStatus"] == "in-progress"
    assert "RecordingDuration" not in begun
    assert done["RecordingDuration"] == "10"
    assert done["ErrorCode"] == "0"
    assert "From" not in done


@staged
async def test_a_number_of_the_account_is_called_as_a_second_call(stage: Stage) -> None:
    stage.carrier.own(BOB, webhook_url=f"{APP}/inbound")
    stage.app.answers |= {"/voice": "<Pause/>", "/inbound": "<Say>Hi</Say>"}
    stage.place(to=BOB)
    await stage.over()
    first, second = stage.carrier.account.calls.values()
    assert (first.direction, second.direction) == ("outbound-api", "inbound")
    assert first.sid != second.sid
    assert second.phone_number_sid is not None


@staged
async def test_the_numbers_the_call_registers_are_the_network_s(stage: Stage) -> None:
    stage.phone()
    stage.app.answers["/voice"] = Answer("<Response/>")
    call = stage.place()
    await stage.over()
    (registered,) = stage.network.calls
    assert (registered.carrier, registered.carrier_id) == ("twilio", call.sid)
    assert (registered.direction, registered.from_, registered.to) == ("outbound", OWN, ANNA)
    assert {entry.data["call"] for entry in stage.written("webhook")} == {1}


@staged
async def test_callbacks_and_fallback_can_be_changed_while_it_lasts(stage: Stage) -> None:
    stage.phone(answers_after=1.0)
    stage.app.answers |= {"/voice": '<Pause length="5"/><Redirect>/bad</Redirect>', "/bad": Answer("", status=500)}
    call = stage.place()
    await stage.wait(3)
    stage.carrier.exchange.change(
        call.sid, fallback=Callback(url=f"{APP}/rescue"), status_callback=Callback(url=f"{APP}/told", method="GET")
    )
    stage.app.answers["/rescue"] = "<Hangup/>"
    await stage.over()
    assert len(stage.app.at("/rescue")) == 1
    (told,) = stage.app.at("/told")
    assert (told.method, told.params["CallStatus"]) == ("GET", "completed")


@staged
async def test_callbacks_of_a_us_caller_tell_how_twilio_vouches_for_it(stage: Stage) -> None:
    stage.phone()
    stage.app.answers["/voice"] = "<Hangup/>"
    stage.place()
    await stage.over()
    told = {r.params["CallStatus"]: r.params.get("StirStatus") for r in stage.app.at("/status")}
    assert told == {"initiated": None, "ringing": "A", "in-progress": "A", "completed": "A"}
