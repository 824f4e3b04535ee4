"""What Telnyx's events mean."""

from __future__ import annotations

import base64
import contextlib
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.sdk.carriers.telnyx.requests import CONTROL_ID, HANGUP, IDS, INCOMING, body, event, request, state, view
from voicecall_sdk.carriers.telnyx.lexicon import END_REASONS
from voicecall_sdk.carriers.telnyx.state import ClientState, read, written
from voicecall_sdk.carriers.telnyx.webhooks import document, understand
from voicecall_sdk.errors import Unintelligible
from voicecall_sdk.events import (
    Answered,
    Ended,
    Event,
    Heard,
    Initiated,
    KeysPressed,
    MachineDetected,
    PlaybackStarted,
    Ready,
    Ringing,
    Spoken,
    StreamOver,
)
from voicecall_sdk.values import Direction, EndReason, Turn

TURN = Turn("t1")
INBOUND, OUTBOUND = Direction.INBOUND, Direction.OUTBOUND


# --- beginnings -------------------------------------------------------------------------------------------------


def test_somebody_calls() -> None:
    delivery = understand(request(body("call.initiated", INCOMING)))
    assert (delivery.call_id, delivery.provider_call_id, delivery.direction) == (None, CONTROL_ID, INBOUND)
    assert (delivery.from_, delivery.to) == ("+15551230001", "+15557654321")
    assert (delivery.events, delivery.wants_document) == ((Initiated(),), False)


def test_a_call_of_ours_bears_our_name() -> None:
    delivery = understand(event("call.initiated", direction="outgoing", state="bridging"))
    assert (delivery.call_id, delivery.direction, delivery.events) == ("c1", OUTBOUND, (Initiated(),))


def test_an_answer_says_no_direction_and_we_know_it() -> None:
    delivery = understand(event("call.answered", client_state=state(direction=INBOUND)))
    assert (delivery.direction, delivery.events) == (INBOUND, (Answered(), Ready()))


# --- what each event means --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "payload", "events"),
    [
        ("call.ringing", {}, (Ringing(),)),
        ("call.speak.ended", {"status": "completed"}, (Spoken(TURN),)),
        ("call.speak.ended", {}, (Spoken(TURN),)),
        ("call.speak.ended", {"status": "call_hangup"}, ()),
        ("call.speak.ended", {"status": "cancelled"}, ()),
        ("call.speak.ended", {"client_state": state()}, ()),
        ("call.speak.ended", {"client_state": None}, ()),
        ("call.dtmf.received", {"digit": "5"}, (KeysPressed("5", TURN, whole=False),)),
        ("call.dtmf.received", {"digit": "5", "client_state": state(streamed=True)}, ()),
        ("call.dtmf.received", {}, ()),
        ("call.machine.detection.ended", {"result": "human"}, (MachineDetected("human"),)),
        ("call.machine.detection.ended", {"result": "not_sure"}, (MachineDetected("unknown"),)),
        ("call.machine.premium.detection.ended", {"result": "human_business"}, (MachineDetected("human"),)),
        ("call.machine.premium.detection.ended", {"result": "fax_detected"}, (MachineDetected("fax"),)),
        ("streaming.failed", {"failure_reason": "connection_failed"}, (StreamOver(),)),
        ("streaming.stopped", {}, (StreamOver(),)),
        ("streaming.started", {}, ()),
        ("call.speak.started", {}, (PlaybackStarted(turn=TURN),)),
        ("call.speak.started", {"client_state": None}, ()),
        ("call.bridged", {}, ()),
        ("call.recording.saved", {}, ()),
        ("something.new", {}, ()),
    ],
)
def test_events(kind: str, payload: dict[str, Any], events: tuple[Event, ...]) -> None:
    delivery = understand(event(kind, **{"client_state": state("t1"), **payload}))
    assert (delivery.events, delivery.wants_document) == (events, False)


@pytest.mark.parametrize(
    ("data", "events"),
    [
        (
            {"transcript": " Yes. ", "confidence": 0.9, "is_final": True},
            (Heard("Yes.", confidence=0.9, turn=TURN, ongoing=True),),
        ),
        ({"transcript": "Ye", "confidence": 0.0, "is_final": False}, (Heard("Ye", False, 0.0, TURN, ongoing=True),)),
        ({"transcript": "Yes"}, (Heard("Yes", turn=TURN, ongoing=True),)),
        ({"transcript": "Yes", "confidence": 7}, (Heard("Yes", turn=TURN, ongoing=True),)),
        ({"transcript": "Yes", "confidence": True}, (Heard("Yes", turn=TURN, ongoing=True),)),
        ({"transcript": "Yes", "transcription_track": "inbound"}, (Heard("Yes", turn=TURN, ongoing=True),)),
        ({"transcript": "Us", "transcription_track": "outbound"}, ()),
        ({"transcript": "  ", "is_final": True}, ()),
        ({}, ()),
        (None, ()),
        ("Yes", ()),
    ],
)
def test_what_was_heard(data: Any, events: tuple[Event, ...]) -> None:
    heard = understand(event("call.transcription", client_state=state("t1"), transcription_data=data))
    assert heard.events == events


