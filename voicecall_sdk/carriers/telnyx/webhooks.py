"""Telnyx's events, understood (docs: api-reference/callbacks). They want no document, and come in no sure order.

Only `call.initiated` says who placed the call; our own state tells it of all the others, and to which question what
was heard belongs. Each key comes by itself. Where a media stream tells what is heard, it is not told twice.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from voicecall_sdk.carriers.carrier import CallView
from voicecall_sdk.carriers.telnyx.lexicon import DIRECTIONS, MACHINES, ended
from voicecall_sdk.carriers.telnyx.state import ClientState, read
from voicecall_sdk.commands import Command
from voicecall_sdk.errors import Unintelligible
from voicecall_sdk.events import (
    Answered,
    Delivery,
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
from voicecall_sdk.messages import WebhookReply, WebhookRequest
from voicecall_sdk.values import ProviderCallId

Fields = Mapping[str, Any]


def understand(request: WebhookRequest) -> Delivery:
    """What the event says. Raises `Unintelligible` for anything but an event about a call."""
    kind, payload = _opened(request.body)
    control_id = _text(payload, "call_control_id")
    state = read(payload.get("client_state"))
    make = MAKERS.get(kind)
    return Delivery(
        call_id=state.call_id,
        provider_call_id=ProviderCallId(control_id) if control_id else None,
        direction=DIRECTIONS.get(_text(payload, "direction"), state.direction),
        from_=_text(payload, "from") or None,
        to=_text(payload, "to") or None,
        events=tuple(make(payload, state)) if make is not None else (),
        details={"status": kind},
    )


def document(commands: Sequence[Command], view: CallView | None) -> WebhookReply:
    """The bare acknowledgement: Telnyx reads nothing else."""
    return WebhookReply()


def _opened(body: bytes) -> tuple[str, Fields]:
    """The event's type and payload."""
    try:
        content = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise Unintelligible(f"a Telnyx webhook's body is not JSON: {type(error).__name__}") from None
    data = content.get("data") if isinstance(content, dict) else None
    kind = data.get("event_type") if isinstance(data, dict) else None
    payload = data.get("payload") if isinstance(data, dict) else None
    if not isinstance(kind, str) or not isinstance(payload, dict):
        raise Unintelligible("a Telnyx webhook without data.event_type and data.payload (is it API version 2?)")
    return kind, payload


def _text(fields: Fields, name: str) -> str:
    """A text, or none for anything else under that name."""
    value = fields.get(name)
    return value if isinstance(value, str) else ""


# --- what each event means --------------------------------------------------------------------------------------


def _sounds(payload: Fields, state: ClientState) -> Sequence[Event]:
    return (PlaybackStarted(turn=state.turn),) if state.turn is not None else ()


def _spoken(payload: Fields, state: ClientState) -> Sequence[Event]:
    """Only what was said to its end; the hang-up that cut the rest short tells so itself."""
    whole = _text(payload, "status") in ("", "completed")
    return (Spoken(state.turn),) if whole and state.turn is not None else ()


def _heard(payload: Fields, state: ClientState) -> Sequence[Event]:
    data = payload.get("transcription_data")
    if not isinstance(data, dict) or _text(data, "transcription_track") == "outbound":
        return ()
    text, final = _text(data, "transcript").strip(), data.get("is_final") is not False
    if not text:
        return ()
    sure = _confidence(data.get("confidence"))
    return (Heard(text, final=final, confidence=sure, turn=state.turn, ongoing=True),)


def _confidence(value: object) -> float | None:
    known = isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= 1
    return float(value) if known else None  # type: ignore[arg-type]


def _pressed(payload: Fields, state: ClientState) -> Sequence[Event]:
    digit = _text(payload, "digit")
    return (KeysPressed(digit, state.turn, whole=False),) if digit and not state.streamed else ()


def _hung_up(payload: Fields, state: ClientState) -> Sequence[Event]:
    cause, source, sip = (_text(payload, name) for name in ("hangup_cause", "hangup_source", "sip_hangup_cause"))
    return (ended(cause, source, state.direction, sip),)


def _machine(payload: Fields, state: ClientState) -> Sequence[Event]:
    return (MachineDetected(MACHINES.get(_text(payload, "result"), "unknown")),)


def _stream_over(payload: Fields, state: ClientState) -> Sequence[Event]:
    return (StreamOver(),)


MAKERS: Final[Mapping[str, Callable[[Fields, ClientState], Sequence[Event]]]] = {
    "call.initiated": lambda payload, state: (Initiated(),),
    "call.ringing": lambda payload, state: (Ringing(),),
    "call.answered": lambda payload, state: (Answered(), Ready()),
    "call.speak.started": _sounds,
    "call.speak.ended": _spoken,
    "call.transcription": _heard,
    "call.dtmf.received": _pressed,
    "call.hangup": _hung_up,
    "call.machine.detection.ended": _machine,
    "call.machine.premium.detection.ended": _machine,
    "streaming.failed": _stream_over,
    "streaming.stopped": _stream_over,
}
"""Whatever else Telnyx tells is acknowledged and changes nothing: that streaming or recording began."""
