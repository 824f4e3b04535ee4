"""What Twilio's callbacks mean: status by direction by kind by flow."""

from __future__ import annotations

from itertools import product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.sdk.carriers.twilio.requests import BASE, HOOK, SID, request
from voicecall_sdk.carriers.forms import confidence
from voicecall_sdk.carriers.twilio.webhooks import understand
from voicecall_sdk.carriers.urls import call_url
from voicecall_sdk.errors import Unintelligible
from voicecall_sdk.events import (
    Answered,
    Delivery,
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
from voicecall_sdk.messages import WebhookRequest
from voicecall_sdk.values import CallId, Direction, EndReason, Turn

NEWS: dict[str, Event | None] = {
    "queued": Initiated(),
    "initiated": Initiated(),
    "ringing": Ringing(),
    "in-progress": Answered(),
    "completed": Ended(EndReason.COMPLETED, "completed", was_answered=True),
    "busy": Ended(EndReason.BUSY, "busy", was_answered=False),
    "no-answer": Ended(EndReason.NO_ANSWER, "no-answer", was_answered=False),
    "failed": Ended(EndReason.FAILED, "failed", was_answered=False),
    "canceled": Ended(EndReason.HANGUP_BOT, "canceled", was_answered=False),
    "": None,
    "something new": None,
}
DIRECTIONS = {
    "inbound": Direction.INBOUND,
    "outbound-api": Direction.OUTBOUND,
    "outbound-dial": Direction.OUTBOUND,
    "": None,
    "trunking-terminating": None,
}
TURN = Turn("t1")
FLOWS: dict[str | None, tuple[Event, ...] | None] = {
    None: None,  # the call begins: by direction
    "heard": (Ready(),),
    "spoken": (Ready(spoken=TURN),),
    "silence": (NothingHeard(TURN), Ready()),
    "due": (Ready(due=TURN),),
    "hold": (Ready(),),
    "pressed": (Ready(),),
    "something new": (Ready(),),
}


def deliver(params: dict[str, str], **query: str | None) -> Delivery:
    return understand(request(call_url("", CallId("c1"), **query).removeprefix("?"), {**BASE, **params}))


@pytest.mark.parametrize(("status", "direction"), list(product(NEWS, DIRECTIONS)))
def test_a_status_callback(status: str, direction: str) -> None:
    delivery = deliver({"CallStatus": status, "Direction": direction}, type="status")
    news = NEWS[status]
    assert delivery.events == (() if news is None else (news,))
    assert delivery.direction is DIRECTIONS[direction]
    assert not delivery.wants_document
    assert (delivery.call_id, delivery.provider_call_id) == ("c1", SID)
    assert (delivery.from_, delivery.to) == (BASE["From"], BASE["To"])
    assert delivery.details == {"status": status}


@pytest.mark.parametrize("status", NEWS)
def test_a_request_for_a_document(status: str) -> None:
    news, told, meant = NEWS[status], {}, {}
    for direction, flow in product(DIRECTIONS, FLOWS):
        delivery = deliver({"CallStatus": status, "Direction": direction}, flow=flow, turn=TURN, step="s1")
        told[direction, flow] = (delivery.events, delivery.wants_document)
        begins = (Initiated() if direction == "inbound" else Answered(), Ready())
        ends = isinstance(news, Ended)
        meant[direction, flow] = ((news,), False) if ends else (FLOWS[flow] or begins, True)
    assert told == meant


@pytest.mark.parametrize("flow", FLOWS)
def test_what_was_heard_comes_before_why_the_document_is_wanted(flow: str | None) -> None:
    spoken = {"CallStatus": "in-progress", "SpeechResult": " Yes, please. ", "Confidence": "0.9"}
    heard = Heard("Yes, please.", confidence=0.9, turn=TURN)
    assert deliver(spoken, flow=flow, turn=TURN).events == (heard,)
    assert deliver({**spoken, "Digits": "1"}, flow=flow, turn=TURN).events == (heard,)
    keys = {"CallStatus": "in-progress", "Digits": "47#", "SpeechResult": ""}
    assert deliver(keys, flow=flow, turn=TURN).events == (KeysPressed("47#", turn=TURN),)


def test_nothing_was_heard_after_all() -> None:
    assert deliver({"SpeechResult": "  ", "Digits": ""}, flow="heard", turn=TURN).events == (Ready(),)
    assert deliver({"SpeechResult": "Yes."}, flow="heard").events == (Heard("Yes."),)


@pytest.mark.parametrize(
    ("word", "meaning"),
    [
        ("human", "human"),
        ("machine_start", "machine"),
        ("machine_end_beep", "machine"),
        ("machine_end_silence", "machine"),
        ("machine_end_other", "machine"),
        ("fax", "fax"),
        ("unknown", "unknown"),
        ("something new", "unknown"),
    ],
)
def test_what_answered(word: str, meaning: str) -> None:
    verdict = MachineDetected(meaning)
    asynchronous = understand(request("callId=c1&type=amd", {"CallSid": SID, "AnsweredBy": word}))
    assert (asynchronous.events, asynchronous.wants_document) == ((verdict,), False)
    blocking = deliver({"AnsweredBy": word, "CallStatus": "in-progress"})
    assert blocking.events == (verdict, Answered(), Ready())


def test_a_recording_is_nothing_to_us() -> None:
    delivery = deliver({"RecordingSid": "RE1", "CallStatus": "completed"}, type="recording")
    assert (delivery.events, delivery.wants_document) == ((), False)


def test_a_callback_without_our_id_is_about_the_carriers_call() -> None:
    delivery = understand(request("", {**BASE, "CallStatus": "ringing", "Direction": "inbound"}))
    assert (delivery.call_id, delivery.provider_call_id) == (None, SID)
    assert delivery.events == (Initiated(), Ready())
    assert understand(request("callId=", BASE)).call_id is None


def test_a_callback_by_get_has_all_in_its_query() -> None:
    delivery = understand(request(f"callId=c1&CallSid={SID}&CallStatus=in-progress", method="GET"))
    assert (delivery.provider_call_id, delivery.events) == (SID, (Answered(), Ready()))


@pytest.mark.parametrize(
    "message",
    [
        request("callId=c1", {}),
        request("callId=c1", {"CallSid": ""}),
        request("callId=c1", body=b"\xff\x00not a form"),
        request("callId=c1", BASE, content_type="application/json"),
    ],
)
def test_what_is_no_voice_callback(message: WebhookRequest) -> None:
    with pytest.raises(Unintelligible, match="without CallSid"):
        understand(message)


@given(st.binary(max_size=300), st.text(max_size=40))
def test_whatever_comes_is_understood_or_refused(body: bytes, query: str) -> None:
    message = WebhookRequest(method="POST", target=f"/voice/webhook?{query}", headers={}, body=b"CallSid=CA1&" + body)
    delivery: Any = None
    try:
        delivery = understand(message)
    except Unintelligible:
        return
    assert delivery.provider_call_id


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("0.9", 0.9),
        ("0", 0.0),
        ("1.0", 1.0),
        ("1.1", None),
        ("-0.1", None),
        ("nan", None),
        ("inf", None),
        ("high", None),
        ("", None),
        (None, None),
    ],
)
def test_confidence_is_a_number_within_bounds_or_nothing(text: str | None, value: float | None) -> None:
    assert confidence(text) == value


def test_our_urls() -> None:
    assert (
        call_url(HOOK, CallId("c1"), flow="heard", turn=None, step="s-1_~.")
        == f"{HOOK}?callId=c1&flow=heard&step=s-1_~."
    )
    assert call_url(HOOK, CallId("c&1"), turn="a b+ü") == f"{HOOK}?callId=c%261&turn=a+b%2B%C3%BC"


def test_the_query_is_sorted() -> None:
    """Servers and carriers were seen to sort what they request or rebuild (twilio-php#790, yap#1627)."""
    url = call_url(HOOK, CallId("c1"), type="status", turn="t", step="s", flow="heard")
    assert url == f"{HOOK}?callId=c1&flow=heard&step=s&turn=t&type=status"