# --- ends -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cause", "reason"),
    [*END_REASONS.items(), ("something new", EndReason.COMPLETED)],
)
def test_causes(cause: str, reason: EndReason) -> None:
    (end,) = understand(event("call.hangup", hangup_cause=cause, hangup_source="unknown")).events
    assert end == Ended(reason, cause)


@pytest.mark.parametrize(
    ("cause", "sip", "reason"),
    [
        ("unspecified", "480", EndReason.FAILED),
        ("unspecified", "503", EndReason.FAILED),
        ("unspecified", "200", EndReason.COMPLETED),
        ("unspecified", "unspecified", EndReason.COMPLETED),
        ("normal_clearing", "503", EndReason.COMPLETED),
        ("call_rejected", "403", EndReason.FAILED),
        ("call_rejected", "603", EndReason.BUSY),
    ],
)
def test_a_cause_that_says_little_is_a_failure_if_sip_says_so(cause: str, sip: str, reason: EndReason) -> None:
    (end,) = understand(event("call.hangup", hangup_cause=cause, sip_hangup_cause=sip)).events
    assert end == Ended(reason, cause)


@pytest.mark.parametrize(
    ("direction", "source", "by_far_end"),
    [
        (INBOUND, "caller", True),
        (INBOUND, "callee", False),
        (OUTBOUND, "caller", False),
        (OUTBOUND, "callee", True),
        (INBOUND, "unknown", None),
        (OUTBOUND, "", None),
    ],
)
def test_who_hung_up(direction: Direction, source: str, by_far_end: bool | None) -> None:
    payload = {**HANGUP, "client_state": state("t1", direction=direction), "hangup_source": source}
    (end,) = understand(request(body("call.hangup", payload))).events
    assert end == Ended(EndReason.COMPLETED, "normal_clearing", by_far_end=by_far_end)


@pytest.mark.parametrize(
    ("client_state", "reason", "by_far_end"),
    [(None, EndReason.HANGUP_USER, True), (state(), EndReason.HANGUP_BOT, False)],
)
def test_who_gave_up_before_the_answer(client_state: str | None, reason: EndReason, by_far_end: bool) -> None:
    payload = {**HANGUP, "client_state": client_state, "hangup_cause": "originator_cancel", "sip_hangup_cause": "487"}
    (end,) = understand(request(body("call.hangup", payload))).events
    assert end == Ended(reason, "originator_cancel", by_far_end=by_far_end, was_answered=False)


def test_a_hangup_without_our_state_says_as_much_as_it_can() -> None:
    delivery = understand(request(body("call.hangup", HANGUP)))
    assert (delivery.call_id, delivery.provider_call_id) == (None, CONTROL_ID)
    assert delivery.events == (Ended(EndReason.COMPLETED, "normal_clearing"),)


# --- our state --------------------------------------------------------------------------------------------------


@given(
    st.sampled_from(Direction),
    st.one_of(st.none(), st.from_regex(r"[A-Za-z0-9_-]{1,20}", fullmatch=True)),
    st.booleans(),
)
def test_our_state_comes_back(direction: Direction, turn: str | None, streamed: bool) -> None:
    named = None if turn is None else Turn(turn)
    text = written(view(direction=direction), named, streamed=streamed)
    assert base64.b64encode(base64.b64decode(text, validate=True)).decode() == text
    assert read(text) == ClientState(view().call_id, direction, named, streamed)


@pytest.mark.parametrize(
    "foreign",
    [None, "", 7, [], "é", "!!", base64.b64encode(b"c1").decode(), base64.b64encode(b"\xff|").decode()]
    + [base64.b64encode(text).decode() for text in (b"x|c1|inbound||", b"voicecall|c1|sideways||", b"voicecall|c1")],
)
def test_other_people_s_state_is_none_of_ours(foreign: Any) -> None:
    assert read(foreign) == ClientState()
    assert understand(event("call.answered", client_state=foreign)).call_id is None


# --- strangers --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "content",
    [
        *(
            b"",
            b"\xff",
            b"[]",
            b"{}",
            b'{"data": 1}',
            b'{"data": {}}',
            b'{"data": {"event_type": "x"}}',
            b"[" * 100_000,
        ),
        b'{"record_type": "event", "event_type": "call_answered", "payload": {}}',
    ],
)
def test_what_is_no_event_of_version_2(content: bytes) -> None:
    with pytest.raises(Unintelligible):
        understand(request(content))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inside: st.lists(inside, max_size=2) | st.dictionaries(st.sampled_from([*IDS, *HANGUP, "digit"]), inside),
    max_leaves=5,
)


@given(st.sampled_from(["call.hangup", "call.transcription", "call.dtmf.received", "call.initiated"]), JSON)
def test_anything_is_understood_or_refused(kind: str, payload: Any) -> None:
    with contextlib.suppress(Unintelligible):
        understand(request(json.dumps({"data": {"event_type": kind, "payload": payload}}).encode()))


def test_the_acknowledgement_is_bare() -> None:
    reply = document((), None)
    assert (reply.status, reply.body) == (200, "OK")
