"""The carrier that calls nobody: what it says at once, and the events that a developer posts."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voicecall_sdk.carriers.carrier import CallView, Done, Placed, Standing
from voicecall_sdk.carriers.mock import carrier
from voicecall_sdk.commands import AskStatus, Command, Dial, HangUp, Listen, Press, Prompt, Say
from voicecall_sdk.errors import Unintelligible
from voicecall_sdk.events import (
    Answered,
    Ended,
    Event,
    Faulted,
    Heard,
    Initiated,
    KeysPressed,
    PlaybackStarted,
    Ready,
    Ringing,
)
from voicecall_sdk.messages import RestReply, RestRequest, WebhookReply, WebhookRequest
from voicecall_sdk.values import CallId, Direction, EndReason, ProviderCallId, State, Turn

TURN = Turn("t1")
VIEW = CallView(
    call_id=CallId("c1"),
    provider_call_id=ProviderCallId("mock-c1"),
    direction=Direction.OUTBOUND,
    webhook_url="http://127.0.0.1:3334/voice/webhook",
    voice="",
    language="en-US",
    state=State.LISTENING,
)
DIAL = Dial(to="+15550005678", from_="+15550000000", ring_timeout=30, max_duration=300)


def request(body: Any, target: str = "/voice/webhook") -> WebhookRequest:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return WebhookRequest(method="POST", target=target, headers={}, body=raw)


def events(**event: Any) -> tuple[Event, ...]:
    return carrier.understand(request({"event": {"callId": "c1", **event}})).events


@pytest.mark.parametrize(
    ("command", "outcome"),
    [
        (DIAL, Placed(ProviderCallId("mock-c1"))),
        (Say("Hello", TURN), Done(said=True)),
        (Prompt("Hello", TURN), Done()),
        (Listen(TURN), Done()),
        (Press("1"), Done()),
        (HangUp(), Done()),
        (AskStatus(), Standing(over=False, word="in-progress")),
    ],
)
def test_every_command_succeeds_at_once(command: Command, outcome: object) -> None:
    assert carrier.express(command, VIEW) == ()
    assert carrier.assume(command, VIEW) == outcome


@pytest.mark.parametrize("word", ["stale", "ended", "completed"])
def test_some_ids_are_of_calls_that_are_over(word: str) -> None:
    from dataclasses import replace

    standing = carrier.assume(AskStatus(), replace(VIEW, provider_call_id=ProviderCallId(f"mock-{word}-1")))
    assert standing == Standing(over=True, word="completed", news=Ended(EndReason.COMPLETED, "completed"))
    assert carrier.assume(AskStatus(), replace(VIEW, provider_call_id=None)) == Standing(over=False, word="in-progress")


@pytest.mark.parametrize(
    ("event", "meaning"),
    [
        ({"type": "call.initiated"}, (Initiated(),)),
        ({"type": "call.ringing"}, (Ringing(),)),
        ({"type": "call.answered"}, (Answered(), Ready())),
        ({"type": "call.active"}, (Ready(),)),
        ({"type": "call.speaking"}, (PlaybackStarted(""),)),
        ({"type": "call.speaking", "text": "Hello"}, (PlaybackStarted("Hello"),)),
        ({"type": "call.spoken", "turnToken": "t1"}, (Ready(spoken=TURN),)),
        ({"type": "call.speech", "transcript": "Yes"}, (Heard("Yes"),)),
        (
            {"type": "call.speech", "transcript": "Ye", "isFinal": False, "turnToken": "t1"},
            (Heard("Ye", final=False, turn=TURN),),
        ),
        ({"type": "call.speech"}, (Heard(""),)),
        ({"type": "call.dtmf", "digits": "47"}, (KeysPressed("47"),)),
        ({"type": "call.ended"}, (Ended(EndReason.COMPLETED, "completed"),)),
        ({"type": "call.ended", "reason": "busy"}, (Ended(EndReason.BUSY, "busy"),)),
        ({"type": "call.ended", "reason": "tired"}, (Ended(EndReason.COMPLETED, "tired"),)),
        ({"type": "call.error"}, (Faulted("unknown error", retryable=False),)),
        ({"type": "call.error", "error": "noise", "retryable": True}, (Faulted("noise", retryable=True),)),
        ({"type": "call.silence"}, ()),
        ({"type": 5}, ()),
        ({}, ()),
    ],
)
def test_events(event: dict[str, Any], meaning: tuple[Event, ...]) -> None:
    assert events(**event) == meaning


def test_several_events_of_one_call_in_their_order() -> None:
    body = {
        "events": [{"type": "call.ringing", "callId": "c1"}, {"type": "call.answered", "callId": "c1"}],
        "event": {"type": "call.dtmf", "callId": "c1", "digits": "1"},
    }
    delivery = carrier.understand(request(body))
    assert delivery.events == (Ringing(), Answered(), Ready(), KeysPressed("1"))
    assert (delivery.call_id, delivery.provider_call_id, delivery.direction) == ("c1", None, None)
    assert not delivery.wants_document


@pytest.mark.parametrize(("named", "provider_call_id"), [({}, "i1"), ({"providerCallId": "p1"}, "p1")])
def test_somebody_calls(named: dict[str, str], provider_call_id: str) -> None:
    caller = {"type": "call.initiated", "callId": "i1", "direction": "inbound", "from": "+15550005678", "to": "+1555"}
    delivery = carrier.understand(request({"event": {**caller, **named}}))
    assert (delivery.direction, delivery.from_, delivery.to) == (Direction.INBOUND, "+15550005678", "+1555")
    assert delivery.provider_call_id == provider_call_id


@pytest.mark.parametrize(
    ("body", "complaint"),
    [
        (b"", "not JSON"),
        (b"\xff", "not JSON"),
        (b"[" * 60_000, "not JSON"),
        ([], "is a JSON object"),
        ({"events": 5}, "`events`, a list"),
        ({"events": {"callId": "c1"}}, "`events`, a list"),
        ({}, "at least one"),
        ({"events": []}, "at least one"),
        ({"events": ["x"]}, "are JSON objects"),
        ({"event": None}, "are JSON objects"),
        ({"event": {"type": "call.ringing"}}, "one and the same callId"),
        ({"event": {"callId": ""}}, "one and the same callId"),
        ({"events": [{"callId": "c1"}, {"callId": "c2"}]}, "one and the same callId"),
        ({"event": {"callId": 5}}, "callId is not a text"),
        ({"event": {"callId": "c1", "from": ["x"]}}, "from is not a text"),
        ({"event": {"callId": "c1", "type": "call.spoken", "turnToken": 1}}, "turnToken is not a text"),
    ],
)
def test_what_is_no_event(body: Any, complaint: str) -> None:
    with pytest.raises(Unintelligible, match=complaint):
        carrier.understand(request(body))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=10,
)
KEYS = ["type", "callId", "direction", "from", "turnToken", "reason", "isFinal"]


@given(st.dictionaries(st.sampled_from(["event", "events"]), JSON | st.dictionaries(st.sampled_from(KEYS), JSON)))
def test_whatever_is_posted_is_understood_or_refused(body: Any) -> None:
    try:
        carrier.understand(request(body))
    except Unintelligible:
        return


def test_a_delivery_is_its_content() -> None:
    one = carrier.verify(request({"a": 1}), {}, (), 0.0).key
    assert carrier.verify(request({"a": 1}), {}, (), 99.0).key == one
    assert carrier.verify(request({"a": 2}), {}, (), 0.0).key != one
    assert carrier.verify(request({"a": 1}, "/voice/webhook?\udcff"), {}, (), 0.0).key != one


def test_the_rest_of_the_interface() -> None:
    asked = RestRequest(method="GET", path="/")
    assert carrier.document([HangUp()], VIEW) == WebhookReply()
    assert carrier.interpret(HangUp(), RestReply(status=200, body=b"")) == Done()
    assert carrier.authorize(asked, {}) is asked
    assert (carrier.base_url({}), carrier.voice_of(None), carrier.voice_of("onyx")) == ("", "", "onyx")
