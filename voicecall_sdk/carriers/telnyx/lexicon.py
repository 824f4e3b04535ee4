"""Telnyx's words and ours, as tables (OpenAPI description of Call Control v2; live payloads where they differ)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from voicecall_sdk.events import Ended
from voicecall_sdk.values import Direction, EndReason

DIRECTIONS: Final[Mapping[str, Direction]] = {
    "incoming": Direction.INBOUND,
    "inbound": Direction.INBOUND,
    "outgoing": Direction.OUTBOUND,
    "outbound": Direction.OUTBOUND,
}

END_REASONS: Final[Mapping[str, EndReason]] = {
    "normal_clearing": EndReason.COMPLETED,
    "normal_unspecified": EndReason.COMPLETED,
    "unspecified": EndReason.COMPLETED,
    "call_rejected": EndReason.BUSY,
    "user_busy": EndReason.BUSY,
    "timeout": EndReason.NO_ANSWER,
    "no_answer": EndReason.NO_ANSWER,
    "no_user_response": EndReason.NO_ANSWER,
    "time_limit": EndReason.TIMEOUT,
    "not_found": EndReason.FAILED,
    "destination_out_of_order": EndReason.FAILED,
    "network_out_of_order": EndReason.FAILED,
    "service_unavailable": EndReason.FAILED,
    "recovery_on_timer_expire": EndReason.FAILED,
    "machine_detected": EndReason.VOICEMAIL,
    "fax_detected": EndReason.VOICEMAIL,
    "user_hangup": EndReason.HANGUP_USER,
    "subscriber_absent": EndReason.HANGUP_USER,
}

UNSPECIFIED: Final = "unspecified"
SIP_FAILURE: Final = re.compile(r"[456][0-9][0-9]", re.ASCII)

FORBIDDEN: Final = ("call_rejected", "403")
"""A caller id that is not the account's, too many calls, an account without permission (docs: SIP response codes)."""

ORIGINATOR_CANCEL: Final = "originator_cancel"
"""Whoever placed the call gave up before the answer: we, or the caller."""

FAR_ENDS: Final[Mapping[Direction, Mapping[str, bool]]] = {
    Direction.INBOUND: {"caller": True, "callee": False},
    Direction.OUTBOUND: {"caller": False, "callee": True},
}
"""By `hangup_source`, which names the side of the leg: whether it was the far end. Nothing else tells."""

MACHINES: Final[Mapping[str, str]] = {
    "human": "human",
    "human_residence": "human",
    "human_business": "human",
    "machine": "machine",
    "fax_detected": "fax",
}

NOT_ANSWERED: Final = 90034
ALREADY_TRANSCRIBED: Final = 90054
GONE: Final = frozenset({90015, 90018})
"""Codes of a call that is over, or was never there: 422, not 404."""

MALE: Final = frozenset({"echo", "onyx", "male", "man"})
"""Names of voices (the predecessor's configuration has OpenAI's) that are spoken by a man."""

VENDORS: Final = ("aws.", "azure.", "telnyx.", "elevenlabs.", "minimax.", "rime.", "resemble.", "inworld.", "xai.")

TRANSCRIBED: Final[Mapping[str, str]] = {"he": "iw", "nb": "no", "nn": "no", "cmn": "zh", "tl": "fil"}
"""Languages that the recognizer knows by another name than BCP 47; it takes no regions."""

NOT_FOUND: Final = Ended(EndReason.COMPLETED, carrier_word="not-found", by_far_end=False)
"""A call that is not there any more: it is over, and nobody tells how it ended."""

OVER: Final = Ended(EndReason.COMPLETED, carrier_word="not-alive")
"""A call that has an end; its cause is told by webhook alone."""


def ended(cause: str, source: str, direction: Direction | None, sip: str = "") -> Ended:
    """What a hang-up means. `direction` is unknown of a call that nobody ever answered for: then it was inbound.

    An unspecified cause with a SIP status of failure (`sip`) is one; without, a call that was hung up by command. What
    is rejected as forbidden was rejected by Telnyx, not by whoever was called.
    """
    if cause == ORIGINATOR_CANCEL:
        ours = direction is Direction.OUTBOUND
        reason = EndReason.HANGUP_BOT if ours else EndReason.HANGUP_USER
        return Ended(reason, carrier_word=cause, by_far_end=not ours, was_answered=False)
    by_far_end = None if direction is None else FAR_ENDS[direction].get(source)
    failed = (cause == UNSPECIFIED and SIP_FAILURE.fullmatch(sip) is not None) or (cause, sip) == FORBIDDEN
    reason = EndReason.FAILED if failed else END_REASONS.get(cause, EndReason.COMPLETED)
    return Ended(reason, carrier_word=cause or "unknown", by_far_end=by_far_end)


def voice_of(name: str | None) -> str:
    """The voice for a configured one: Telnyx's own names pass, Polly's get their prefix, others are a woman or a man.

    `female` and `male` speak every language that is asked for; a named voice speaks its own.
    """
    wanted = (name or "").strip()
    if wanted.lower().startswith(VENDORS):
        return wanted
    if wanted.lower().startswith("polly."):
        return f"AWS.{wanted}"
    return "male" if wanted.lower() in MALE else "female"


def transcribed(language: str) -> str:
    """The recognizer's name of a language (BCP 47)."""
    primary = language.partition("-")[0].lower()
    return TRANSCRIBED.get(primary, primary)
