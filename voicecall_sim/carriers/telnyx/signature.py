"""How Telnyx signs webhooks (developers.telnyx.com, webhook fundamentals). Pure: key, timestamp and bytes in, text out.

    message   = timestamp, as in its header + "|" + raw body
    signature = standard base64 of Ed25519(account's key, message)

The public key that customers are shown is the base64 of its 32 raw bytes. Neither the URL nor the method is signed.
"""

from __future__ import annotations

import base64
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

SIGNATURE: Final = "telnyx-signature-ed25519"
TIMESTAMP: Final = "telnyx-timestamp"


class SigningKey:
    """An account's key pair, from a seed of 32 bytes."""

    def __init__(self, seed: bytes) -> None:
        self._key = Ed25519PrivateKey.from_private_bytes(seed)

    @property
    def public(self) -> str:
        """The public key as the portal shows it: 44 characters."""
        return base64.b64encode(self._key.public_key().public_bytes_raw()).decode()

    def sign(self, timestamp: str, body: bytes) -> str:
        """The signature of a body at that timestamp (decimal Unix seconds): 88 characters."""
        return base64.b64encode(self._key.sign(timestamp.encode() + b"|" + body)).decode()


FIDELITY: Final = (
    ("Ed25519 over timestamp|body, standard base64", "webhook fundamentals; telnyx-python 4.189", "executed"),
    ("the timestamp is in whole Unix seconds, fresh for each attempt", "observed traffic", "captured"),
    ("the public key is told as base64 of its raw 32 bytes", "webhook fundamentals", "documented"),
)
