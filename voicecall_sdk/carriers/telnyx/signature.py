"""May this request be believed? Telnyx's signature (docs: development/api-fundamentals/webhooks).

Ed25519 over `<timestamp>|<raw body>`; neither URL nor method is signed. Every attempt to deliver an event is signed
anew, and its number stands inside the signed body: what stays the same from one to the next is the event's id.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

import orjson

from voicecall_sdk.carriers.carrier import Credentials, Proof
from voicecall_sdk.errors import Forged, Mismatched
from voicecall_sdk.messages import WebhookRequest

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

SIGNATURE: Final = "telnyx-signature-ed25519"
TIMESTAMP: Final = "telnyx-timestamp"

TOLERANCE: Final = 300
"""Seconds that a timestamp may be off, either way (all of Telnyx's own libraries)."""

SECONDS: Final = re.compile(r"[0-9]{1,12}", re.ASCII)

KEY_LENGTH, SIGNATURE_LENGTH = 32, 64

SPKI: Final = bytes.fromhex("302a300506032b6570032100")
"""What stands before the 32 bytes of an Ed25519 key in a SubjectPublicKeyInfo (RFC 8410)."""

PEM: Final = re.compile(r"-----BEGIN PUBLIC KEY-----(.*)-----END PUBLIC KEY-----", re.DOTALL)
HEX: Final = re.compile(r"[0-9a-fA-F]{64}")

KEY_HINT: Final = "expected the public key that Telnyx shows: 44 characters of base64 (SPKI and PEM are taken, too)"


def verify(request: WebhookRequest, credentials: Credentials, urls: Sequence[str], now: float) -> Proof:
    """Believe the request or raise `Forged`: also when no key is configured."""
    signature, timestamp = request.headers.get(SIGNATURE, ""), request.headers.get(TIMESTAMP, "")
    if not signature or not timestamp:
        raise Forged("Missing signature or timestamp header")
    if SECONDS.fullmatch(timestamp) is None:
        raise Forged("Invalid timestamp header")
    if abs(now - int(timestamp)) > TOLERANCE:
        raise Forged("Timestamp too old or too new")
    if not _fits(_key(credentials), signature, timestamp.encode() + b"|" + request.body):
        raise Mismatched("Invalid signature")
    return Proof(key=f"telnyx:{_identity(request.body)}")


def public_key_of(text: str) -> bytes:
    """The 32 bytes of a key written as base64 (either alphabet) or hex of them, as base64 SPKI, or as PEM.

    Raises `ValueError`.
    """
    pem = PEM.fullmatch(text.strip())
    packed = "".join((pem[1] if pem else text).split())
    raw = bytes.fromhex(packed) if HEX.fullmatch(packed) else _base64(packed)
    if raw is not None and len(raw) == len(SPKI) + KEY_LENGTH and raw.startswith(SPKI):
        raw = raw[len(SPKI) :]
    if raw is None or len(raw) != KEY_LENGTH:
        raise ValueError(KEY_HINT)
    return raw


def _key(credentials: Credentials) -> Ed25519PublicKey:
    text = credentials.get("publicKey")
    if not text:
        raise Forged("Missing telnyx.publicKey (configure it to verify webhooks)")
    try:
        return _loaded(text)
    except ValueError as problem:
        raise Forged(f"telnyx.publicKey cannot be used: {problem}") from None
    except ImportError:
        raise Forged("Webhooks cannot be verified: the package cryptography is not installed") from None


@lru_cache(maxsize=8)
def _loaded(text: str) -> Ed25519PublicKey:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    return Ed25519PublicKey.from_public_bytes(public_key_of(text))


def _fits(key: Ed25519PublicKey, signature: str, message: bytes) -> bool:
    from cryptography.exceptions import InvalidSignature

    given = _base64(signature)
    if given is None or len(given) != SIGNATURE_LENGTH:
        return False
    try:
        key.verify(given, message)
    except InvalidSignature:
        return False
    return True


def _base64(text: str) -> bytes | None:
    """Strictly decoded, either alphabet; None if it is none."""
    try:
        return base64.b64decode(text.replace("-", "+").replace("_", "/").encode("ascii"), validate=True)
    except (binascii.Error, UnicodeError):
        return None


def _identity(body: bytes) -> str:
    """The event's id; of a body without one, all of it."""
    try:
        content: Any = orjson.loads(body)
        event_id = content["data"]["id"]
    except (ValueError, KeyError, TypeError):
        event_id = None
    if isinstance(event_id, str) and event_id:
        return "event:" + hashlib.sha256(event_id.encode()).hexdigest()
    return "body:" + hashlib.sha256(body).hexdigest()
