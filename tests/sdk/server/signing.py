"""Carriers' signatures by other means than ours: Twilio's code, and the algorithms of Telnyx and Plivo written out."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from twilio.request_validator import RequestValidator

from tests.sdk.server.door import FORM, RINGING, SECRET

NOW: Final = 1_700_000_000
KEY: Final = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
OTHER_KEY: Final = Ed25519PrivateKey.from_private_bytes(bytes(range(1, 33)))
OTHER_SECRET: Final = "another-7391-another-7391-another"
NONCE: Final = "31627761595286130198"

CREDENTIALS: Final[Mapping[str, dict[str, str]]] = {
    "twilio": {"accountSid": "AC1", "authToken": SECRET},
    "telnyx": {
        "apiKey": "KEY1",
        "connectionId": "1",
        "publicKey": base64.b64encode(KEY.public_key().public_bytes_raw()).decode(),
    },
    "plivo": {"authId": "MA1", "authToken": SECRET},
}

UUID: Final = "7c1b1a9a-6b0e-4a52-9f1e-000000000001"
PLIVO_RINGING: Final = {
    "CallUUID": UUID,
    "Event": "StartApp",
    "CallStatus": "ringing",
    "Direction": "inbound",
    "From": "15550005678",
    "To": "15550001234",
}
TELNYX_RINGING: Final = {
    "data": {
        "record_type": "event",
        "id": UUID,
        "event_type": "call.initiated",
        "payload": {
            "call_control_id": "v3:1",
            "direction": "incoming",
            "from": "+15550005678",
            "to": "+15550001234",
            "state": "parked",
            "client_state": None,
        },
    }
}


@dataclass(frozen=True)
class Signed:
    """What a carrier sends: its body, and its headers beside those of any request."""

    body: bytes
    headers: Mapping[str, str]


def sent(carrier: str, url: str, *, key: str = "ours") -> Signed:
    """A call comes in: the carrier asks the URL that it was given. `key` is `ours` or `another`."""
    return SENDERS[carrier](url, key == "ours")


def _twilio(url: str, ours: bool) -> Signed:
    """Of an https URL the port is left out (Twilio docs, usage/webhooks/webhooks-security)."""
    parts = urlsplit(url)
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
    signed = urlunsplit(parts._replace(netloc=host or "")) if parts.scheme == "https" else url
    signature = RequestValidator(SECRET if ours else OTHER_SECRET).compute_signature(signed, RINGING)
    return Signed(urlencode(RINGING).encode(), {"content-type": FORM, "x-twilio-signature": signature})


def _plivo(url: str, ours: bool) -> Signed:
    """V3: the URL as it was given, its query decoded and sorted, then the parameters."""
    parts = urlsplit(url)
    query = "&".join(f"{name}={value}" for name, value in sorted(parse_qsl(parts.query, keep_blank_values=True)))
    params = "".join(name + PLIVO_RINGING[name] for name in sorted(PLIVO_RINGING))
    base = f"{parts.scheme}://{parts.netloc}{parts.path}?{query}{'.' if query else ''}{params}.{NONCE}"
    digest = hmac.digest((SECRET if ours else OTHER_SECRET).encode(), base.encode(), hashlib.sha256)
    headers = {"x-plivo-signature-v3": base64.b64encode(digest).decode(), "x-plivo-signature-v3-nonce": NONCE}
    return Signed(urlencode(PLIVO_RINGING).encode(), {"content-type": FORM, **headers})


def _telnyx(url: str, ours: bool) -> Signed:
    """The body and when it was signed; the URL is not."""
    body = json.dumps(TELNYX_RINGING).encode()
    signature = base64.b64encode((KEY if ours else OTHER_KEY).sign(f"{NOW}|".encode() + body)).decode()
    headers = {"telnyx-signature-ed25519": signature, "telnyx-timestamp": str(NOW)}
    return Signed(body, {"content-type": "application/json", **headers})


SENDERS: Final = {"twilio": _twilio, "telnyx": _telnyx, "plivo": _plivo}
SIGNATURES: Final = {
    "twilio": "x-twilio-signature",
    "telnyx": "telnyx-signature-ed25519",
    "plivo": "x-plivo-signature-v3",
}
