"""Requests as Telnyx sends them (payloads of live traffic, retold), signed by another library than ours."""

from __future__ import annotations

import base64
import json
from typing import Any

from nacl.signing import SigningKey

from voicecall_sdk.carriers.carrier import CallView
from voicecall_sdk.carriers.telnyx.state import written
from voicecall_sdk.messages import WebhookRequest
from voicecall_sdk.values import CallId, Direction, ProviderCallId, State, Turn

SEED = bytes(range(32))
KEY = SigningKey(SEED)
PUBLIC_KEY = base64.b64encode(bytes(KEY.verify_key)).decode()
CREDENTIALS = {"apiKey": "KEY0", "connectionId": "2811212257810187875", "publicKey": PUBLIC_KEY}
CONTROL_ID = "v3:MdI91X4lWFEs7IgbBEOT9M4AigoY08M0WWZFISt1Yw2axZ_IiE4pqg"
HOOK = "https://voice.example.com/voice/webhook"
NOW = 1_700_000_000

IDS = {
    "call_control_id": CONTROL_ID,
    "call_leg_id": "428c31b6-7af4-11f0-b7f5-02420a0f0b69",
    "call_session_id": "428c2fa0-7af4-11f0-b68e-02420a0f0b69",
    "connection_id": "2811212257810187875",
}
INCOMING = {
    **IDS,
    "caller_id_name": "+15551230001",
    "calling_party_type": "pstn",
    "client_state": None,
    "connection_codecs": "PCMA,PCMU,VP8,H264",
    "direction": "incoming",
    "from": "+15551230001",
    "from_sip_uri": "5551230001@206.147.72.186:5060",
    "start_time": "2025-11-23T03:30:00.076316Z",
    "state": "parked",
    "to": "+15557654321",
}
HANGUP = {
    **IDS,
    "calling_party_type": "pstn",
    "from": "+15551230001",
    "to": "+15557654321",
    "start_time": "2025-11-23T03:30:00.076316Z",
    "end_time": "2025-11-23T03:30:30.816307Z",
    "hangup_cause": "normal_clearing",
    "hangup_source": "caller",
    "sip_hangup_cause": "200",
}


def view(**changes: Any) -> CallView:
    """A live call."""
    fields: dict[str, Any] = {
        "call_id": CallId("c1"),
        "provider_call_id": ProviderCallId(CONTROL_ID),
        "direction": Direction.OUTBOUND,
        "webhook_url": HOOK,
        "voice": "female",
        "language": "en-US",
        "state": State.LISTENING,
        "step": "s1",
        "stream_url": "wss://voice.example.com/voice/stream",
    }
    return CallView(**{**fields, **changes})


def state(turn: str | None = None, *, direction: Direction = Direction.OUTBOUND, streamed: bool = False) -> str:
    """What our commands leave with the call."""
    return written(view(direction=direction), None if turn is None else Turn(turn), streamed=streamed)


def body(event_type: str, payload: Any, *, event_id: str | None = "e1", attempt: int = 1) -> bytes:
    """One event, in the envelope of API version 2."""
    data = {"event_type": event_type, "occurred_at": "2025-11-23T03:30:00.076316Z", "payload": payload}
    data |= {"record_type": "event"} | ({} if event_id is None else {"id": event_id})
    return json.dumps({"data": data, "meta": {"attempt": attempt, "delivered_to": HOOK}}).encode()


def event(event_type: str, **payload: Any) -> WebhookRequest:
    """An event about our call, unsigned."""
    return request(body(event_type, {**IDS, "client_state": state(), **payload}))


def request(content: bytes, **headers: str) -> WebhookRequest:
    """A request. Header names are written with `_`."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return WebhookRequest(method="POST", target="/voice/webhook", headers=named, body=content)


def signed(content: bytes, *, timestamp: str = str(NOW), key: SigningKey = KEY) -> WebhookRequest:
    """A request as Telnyx signs it."""
    signature = key.sign(timestamp.encode() + b"|" + content).signature
    headers = {"telnyx_signature_ed25519": base64.b64encode(signature).decode(), "telnyx_timestamp": timestamp}
    return request(content, **headers)
