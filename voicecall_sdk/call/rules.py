"""The rules of the house for calls: what the configuration means to the call machine and the engine."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from voicecall_sdk.values import Mode

DEFAULT_GREETING: Final = "Hello! How can I help you today?"


class InboundPolicy(StrEnum):
    """Who may call. `pairing` behaves as `allowlist`."""

    DISABLED = "disabled"
    ALLOWLIST = "allowlist"
    PAIRING = "pairing"
    OPEN = "open"


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """What differs for inbound calls to one of our numbers; None means: as everywhere."""

    greeting: str | None = None
    agent_id: str | None = None
    model: str | None = None
    system_prompt: str | None = None
    language: str | None = None
    voice: str | None = None
    response_timeout: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """Durations are in seconds; `stale_after` 0 switches the reaper off.

    `streams`: conversations are held over media streams. `realtime`: by a speech-to-speech model, which answers
    callers itself. `stream_start` is how long a carrier may take to open a stream.
    """

    default_mode: Mode = Mode.NOTIFY
    from_number: str | None = None
    inbound_policy: InboundPolicy = InboundPolicy.DISABLED
    allow_from: Sequence[str] = ()
    greeting: str = DEFAULT_GREETING
    routes: Mapping[str, Route] = field(default_factory=dict)
    language: str = "en-US"
    voice: str | None = None
    notify_hangup_delay: float = 3.0
    max_duration: float = 300.0
    ring_timeout: float = 30.0
    transcript_timeout: float = 180.0
    response_timeout: float = 30.0
    stale_after: float = 120.0
    end_of_speech: float | None = None
    max_concurrent_calls: int = 1
    session_scope: str = "per-phone"
    agent_id: str = "main"
    auto_response: bool = True
    streams: bool = False
    realtime: bool = False
    stream_start: float = 5.0
