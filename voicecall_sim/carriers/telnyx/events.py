"""What webhooks tell: the event types, and which common fields their payloads have (observed traffic, OpenAPI)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final, NamedTuple


class Shape(NamedTuple):
    """The common fields of an event's payload beyond the identifiers, and its carrier-neutral kind."""

    kind: str
    parties: bool = True
    """from and to"""
    start: bool = False
    """start_time: when the leg was created"""


TYPES: Final[Mapping[str, Shape]] = {
    "call.initiated": Shape("status", start=True),
    "call.answered": Shape("status", start=True),
    "call.bridged": Shape("status", start=True),
    "call.hangup": Shape("status", start=True),
    "call.speak.started": Shape("action", parties=False),
    "call.speak.ended": Shape("action", parties=False),
    "call.playback.started": Shape("action", parties=False),
    "call.playback.ended": Shape("action", parties=False),
    "call.dtmf.received": Shape("action"),
    "call.gather.ended": Shape("action"),
    "call.transcription": Shape("action", parties=False),
    "call.machine.detection.ended": Shape("amd"),
    "call.machine.greeting.ended": Shape("amd"),
    "call.machine.premium.detection.ended": Shape("amd"),
    "call.machine.premium.greeting.ended": Shape("amd"),
    "call.machine.premium.detection.started": Shape("amd"),
    "call.machine.premium.call_screening.detected": Shape("amd"),
    "call.recording.saved": Shape("recording", parties=False),
    "call.recording.error": Shape("recording", parties=False),
    "call.recording.transcription.saved": Shape("recording", parties=False),
    "call.cost": Shape("status", parties=False),
    "call.fork.started": Shape("stream", parties=False),
    "call.fork.stopped": Shape("stream", parties=False),
    "call.sip_info.received": Shape("status", parties=False),
    "siprec.started": Shape("recording", parties=False),
    "siprec.stopped": Shape("recording", parties=False),
    "siprec.failed": Shape("recording", parties=False),
    "call.enqueued": Shape("status", parties=False),
    "call.dequeued": Shape("status", parties=False),
    "call.refer.started": Shape("status"),
    "call.refer.completed": Shape("status"),
    "call.refer.failed": Shape("status"),
    "streaming.started": Shape("stream", parties=False),
    "streaming.stopped": Shape("stream", parties=False),
    "streaming.failed": Shape("stream", parties=False),
}
"""Those that are emulated. There is no call.ringing."""


def iso(instant: datetime) -> str:
    """`2025-11-23T03:30:00.076316Z`: six digits always."""
    return f"{instant:%Y-%m-%dT%H:%M:%S.%f}Z"


def iso_millis(instant: datetime) -> str:
    """As REST tells it: three digits."""
    return f"{instant:%Y-%m-%dT%H:%M:%S}.{instant.microsecond // 1000:03d}Z"


def flat(payload: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    """A payload's fields as names and texts, those within others by dotted names; null is an empty text."""
    found: list[tuple[str, str]] = []
    for name, value in payload.items():
        match value:
            case dict():
                found += [(f"{name}.{inner}", each) for inner, each in flat(value)]
            case None:
                found.append((name, ""))
            case bool():
                found.append((name, str(value).lower()))
            case _:
                found.append((name, str(value)))
    return tuple(found)


FIDELITY: Final = (
    ("which events have from, to and start_time", "observed traffic; OpenAPI", "captured"),
    ("no state in answered and hangup, though the description shows one", "observed traffic", "captured"),
    ("calling_party_type on inbound legs, absent on API-dialled ones", "observed traffic", "captured"),
    ("timestamps with six digits in webhooks, three in REST", "observed traffic; OpenAPI", "captured"),
    ("from and to in dtmf, gather and machine events", "OpenAPI", "documented"),
)
