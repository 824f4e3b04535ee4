"""The mock's webhooks: JSON `{"event": {...}}` and/or `{"events": [...]}`; each needs `type` and `callId`."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from voicecall_sdk.carriers.carrier import Credentials, Proof
from voicecall_sdk.errors import Unintelligible
from voicecall_sdk.events import (
    Answered,
    Delivery,
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
from voicecall_sdk.messages import WebhookRequest
from voicecall_sdk.values import CallId, Direction, EndReason, ProviderCallId, Turn

Fields = Mapping[str, Any]


def verify(request: WebhookRequest, credentials: Credentials, urls: Sequence[str], now: float) -> Proof:
    """Always believed: the mock is for development. The key is the request's content."""
    digest = hashlib.sha256(request.target.encode() + b"\n" + request.body).hexdigest()
    return Proof(key=f"mock:{digest}")


def understand(request: WebhookRequest) -> Delivery:
    """The events of one request. Raises `Unintelligible` for anything but events of one call; unknown types are
    dropped.
    """
    found = _items(request.body)
    calls = {str(item.get("callId", "")) for item in found}
    if len(calls) != 1 or "" in calls:
        raise Unintelligible("a mock webhook needs events with one and the same callId")
    first = found[0]
    direction = first.get("direction")
    return Delivery(
        call_id=CallId(calls.pop()),
        provider_call_id=ProviderCallId(first["providerCallId"]) if first.get("providerCallId") else None,
        direction=Direction(direction) if direction in tuple(Direction) else None,
        from_=first.get("from"),
        to=first.get("to"),
        events=tuple(event for item in found for event in _events(item)),
    )


def _items(body: bytes) -> list[Fields]:
    try:
        content = json.loads(body)
    except ValueError as error:
        raise Unintelligible(f"a mock webhook's body is not JSON: {error}") from error
    if not isinstance(content, dict):
        raise Unintelligible("a mock webhook's body is not a JSON object")
    found = [*content.get("events", ()), *([content["event"]] if "event" in content else [])]
    if not all(isinstance(item, dict) for item in found):
        raise Unintelligible("a mock webhook's events are not JSON objects")
    return found


def _events(item: Fields) -> Sequence[Event]:
    make = MAKERS.get(str(item.get("type", "")))
    return () if make is None else make(item)


def _turn(item: Fields) -> Turn | None:
    return Turn(item["turnToken"]) if item.get("turnToken") else None


def _ended(item: Fields) -> Sequence[Event]:
    word = str(item.get("reason", "completed"))
    reason = EndReason(word) if word in tuple(EndReason) else EndReason.COMPLETED
    return (Ended(reason, carrier_word=word),)


MAKERS: Final[Mapping[str, Callable[[Fields], Sequence[Event]]]] = {
    "call.initiated": lambda item: (Initiated(),),
    "call.ringing": lambda item: (Ringing(),),
    "call.answered": lambda item: (Answered(), Ready()),
    "call.active": lambda item: (Ready(),),
    "call.speaking": lambda item: (PlaybackStarted(str(item.get("text", ""))),),
    "call.spoken": lambda item: (Ready(spoken=_turn(item)),),
    "call.speech": lambda item: (
        Heard(str(item.get("transcript", "")), final=bool(item.get("isFinal", True)), turn=_turn(item)),
    ),
    "call.dtmf": lambda item: (KeysPressed(str(item.get("digits", "")), turn=_turn(item)),),
    "call.ended": _ended,
    "call.error": lambda item: (Faulted(str(item.get("error", "unknown error")), bool(item.get("retryable"))),),
}
