"""May this request be believed? Tin Can signs URL and body: hex(HMAC-SHA256(secret, URL + newline + body))."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Sequence
from typing import Final

from voicecall_sdk.carriers.carrier import Credentials, Proof
from voicecall_sdk.carriers.urls import port_forms, redacted
from voicecall_sdk.errors import Forged
from voicecall_sdk.messages import WebhookRequest

HEADER: Final = "x-tincan-signature"


def verify(request: WebhookRequest, credentials: Credentials, urls: Sequence[str], now: float) -> Proof:
    """Believe the request or raise `Forged`. Each webhook has an id in its body: a repeated one has the same key."""
    given = request.headers.get(HEADER, "").encode("utf-8", "surrogateescape")
    for url in port_forms(urls):
        covered = url.encode("utf-8", "surrogateescape") + b"\n" + request.body
        expected = hmac.new(credentials["secret"].encode(), covered, hashlib.sha256).hexdigest().encode()
        if hmac.compare_digest(given, expected):
            return Proof(key=f"tincan:{hashlib.sha256(covered).hexdigest()}")
    raise Forged(f"Invalid Tin Can signature for URL: {redacted(urls[0]) if urls else '(no public URL)'}")
