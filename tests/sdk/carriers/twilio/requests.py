"""Requests as Twilio sends them, signed by Twilio's own client."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from multidict import MultiDict
from twilio.request_validator import RequestValidator

from voicecall_sdk.carriers.carrier import CallView
from voicecall_sdk.messages import WebhookRequest
from voicecall_sdk.values import CallId, Direction, ProviderCallId, State

TOKEN = "0123456789abcdef0123456789abcdef"
CREDENTIALS = {"accountSid": "AC" + "0" * 32, "authToken": TOKEN}
SID = "CA" + "1" * 32
HOOK = "https://voice.example.com/voice/webhook"

BASE = {
    "CallSid": SID,
    "AccountSid": CREDENTIALS["accountSid"],
    "From": "+15550005678",
    "To": "+15550001234",
    "ApiVersion": "2010-04-01",
}


def request(
    query: str = "",
    params: Mapping[str, str] | list[tuple[str, str]] | None = None,
    *,
    method: str = "POST",
    body: bytes | None = None,
    **headers: str,
) -> WebhookRequest:
    """A request to the webhook's path. Header names are written with `_`."""
    return WebhookRequest(
        method=method,
        target="/voice/webhook" + (f"?{query}" if query else ""),
        headers={name.replace("_", "-"): value for name, value in headers.items()},
        body=urlencode(params or {}).encode() if body is None else body,
    )


def signature(url: str, params: Any = (), token: str = TOKEN) -> str:
    """What Twilio's own client computes."""
    pairs = list(params.items()) if isinstance(params, Mapping) else list(params)
    return str(RequestValidator(token).compute_signature(url, MultiDict(pairs)))


def view(**changes: Any) -> CallView:
    """A live call."""
    fields: dict[str, Any] = {
        "call_id": CallId("c1"),
        "provider_call_id": ProviderCallId(SID),
        "direction": Direction.OUTBOUND,
        "webhook_url": HOOK,
        "voice": "Polly.Joanna",
        "language": "en-US",
        "state": State.LISTENING,
        "step": "s1",
    }
    return CallView(**{**fields, **changes})
