"""The configuration: every key, its kind and its default, in the order of the reference (section 2.2).

Only what a single value may be is said here. What values mean together is judged by `validate`; blocks of the
carriers are added by `compose`.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from voicecall_sdk.call.rules import InboundPolicy
from voicecall_sdk.carriers.settings import Block, CarrierSettings, Secret, Text
from voicecall_sdk.config.audio_paths import Realtime, Streaming
from voicecall_sdk.config.scalars import (
    BareUrl,
    Host,
    Language,
    NotNegative,
    Number,
    Path,
    Port,
    Positive,
    Proxy,
)
from voicecall_sdk.config.speech import Speech
from voicecall_sdk.values import Mode

DEFAULT_LANGUAGE = "en-US"
DEFAULT_SILENCE_TIMEOUT_MS = 800


class NumberRoute(Block):
    """What differs for inbound calls to one of our numbers."""

    inbound_greeting: str | None = None
    agent_id: Text | None = None
    response_model: str | None = None
    response_system_prompt: str | None = None
    response_timeout_ms: Positive | None = None
    language: Language | None = None
    tts: Speech | None = None


class Outbound(Block):
    """Calls that we place."""

    default_mode: Annotated[Mode, Field(strict=False)] = Mode.NOTIFY
    notify_hangup_delay_sec: NotNegative = Field(
        default=3, description="Seconds between a notification's end and the hang-up"
    )


class Serve(Block):
    """Where the webhook server listens."""

    port: Port = 3334
    bind: Text = "127.0.0.1"
    path: Path = "/voice/webhook"


class Tailscale(Block):
    """Exposure by Tailscale; `tunnel` is the newer way. `port` serves both."""

    mode: Literal["off", "serve", "funnel"] = "off"
    path: Path = "/voice/webhook"
    port: Port = 443


class Tunnel(Block):
    """A tunnel that the service opens itself."""

    provider: Literal["none", "ngrok", "tailscale-serve", "tailscale-funnel"] = "none"
    ngrok_auth_token: Secret | None = Field(default=None, description="Environment: NGROK_AUTHTOKEN")
    ngrok_domain: Host | None = Field(default=None, description="Environment: NGROK_DOMAIN")
    allow_ngrok_free_tier_loopback_bypass: bool = False


class WebhookSecurity(Block):
    """Whose word about the public address of a request is taken."""

    allowed_hosts: Annotated[tuple[Host, ...], Field(strict=False)] = ()
    trust_forwarding_headers: bool = False
    trusted_proxy_ips: Annotated[tuple[Proxy, ...], Field(strict=False, alias="trustedProxyIPs")] = ()


def _as_store(value: Any) -> Any:
    return {"path": value} if isinstance(value, str) else value


class Store(Block):
    """Where calls are remembered. A plain text stands for `path`; `~` is the home directory.

    `durability: normal` survives the death of the process, `full` that of the machine. What is over is forgotten
    once it is older than `keepDays` or more than `keepCalls` newer calls are over too.
    """

    path: Text | None = None
    kind: Literal["sqlite", "jsonl"] = "sqlite"
    durability: Literal["normal", "full"] = "normal"
    keep_calls: Positive = 1000
    keep_days: Positive = 90


class Settings(Block):
    """All keys but the carriers' own blocks."""

    enabled: bool = Field(default=False, description="A plugin entry that does not say is switched on")
    provider: str | None = None
    from_number: Number | None = None
    to_number: Number | None = Field(default=None, description="Whom to call when a call names nobody")
    inbound_policy: Annotated[InboundPolicy, Field(strict=False)] = InboundPolicy.DISABLED
    allow_from: Annotated[tuple[Number, ...], Field(strict=False)] = ()
    inbound_greeting: str | None = None
    numbers: dict[Number, NumberRoute] = Field(default_factory=dict)
    language: Language = Field(default=DEFAULT_LANGUAGE, description="Language of the calls (BCP 47)")
    outbound: Outbound = Field(default_factory=Outbound)
    max_duration_seconds: Positive = 300
    stale_call_reaper_seconds: NotNegative = Field(default=120, description="0 switches it off")
    silence_timeout_ms: Positive = Field(
        DEFAULT_SILENCE_TIMEOUT_MS, description="Silence that ends what a caller says, where the carrier can be told"
    )
    transcript_timeout_ms: Positive = 180_000
    ring_timeout_ms: Positive = 30_000
    max_concurrent_calls: Positive = 1
    serve: Serve = Field(default_factory=Serve)
    tailscale: Tailscale = Field(default_factory=Tailscale)
    tunnel: Tunnel = Field(default_factory=Tunnel)
    webhook_security: WebhookSecurity = Field(default_factory=WebhookSecurity)
    public_url: BareUrl | None = None
    skip_signature_verification: bool = Field(default=False, description="For development only")
    store: Annotated[Store, BeforeValidator(_as_store)] = Field(default_factory=Store)
    streaming: Streaming = Field(default_factory=Streaming)
    realtime: Realtime = Field(default_factory=Realtime)
    session_scope: Literal["per-phone", "per-call", "main"] = "per-phone"
    agent_id: Text | None = None
    response_model: str | None = Field(default=None, description="vendor/model; without a slash the default vendor's")
    response_system_prompt: str | None = None
    response_timeout_ms: Positive = 30_000
    tts: Speech = Field(default_factory=Speech)

    def block(self, carrier: str) -> CarrierSettings | None:
        """A carrier's own block."""
        found = getattr(self, carrier, None)
        return found if isinstance(found, CarrierSettings) else None
