"""The mock's webhooks: JSON `{"event": {...}}` and/or `{"events": [...]}`; each needs `type` and `callId`.

An inbound call's `callId` is the carrier's name for it, unless there is a `providerCallId`; ours is made by us.
"""

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
    digest = hashlib.sha256(request.target.encode("utf-8", "surrogateescape") + b"\n" + request.body).hexdigest()
    return Proof(key=f"mock:{digest}")


def understand(request: WebhookRequest) -> Delivery:
    """The events of one request. Raises `Unintelligible` for anything but events of one call; unknown types are
    dropped.
    """
    found = _items(request.body)
    first, call_id = found[0], _call_id(found)
    direction = first.get("direction")
    inbound = direction == Direction.INBOUND
    provider_call_id = _text(first, "providerCallId") or (call_id if inbound else None)
    return Delivery(
        call_id=CallId(call_id),
        provider_call_id=None if provider_call_id is None else ProviderCallId(provider_call_id),
        direction=Direction(direction) if direction in tuple(Direction) else None,
        from_=_text(first, "from"),
        to=_text(first, "to"),
        events=tuple(event for item in found for event in _events(item)),
    )


def _call_id(items: Sequence[Fields]) -> str:
    calls = {_text(item, "callId") for item in items}
    (call_id,) = calls if len(calls) == 1 else (None,)
    if call_id is None:
        raise Unintelligible("a mock webhook needs events with one and the same callId")
    return call_id


def _items(body: bytes) -> list[Fields]:
    try:
        content = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise Unintelligible(f"a mock webhook's body is not JSON: {error}") from error
    if not isinstance(content, dict) or not isinstance(content.get("events", []), list):
        raise Unintelligible("a mock webhook is a JSON object with `events`, a list, or `event`, or both")
    found = [*content.get("events", ()), *([content["event"]] if "event" in content else [])]
    if not found or not all(isinstance(item, dict) for item in found):
        raise Unintelligible("a mock webhook's events are JSON objects, at least one")
    return found


def _text(item: Fields, name: str) -> str | None:
    """A text, if there is one. Raises `Unintelligible` for anything else under that name."""
    value = item.get(name)
    if value is not None and not isinstance(value, str):
        raise Unintelligible(f"a mock event's {name} is not a text")
    return value or None


def _events(item: Fields) -> Sequence[Event]:
    make = MAKERS.get(str(item.get("type", "")))
    return () if make is None else make(item)


def _turn(item: Fields) -> Turn | None:
    token = _text(item, "turnToken")
    return None if token is None else Turn(token)


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
