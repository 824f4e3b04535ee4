"""When a request is believed without a valid signature: two switches, both off, both loud."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from voicecall_sdk.carriers.carrier import Proof
from voicecall_sdk.errors import Forged, Mismatched
from voicecall_sdk.messages import WebhookRequest
from voicecall_sdk.server.peers import address_of

NGROK_FREE: Final = (".ngrok-free.app", ".ngrok-free.dev", ".ngrok.io")


@dataclass(frozen=True, slots=True, kw_only=True)
class Leniency:
    """`skip`: nothing is verified (development only). `ngrok_loopback`: the flag is set, the carrier is the one that
    it was made for, the tunnel is ngrok's, and the server listens on loopback: then an invalid signature is accepted
    from loopback for an ngrok free-tier host. The agent always connects from there: so it is from all the internet.
    """

    skip: bool = False
    ngrok_loopback: bool = False


def tolerates(leniency: Leniency, forgery: Forged, request: WebhookRequest, urls: Sequence[str]) -> str | None:
    """Why a request with a wrong signature is accepted all the same; None if it is not, as one without any never is."""
    if not leniency.ngrok_loopback or not isinstance(forgery, Mismatched) or not _from_loopback(request.remote):
        return None
    hosts = [urlsplit(url).hostname or "" for url in urls]
    if any(host.endswith(NGROK_FREE) for host in hosts):
        return "ngrok free tier compatibility mode (loopback only)"
    return None


def prove_unsigned(carrier: str, request: WebhookRequest) -> Proof:
    """The identity of a request that nobody vouches for: what it asks and says."""
    asked = f"{request.method}\n{request.target}\n".encode("utf-8", "surrogateescape")
    return Proof(key=f"{carrier}:skip:{hashlib.sha256(asked + request.body).hexdigest()}")


def _from_loopback(remote: str | None) -> bool:
    address = address_of(remote)
    return address is not None and address.is_loopback
