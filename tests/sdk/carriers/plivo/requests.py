"""Requests as Plivo sends them (reference payloads: captured traffic), and calls as the engine shows them."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from voicecall_sdk.carriers.carrier import CallView
from voicecall_sdk.messages import WebhookRequest
from voicecall_sdk.values import CallId, Direction, ProviderCallId, State

TOKEN = "AbCdEf0123456789AbCdEf0123456789AbCdEf01"
CREDENTIALS = {"authId": "MAXXXXXXXXXXXXXXXXXX", "authToken": TOKEN}
UUID = "38cb4d0e-7a56-4d51-8a3a-2b8f7f6f0001"
HOOK = "https://voice.example.com/voice/webhook"

ANSWER_OUT = {
    "ALegRequestUUID": UUID,
    "ALegUUID": UUID,
    "BillRate": "0.005",
    "CallStatus": "in-progress",
    "CallUUID": UUID,
    "CountryCode": "IN",
    "Direction": "outbound",
    "Event": "StartApp",
    "From": "918035735900",
    "ParentAuthID": "MAXXXXXXXXXXXXXXXXXX",
    "RequestUUID": UUID,
    "RouteType": "Domestic_Anchored",
    "STIRAttestation": "Not Applicable",
    "STIRVerification": "Not Applicable",
    "SessionStart": "2024-10-25 14:13:37.779297",
    "To": "919494865411",
}
ANSWER_IN = {
    "BillRate": "0.0085",
    "CallStatus": "ringing",
    "CallUUID": UUID,
    "CallerName": "+15551230001",
    "CountryCode": "US",
    "Direction": "inbound",
    "Event": "StartApp",
    "From": "15551230001",
    "ParentAuthID": "MAXXXXXXXXXXXXXXXXXX",
    "RouteType": "",
    "STIRAttestation": "",
    "STIRVerification": "Not Applicable",
    "SessionStart": "2026-01-05 10:00:00.123456",
    "To": "15551230002",
}
RING = {
    "CallStatus": "ringing",
    "CallUUID": UUID,
    "CallerName": "",
    "Direction": "outbound",
    "Event": "Ring",
    "From": "+918035735900",
    "ParentAuthID": "MAXXXXXXXXXXXXXXXXXX",
    "RequestUUID": UUID,
    "SessionStart": "2024-10-25 14:13:35.846244",
    "To": "919494865411",
}
HANGUP = {
    **{name: value for name, value in ANSWER_OUT.items() if name not in ("CountryCode", "RouteType")},
    "AnswerTime": "2024-09-26 14:05:18",
    "BillDuration": "120",
    "CallStatus": "completed",
    "Duration": "66",
    "EndTime": "2024-09-26 14:06:23",
    "Event": "Hangup",
    "HangupCause": "NORMAL_CLEARING",
    "HangupCauseCode": "4000",
    "HangupCauseName": "Normal Hangup",
    "HangupSource": "Callee",
    "StartTime": "2024-09-26 14:05:08",
    "TotalCost": "0.01000",
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


def hmac_of(text: str, token: str = TOKEN) -> str:
    """A signature, made by hand."""
    return base64.b64encode(hmac.digest(token.encode(), text.encode(), hashlib.sha256)).decode()


def view(**changes: Any) -> CallView:
    """A live call."""
    fields: dict[str, Any] = {
        "call_id": CallId("c1"),
        "provider_call_id": ProviderCallId(UUID),
        "direction": Direction.OUTBOUND,
        "webhook_url": HOOK,
        "voice": "WOMAN",
        "language": "en-US",
        "state": State.LISTENING,
        "step": "s1",
        "stream_url": "wss://voice.example.com/voice/stream",
    }
    return CallView(**{**fields, **changes})
