"""Twilio's callbacks, understood. Every URL that we give Twilio carries what the callback is about:

`callId` our call; `type=status|amd|recording` a callback that wants no document; `turn` the question or utterance of
the document it belongs to; `step` that document, so that no two callbacks are alike; `flow` what brings it about:

`spoken` what was said is over · `silence` nobody spoke · `due` we said by REST where to fetch what is to be said ·
`heard`, `pressed`, `hold`, `streamed` the document of that kind is over, the last with its media stream
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from voicecall_sdk.carriers.forms import confidence, form_of
from voicecall_sdk.carriers.twilio.lexicon import DIRECTIONS, MACHINES, PROGRESS, ended
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

CALLBACK_TYPES: Final = frozenset({"status", "amd", "recording"})


def understand(request: WebhookRequest) -> Delivery:
    """What the callback says. Raises `Unintelligible` when it lacks what every voice callback has."""
    query = request.query
    params = dict(form_of(request)) if request.method == "POST" else query
    sid = params.get("CallSid", "")
    if not sid:
        raise Unintelligible("a Twilio voice callback without CallSid")
    kind = query.get("type")
    wants_document = kind not in CALLBACK_TYPES
    events = _instructions_wanted(params, query) if wants_document else _told(kind, params)
    return Delivery(
        call_id=CallId(query["callId"]) if query.get("callId") else None,
        provider_call_id=ProviderCallId(sid),
        direction=DIRECTIONS.get(params.get("Direction", "")),
        from_=params.get("From"),
        to=params.get("To"),
        events=events,
        wants_document=wants_document and not _over(params),
        details={"status": params.get("CallStatus", "")},
    )


def _over(params: Mapping[str, str]) -> bool:
    return ended(params.get("CallStatus", "")) is not None


def _told(kind: str | None, params: Mapping[str, str]) -> tuple[Event, ...]:
    if kind == "amd":
        return (MachineDetected(MACHINES.get(params.get("AnsweredBy", ""), "unknown")),)
    if kind == "recording":
        return ()
    return _progress(params)


def _progress(params: Mapping[str, str]) -> tuple[Event, ...]:
    status = params.get("CallStatus", "")
    news = ended(status) or PROGRESS.get(status)
    return () if news is None else (news,)


def _instructions_wanted(params: Mapping[str, str], query: Mapping[str, str]) -> tuple[Event, ...]:
    """A request for a document: what came in since the last one, then that the call takes instructions.

    Twilio answers an inbound call by performing its document, so that asking for one is as good as an answer.
    """
    if _over(params):
        return _progress(params)
    turn = Turn(query["turn"]) if query.get("turn") else None
    machine = params.get("AnsweredBy")
    events: list[Event] = [MachineDetected(MACHINES.get(machine, "unknown"))] if machine else []
    speech, digits = params.get("SpeechResult", "").strip(), params.get("Digits", "")
    if speech:
        return (*events, Heard(speech, confidence=confidence(params.get("Confidence")), turn=turn))
    if digits:
        return (*events, KeysPressed(digits, turn=turn))
    return (*events, *_arrived(query.get("flow"), turn, params))


def _arrived(flow: str | None, turn: Turn | None, params: Mapping[str, str]) -> tuple[Event, ...]:
    """Why the document is wanted, if not for something that was heard. Without a flow the call begins."""
    match flow:
        case "spoken":
            return (Ready(spoken=turn),)
        case "silence":
            return (NothingHeard(turn), Ready())
        case "due":
            return (Ready(due=turn),)
        case None:
            inbound = DIRECTIONS.get(params.get("Direction", "")) is Direction.INBOUND
            return (Initiated() if inbound else Answered(), Ready())
        case _:
            return (Ready(),)
