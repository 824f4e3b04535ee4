"""Plivo's callbacks, understood. Every URL that we give Plivo carries what the callback is about:

`callId` our call; `type=ring|hangup` a callback that wants no document; `turn` the question or utterance of the
document it belongs to; `step` that document, so that no two callbacks are alike; `flow` what brings it about:

`spoken` what was said is over · `silence` nobody spoke · `due` a request of ours had it fetched · `heard`, `hold`,
`pressed`, `streamed` the document of that kind is over, the last with its media stream

An application's hang-up URL that we did not write has none of these: `Event` and `CallStatus` tell.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from voicecall_sdk.carriers.forms import confidence, form_of
from voicecall_sdk.carriers.plivo.lexicon import DIRECTIONS, PROGRESS, ended
from voicecall_sdk.errors import Unintelligible
from voicecall_sdk.events import (
    Answered,
    Delivery,
    Event,
    Heard,
    Initiated,
    KeysPressed,
    MachineDetected,
    NothingHeard,
    Ready,
)
from voicecall_sdk.messages import WebhookRequest
from voicecall_sdk.values import CallId, Direction, ProviderCallId, Turn

CALLBACK_TYPES: Final = frozenset({"ring", "hangup"})
NOTICES: Final = frozenset({"Ring", "Hangup", "MachineDetection"})
"""What `Event` says in callbacks that want no document."""

Params = Mapping[str, str]


def understand(request: WebhookRequest) -> Delivery:
    """What the callback says. Raises `Unintelligible` when it lacks what every voice callback has."""
    query = request.query
    params = dict(form_of(request)) if request.method == "POST" else query
    call_uuid = params.get("CallUUID", "") or params.get("RequestUUID", "")
    if not call_uuid:
        raise Unintelligible("a Plivo voice callback without CallUUID")
    notice = query.get("type") in CALLBACK_TYPES or params.get("Event") in NOTICES
    over = ended(params)
    return Delivery(
        call_id=CallId(query["callId"]) if query.get("callId") else None,
        provider_call_id=ProviderCallId(call_uuid),
        request_id=ProviderCallId(params["RequestUUID"]) if params.get("RequestUUID") else None,
        direction=DIRECTIONS.get(params.get("Direction", "")),
        from_=_number(params.get("From")),
        to=_number(params.get("To")),
        events=(over,) if over else _told(params) if notice else _instructions_wanted(params, query),
        wants_document=not notice and over is None,
        details={"status": params.get("CallStatus", "")},
    )


def _number(text: str | None) -> str | None:
    """A number with its plus: Plivo leaves it out, or does not. Anything else is left as it is."""
    return f"+{text}" if text and text.isascii() and text.isdigit() else text


def _told(params: Params) -> tuple[Event, ...]:
    if params.get("Event") == "MachineDetection":
        return _machine(params)
    news = PROGRESS.get(params.get("CallStatus", ""))
    return () if news is None else (news,)


def _machine(params: Params) -> tuple[Event, ...]:
    """Only machines are told of."""
    return (MachineDetected("machine"),) if params.get("Machine", "").lower() == "true" else ()


def _instructions_wanted(params: Params, query: Params) -> tuple[Event, ...]:
    """A request for a document: what came in since the last one, then that the call takes instructions."""
    turn = Turn(query["turn"]) if query.get("turn") else None
    speech, digits = params.get("Speech", "").strip(), params.get("Digits", "")
    if speech:
        return (Heard(speech, confidence=confidence(params.get("SpeechConfidenceScore")), turn=turn),)
    if digits:
        return (KeysPressed(digits, turn=turn),)
    return _arrived(query.get("flow"), turn, params)


def _arrived(flow: str | None, turn: Turn | None, params: Params) -> tuple[Event, ...]:
    """Why the document is wanted, if not for something that was heard. Without a flow the call begins."""
    match flow:
        case "spoken":
            return (Ready(spoken=turn),)
        case "silence" | "heard":
            return (NothingHeard(turn), Ready())
        case "due":
            return (Ready(due=turn),)
        case None:
            inbound = DIRECTIONS.get(params.get("Direction", "")) is Direction.INBOUND
            return (*_machine(params), Initiated() if inbound else Answered(), Ready())
        case _:
            return (Ready(),)
