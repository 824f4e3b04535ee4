"""Tin Can's webhooks, understood: JSON with `id`, `call`, `way`, `from`, `to` and an `event`.

The URL of each is one that we gave: `callId` is our call, `turn` the question or utterance that it follows, `flow`
says that it was an utterance (`spoken`).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any, Final

from voicecall_sdk.errors import Unintelligible
from voicecall_sdk.events import Answered, Delivery, Ended, Event, Heard, Initiated, NothingHeard, Ready, Ringing
from voicecall_sdk.messages import WebhookRequest
from voicecall_sdk.values import CallId, Direction, EndReason, ProviderCallId, Turn

WAYS: Final = {"in": Direction.INBOUND, "out": Direction.OUTBOUND}
NOTICES: Final = frozenset({"ringing", "over"})
"""Events that want no script."""

REASONS: Final = {
    "hung up": EndReason.COMPLETED,
    "busy": EndReason.BUSY,
    "rejected": EndReason.BUSY,
    "no answer": EndReason.NO_ANSWER,
}


def understand(request: WebhookRequest) -> Delivery:
    """What the webhook says. Raises `Unintelligible` when it is about no call, or of no known form."""
    said = _said(request.body)
    event = said.get("event", "")
    if not said.get("call") or event not in MAKERS:
        raise Unintelligible("a Tin Can webhook has a call, and an event of those that are documented")
    query = request.query
    return Delivery(
        call_id=CallId(query["callId"]) if query.get("callId") else None,
        provider_call_id=ProviderCallId(said["call"]),
        direction=WAYS.get(said.get("way", "")),
        from_=said.get("from"),
        to=said.get("to"),
        events=MAKERS[event](said, Turn(query["turn"]) if query.get("turn") else None, query.get("flow") == "spoken"),
        wants_document=event not in NOTICES,
    )


def _said(body: bytes) -> Mapping[str, str]:
    try:
        content: Any = json.loads(body)
    except (ValueError, RecursionError):
        content = None
    if not isinstance(content, dict) or not all(isinstance(value, str) for value in content.values()):
        raise Unintelligible("a Tin Can webhook is a JSON object of texts")
    return content


def _done(said: Mapping[str, str], turn: Turn | None, spoken: bool) -> tuple[Event, ...]:
    return (Ready(spoken=turn),) if spoken else (Ready(),)


def _over(said: Mapping[str, str], turn: Turn | None, spoken: bool) -> tuple[Event, ...]:
    why, by = said.get("why", ""), said.get("by")
    return (
        Ended(REASONS.get(why, EndReason.FAILED), carrier_word=why, by_far_end=None if by is None else by == "them"),
    )


MAKERS: Final[Mapping[str, Callable[[Mapping[str, str], Turn | None, bool], tuple[Event, ...]]]] = {
    "incoming": lambda said, turn, spoken: (Initiated(), Ready()),
    "ringing": lambda said, turn, spoken: (Ringing(),),
    "answered": lambda said, turn, spoken: (Answered(), Ready()),
    "done": _done,
    "heard": lambda said, turn, spoken: (Heard(said.get("text", ""), turn=turn),),
    "silence": lambda said, turn, spoken: (NothingHeard(turn), Ready()),
    "over": _over,
}
"""What each event amounts to."""
