"""The account's resources, without HTTP: calls, recordings, numbers, credentials. The truth that REST shows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from voicecall_sim.carriers.twilio.states import CallStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class Callback:
    """A URL that Twilio will request, with its method. The URL may carry connection overrides in its fragment."""

    url: str
    method: str = "POST"


@dataclass(frozen=True, slots=True, kw_only=True)
class Detection:
    """Answering machine detection as asked for on create or on a Dial noun. Thresholds in milliseconds."""

    mode: str
    asynchronous: bool = False
    callback: Callback | None = None
    timeout: int = 30
    speech_threshold: int = 2400
    speech_end_threshold: int = 1200
    silence_timeout: int = 5000


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingWish:
    """How a call is to be recorded."""

    channels: str = "mono"
    track: str = "both"
    trim: str = "do-not-trim"
    callback: Callback | None = None
    events: tuple[str, ...] = ("completed",)
    source: str = "OutboundAPI"


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """A validated request to place a call. Times in seconds."""

    to: str
    from_: str
    instructions: Callback | str
    """Where TwiML is fetched from on answer, or the TwiML itself."""
    fallback: Callback | None = None
    status_callback: Callback | None = None
    status_events: tuple[str, ...] = ("completed",)
    timeout: int = 60
    time_limit: int = 14_400
    send_digits: str | None = None
    caller_id: str | None = None
    detection: Detection | None = None
    recording: RecordingWish | None = None
    parent_sid: str | None = None


@dataclass(slots=True, kw_only=True)
class CallResource:
    """One call as REST shows it. Mutable: the exchange writes it, `states` guards `status`. Instants are aware UTC."""

    sid: str
    account_sid: str
    to: str
    from_: str
    direction: str
    status: CallStatus
    phone_number_sid: str | None = None
    parent_call_sid: str | None = None
    date_created: datetime | None = None
    date_updated: datetime | None = None
    start_time: datetime | None = None
    end_time: datetime | None = None
    duration: int | None = None
    answered_by: str | None = None
    queue_time: int = 0
    caller_name: str | None = None
    forwarded_from: str | None = None
    events: list[Mapping[str, object]] = field(default_factory=list)


@dataclass(slots=True, kw_only=True)
class RecordingResource:
    """One recording as REST shows it."""

    sid: str
    account_sid: str
    call_sid: str
    status: str
    channels: int
    track: str
    source: str
    start_time: datetime
    date_created: datetime
    date_updated: datetime
    duration: int | None = None
    error_code: int | None = None
    deleted: bool = False


@dataclass(slots=True, kw_only=True)
class NumberResource:
    """A number of the account and where its inbound calls go."""

    sid: str
    phone_number: str
    friendly_name: str
    voice: Callback | None = None
    fallback: Callback | None = None
    status_callback: Callback | None = None


class Exchange(Protocol):
    """The switching side of the carrier, as REST commands it (`exchange.py`). All return at once."""

    def place(self, order: Order) -> CallResource:
        """Take on a call: the resource is `queued`; dialling begins after the REST answer could be sent."""
        ...

    def redirect(self, sid: str, instructions: Callback | str) -> None:
        """Interrupt the document being performed and run this one. The call is in progress."""
        ...

    def complete(self, sid: str) -> None:
        """Hang up whatever the state."""
        ...

    def cancel(self, sid: str) -> None:
        """Hang up if queued or ringing; otherwise nothing."""
        ...

    def change(
        self,
        sid: str,
        *,
        fallback: Callback | None = None,
        status_callback: Callback | None = None,
        time_limit: int | None = None,
    ) -> None:
        """Change what is given on a live call."""
        ...

    def record(self, sid: str, wish: RecordingWish) -> RecordingResource:
        """Start recording a call in progress."""
        ...

    def steer_recording(self, recording_sid: str, status: str, pause_behavior: str) -> None:
        """`in-progress`, `paused` or `stopped`."""
        ...
