"""What Plivo's callbacks mean: the calls' beginnings and ends, and why a document is wanted."""

from __future__ import annotations

import contextlib
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.sdk.carriers.plivo.requests import ANSWER_IN, ANSWER_OUT, HANGUP, RING, UUID, request
from voicecall_sdk.carriers.plivo.lexicon import CAUSES, END_REASONS, ended
from voicecall_sdk.carriers.plivo.webhooks import understand
from voicecall_sdk.errors import Unintelligible
from voicecall_sdk.events import (
    Answered,
    Ended,
    Event,
    Heard,
    Initiated,
    KeysPressed,
    MachineDetected,
    NothingHeard,
    Ready,
    Ringing,
)
from voicecall_sdk.values import Direction, EndReason, Turn

TURN = Turn("t1")
INPUT = {**ANSWER_OUT, "InputType": "speech", "Digits": "", "Speech": "", "SpeechConfidenceScore": ""}
UNANSWERED = {
    **{name: value for name, value in HANGUP.items() if not name.startswith("ALeg")},
    "AnswerTime": "",
    "CallStatus": "busy",
    "HangupCause": "USER_BUSY",
    "HangupCauseCode": "3010",
    "HangupSource": "Carrier",
    "From": "+918035735900",
}


# --- beginnings -------------------------------------------------------------------------------------------------


def test_an_answered_call() -> None:
    delivery = understand(request("callId=c1", ANSWER_OUT))
    assert (delivery.call_id, delivery.provider_call_id, delivery.request_id) == ("c1", UUID, UUID)
    assert (delivery.direction, delivery.from_, delivery.to) == (
        Direction.OUTBOUND,
        "+918035735900",
        "+919494865411",
    )
    assert (delivery.events, delivery.wants_document) == ((Answered(), Ready()), True)


def test_an_incoming_call() -> None:
    delivery = understand(request("", ANSWER_IN))
    assert (delivery.call_id, delivery.request_id, delivery.direction) == (None, None, Direction.INBOUND)
    assert (delivery.from_, delivery.to) == ("+15551230001", "+15551230002")
    assert (delivery.events, delivery.wants_document) == ((Initiated(), Ready()), True)


def test_the_call_has_another_name_than_its_order() -> None:
    delivery = understand(request("callId=c1", {**ANSWER_OUT, "CallUUID": "call"}))
    assert (delivery.provider_call_id, delivery.request_id) == ("call", UUID)


def test_a_ring_wants_no_document() -> None:
    delivery = understand(request("callId=c1&type=ring", RING))
    assert (delivery.events, delivery.wants_document, delivery.from_) == ((Ringing(),), False, "+918035735900")


@pytest.mark.parametrize("from_", ["anonymous", "sip:a@b", "", "+1555"])
def test_what_is_no_number_is_left_as_it_is(from_: str) -> None:
    assert understand(request("", {**ANSWER_IN, "From": from_})).from_ == from_


@pytest.mark.parametrize(
    ("params", "events"),
    [
        ({**ANSWER_OUT, "Machine": "true"}, (MachineDetected("machine"), Answered(), Ready())),
        ({**ANSWER_OUT, "Machine": "false"}, (Answered(), Ready())),
        ({**ANSWER_OUT, "Event": "MachineDetection", "Machine": "true"}, (MachineDetected("machine"),)),
    ],
)
def test_machines(params: dict[str, str], events: tuple[Event, ...]) -> None:
    assert understand(request("callId=c1", params)).events == events


# --- documents --------------------------------------------------------------------------------------------------

FLOWS: dict[str, tuple[Event, ...]] = {
    "spoken": (Ready(spoken=TURN),),
    "silence": (NothingHeard(TURN), Ready()),
    "heard": (NothingHeard(TURN), Ready()),
    "due": (Ready(due=TURN),),
    "hold": (Ready(),),
    "pressed": (Ready(),),
    "streamed": (Ready(),),
    "something new": (Ready(),),
}


