"""Plivo's words and ours, as tables (docs: voice/troubleshooting/hangup-causes, voice/xml/request/call-status)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from voicecall_sdk.events import Answered, Ended, Event, Initiated, Ringing
from voicecall_sdk.values import Direction, EndReason

DIRECTIONS: Final[Mapping[str, Direction]] = {"inbound": Direction.INBOUND, "outbound": Direction.OUTBOUND}

END_REASONS: Final[Mapping[str, EndReason]] = {
    "completed": EndReason.COMPLETED,
    "busy": EndReason.BUSY,
    "failed": EndReason.FAILED,
    "timeout": EndReason.NO_ANSWER,
    "no-answer": EndReason.NO_ANSWER,
    "cancel": EndReason.HANGUP_BOT,
    "machine": EndReason.VOICEMAIL,
}
"""By `CallStatus`."""

CAUSES: Final[Mapping[str, EndReason]] = {
    "1000": EndReason.HANGUP_BOT,
    "3000": EndReason.NO_ANSWER,
    "3010": EndReason.BUSY,
    "3020": EndReason.BUSY,
    "3100": EndReason.BUSY,
    "3110": EndReason.BUSY,
    "6000": EndReason.TIMEOUT,
    "6010": EndReason.NO_ANSWER,
    "9100": EndReason.VOICEMAIL,
} | {f"{kind}{where}": EndReason.ERROR for kind in ("701", "702", "703", "801") for where in "1234"}
"""By `HangupCauseCode`, which says more than the status where it is one of these: those that begin with 7 and 8 are
webhooks of ours that failed, or documents that Plivo could not read."""

FAR_ENDS: Final[Mapping[Direction, str]] = {Direction.INBOUND: "Caller", Direction.OUTBOUND: "Callee"}
"""What `HangupSource` calls the far end."""

OUR_ENDS: Final = frozenset({"Caller", "Callee", "API Request", "Answer XML", "Plivo"})
"""Sources that are not the far end's, unless they are by the table above. Carriers and errors tell nothing."""

PROGRESS: Final[Mapping[str, Event]] = {"queued": Initiated(), "ringing": Ringing(), "in-progress": Answered()}

MALE: Final = frozenset({"echo", "onyx", "male", "man"})
"""Names of voices (the predecessor's configuration has OpenAI's) that are spoken by a man."""

LANGUAGES: Final[Mapping[str, str]] = {
    code.lower(): code
    for code in (
        *("da-DK", "nl-NL", "en-AU", "en-GB", "en-US", "fr-FR", "fr-CA", "de-DE", "it-IT", "pl-PL"),
        *("pt-PT", "pt-BR", "ru-RU", "es-ES", "es-US", "sv-SE"),
    )
}
"""What the simple voices speak; asked for another, Plivo refuses the document and the call is over (8011)."""

WOMAN, MAN = "WOMAN", "MAN"

NOT_FOUND: Final = Ended(EndReason.COMPLETED, carrier_word="not-found", by_far_end=False)
"""A call that is not there any more: it is over, and nobody tells how it ended."""


def ended(params: Mapping[str, str]) -> Ended | None:
    """What a final webhook means; None for one of a call that goes on."""
    status = params.get("CallStatus", "")
    if status not in END_REASONS:
        return None
    direction, source = DIRECTIONS.get(params.get("Direction", "")), params.get("HangupSource", "")
    reason = CAUSES.get(params.get("HangupCauseCode", ""), END_REASONS[status])
    answered = bool(params["AnswerTime"].strip()) if "AnswerTime" in params else None
    return _ended(reason, status, source, direction, answered)


def ended_as_recorded(record: Mapping[str, Any]) -> Ended:
    """What a call's record means (docs: voice/api/call/retrieve-a-call): it has the cause, and no status."""
    direction, source = DIRECTIONS.get(str(record.get("call_direction"))), str(record.get("hangup_source"))
    answered = bool(record.get("answer_time"))
    otherwise = EndReason.COMPLETED if answered else EndReason.FAILED
    reason = CAUSES.get(str(record.get("hangup_cause_code")), otherwise)
    return _ended(reason, str(record.get("hangup_cause_name") or "unknown"), source, direction, answered)


def _ended(reason: EndReason, word: str, source: str, direction: Direction | None, answered: bool | None) -> Ended:
    """Who cancels a call that comes in is the caller."""
    if reason is EndReason.HANGUP_BOT and direction is Direction.INBOUND and source == "Caller":
        reason = EndReason.HANGUP_USER
    return Ended(reason, carrier_word=word, by_far_end=_by_far_end(source, direction), was_answered=answered)


def _by_far_end(source: str, direction: Direction | None) -> bool | None:
    if direction is None or source not in OUR_ENDS:
        return None
    return source == FAR_ENDS[direction]


def voice_of(name: str | None) -> str:
    """The voice for a configured one: Polly's pass, others are a woman or a man, who speak the language asked for."""
    wanted = (name or "").strip()
    if wanted.lower().startswith("polly."):
        return wanted
    return MAN if wanted.lower() in MALE else WOMAN
