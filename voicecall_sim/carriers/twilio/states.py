"""The call resource's states as a table (Twilio docs, voice/api/call-resource). Only `advance` changes a status."""

from __future__ import annotations

from enum import StrEnum
from typing import Final


class CallStatus(StrEnum):
    """`initiated` exists only in callbacks, never in REST."""

    QUEUED = "queued"
    RINGING = "ringing"
    IN_PROGRESS = "in-progress"
    COMPLETED = "completed"
    BUSY = "busy"
    FAILED = "failed"
    NO_ANSWER = "no-answer"
    CANCELED = "canceled"

    @property
    def over(self) -> bool:
        """Whether the call is finished."""
        return not any(before is self for before, _ in TRANSITIONS)


TRANSITIONS: Final[frozenset[tuple[CallStatus, CallStatus]]] = frozenset(
    {
        (CallStatus.QUEUED, CallStatus.RINGING),
        # a carrier may answer without having rung
        (CallStatus.QUEUED, CallStatus.IN_PROGRESS),
        (CallStatus.QUEUED, CallStatus.BUSY),
        (CallStatus.QUEUED, CallStatus.FAILED),
        (CallStatus.QUEUED, CallStatus.NO_ANSWER),
        (CallStatus.QUEUED, CallStatus.CANCELED),
        (CallStatus.RINGING, CallStatus.IN_PROGRESS),
        (CallStatus.RINGING, CallStatus.BUSY),
        (CallStatus.RINGING, CallStatus.FAILED),
        (CallStatus.RINGING, CallStatus.NO_ANSWER),
        (CallStatus.RINGING, CallStatus.CANCELED),
        # an inbound call whose caller gives up before it was answered
        (CallStatus.RINGING, CallStatus.COMPLETED),
        (CallStatus.IN_PROGRESS, CallStatus.COMPLETED),
    }
)


RECORDING_STEPS: Final[frozenset[tuple[str, str]]] = frozenset(
    {
        ("in-progress", "in-progress"),
        ("in-progress", "paused"),
        ("in-progress", "stopped"),
        ("paused", "in-progress"),
        ("paused", "paused"),
        ("paused", "stopped"),
    }
)
"""How REST may steer a recording: (its status, the wished one)."""


def advance(before: CallStatus, after: CallStatus) -> CallStatus:
    """The new status; `ValueError` for a change that Twilio never makes."""
    if (before, after) not in TRANSITIONS:
        raise ValueError(f"a call does not go from {before} to {after}")
    return after
