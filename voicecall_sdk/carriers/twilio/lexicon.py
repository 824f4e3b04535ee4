"""Twilio's words and ours, as tables."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from voicecall_sdk.events import Answered, Ended, Event, Initiated, Ringing
from voicecall_sdk.values import Direction, EndReason

DIRECTIONS: Final[Mapping[str, Direction]] = {
    "inbound": Direction.INBOUND,
    "outbound-api": Direction.OUTBOUND,
    "outbound-dial": Direction.OUTBOUND,
}

END_REASONS: Final[Mapping[str, EndReason]] = {
    "completed": EndReason.COMPLETED,
    "busy": EndReason.BUSY,
    "no-answer": EndReason.NO_ANSWER,
    "failed": EndReason.FAILED,
    "canceled": EndReason.HANGUP_BOT,
}

PROGRESS: Final[Mapping[str, Event]] = {
    "queued": Initiated(),
    "initiated": Initiated(),
    "ringing": Ringing(),
    "in-progress": Answered(),
}

MACHINES: Final[Mapping[str, str]] = {
    "human": "human",
    "machine_start": "machine",
    "machine_end_beep": "machine",
    "machine_end_silence": "machine",
    "machine_end_other": "machine",
    "fax": "fax",
    "unknown": "unknown",
}

# The voices of the predecessor's configuration (OpenAI's names) spoken by the carrier.
VOICES: Final[Mapping[str, str]] = {
    "alloy": "Polly.Joanna",
    "echo": "Polly.Matthew",
    "fable": "Polly.Amy",
    "onyx": "Polly.Brian",
    "nova": "Polly.Salli",
    "shimmer": "Polly.Kimberly",
}
DEFAULT_VOICE: Final = "Polly.Joanna"

REGIONS: Final[Mapping[str, str]] = {
    "us1": "https://api.twilio.com",
    "ie1": "https://api.dublin.ie1.twilio.com",
    "au1": "https://api.sydney.au1.twilio.com",
}

NOT_IN_PROGRESS: Final = 21220

NOT_FOUND: Final = Ended(EndReason.COMPLETED, carrier_word="not-found", by_far_end=False)
"""A call that is not there any more: it is over, and nobody tells how it ended."""


def ended(status: str) -> Ended | None:
    """What a final call status means."""
    reason = END_REASONS.get(status)
    if reason is None:
        return None
    return Ended(reason, carrier_word=status, was_answered=status == "completed")


def standing(word: str) -> Answered | Ended | None:
    """What the status of a call resource tells us that a callback should have told."""
    return ended(word) or (Answered() if word == "in-progress" else None)


def voice_of(name: str | None) -> str:
    """The Say voice for a configured one: carrier voices pass, known names are mapped, the rest is the default."""
    wanted = (name or "").strip()
    if wanted.lower().startswith(("polly.", "google.")):
        return wanted
    return VOICES.get(wanted.lower(), DEFAULT_VOICE)