@pytest.mark.parametrize(
    ("flow", "base"), [*product(FLOWS, (ANSWER_OUT, {**ANSWER_IN, "CallStatus": "in-progress"}, INPUT))]
)
def test_why_a_document_is_wanted(flow: str, base: dict[str, str]) -> None:
    delivery = understand(request(f"callId=c1&flow={flow}&turn=t1&step=s", base))
    assert (delivery.events, delivery.wants_document) == (FLOWS[flow], True)


@pytest.mark.parametrize(
    ("params", "events"),
    [
        ({"Speech": " Yes. ", "SpeechConfidenceScore": "0.91"}, (Heard("Yes.", confidence=0.91, turn=TURN),)),
        ({"Speech": "Yes", "SpeechConfidenceScore": ""}, (Heard("Yes", turn=TURN),)),
        ({"Speech": "Yes", "SpeechConfidenceScore": "much"}, (Heard("Yes", turn=TURN),)),
        ({"InputType": "dtmf", "Digits": "12"}, (KeysPressed("12", turn=TURN),)),
        ({"Speech": "  "}, (NothingHeard(TURN), Ready())),
    ],
)
def test_what_was_heard(params: dict[str, str], events: tuple[Event, ...]) -> None:
    assert understand(request("callId=c1&flow=heard&turn=t1", {**INPUT, **params})).events == events


# --- ends -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("query", ["callId=c1&type=hangup", "callId=c1", ""])
def test_a_hangup_is_told_whatever_url_has_it(query: str) -> None:
    delivery = understand(request(query, HANGUP))
    assert delivery.events == (Ended(EndReason.COMPLETED, "completed", by_far_end=True, was_answered=True),)
    assert not delivery.wants_document


def test_a_call_nobody_answered() -> None:
    (event,) = understand(request("callId=c1&type=hangup", UNANSWERED)).events
    assert event == Ended(EndReason.BUSY, "busy", was_answered=False)


@pytest.mark.parametrize(
    ("direction", "source", "by_far_end"),
    [
        ("outbound", "Callee", True),
        ("outbound", "Caller", False),
        ("inbound", "Caller", True),
        ("inbound", "Callee", False),
        *product(("inbound", "outbound"), ("API Request", "Answer XML", "Plivo"), (False,)),
        *product(("inbound", "outbound"), ("Carrier", "Error", "Unknown", ""), (None,)),
        ("", "Callee", None),
    ],
)
def test_who_hung_up(direction: str, source: str, by_far_end: bool | None) -> None:
    end = ended({**HANGUP, "Direction": direction, "HangupSource": source})
    assert end is not None
    assert end.by_far_end is by_far_end


@pytest.mark.parametrize(
    ("status", "code", "reason"),
    [
        *((status, "", reason) for status, reason in END_REASONS.items()),
        *(("completed", code, reason) for code, reason in CAUSES.items()),
        ("completed", "4010", EndReason.COMPLETED),
        ("failed", "3020", EndReason.BUSY),
        ("failed", "2000", EndReason.FAILED),
        ("failed", "5030", EndReason.FAILED),
        ("completed", "7011", EndReason.ERROR),
        ("completed", "8014", EndReason.ERROR),
    ],
)
def test_statuses_and_causes(status: str, code: str, reason: EndReason) -> None:
    end = ended({"CallStatus": status, "HangupCauseCode": code, "Direction": "outbound"})
    assert end == Ended(reason, status)


def test_a_caller_who_gives_up_before_the_answer() -> None:
    end = ended({"CallStatus": "cancel", "HangupCauseCode": "1000", "Direction": "inbound", "HangupSource": "Caller"})
    assert end == Ended(EndReason.HANGUP_USER, "cancel", by_far_end=True)


# --- strangers --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("params", [{}, {"From": "1"}, {"CallUUID": ""}])
def test_without_a_call(params: dict[str, str]) -> None:
    with pytest.raises(Unintelligible):
        understand(request("callId=c1", params))


@given(st.text(max_size=30), st.binary(max_size=60))
def test_anything_is_understood_or_refused(query: str, body: bytes) -> None:
    with contextlib.suppress(Unintelligible):
        understand(request(query, body=body))
