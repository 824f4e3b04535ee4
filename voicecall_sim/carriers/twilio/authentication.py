"""Answers to a 401 of the application, from the user and password in the webhook's URL (RFC 7617, RFC 7616)."""

from __future__ import annotations

import base64
import hashlib
import re
from typing import Final, NamedTuple
from urllib.parse import unquote, urlsplit


class Credentials(NamedTuple):
    """Who Twilio says it is."""

    user: str
    password: str


def credentials_in(url: str) -> Credentials | None:
    """User and password of a URL, if it has them."""
    parts = urlsplit(url)
    if parts.username is None:
        return None
    return Credentials(unquote(parts.username), unquote(parts.password or ""))


def authorization(challenge: str, credentials: Credentials, method: str, uri: str, cnonce: str) -> str | None:
    """The `Authorization` header that meets a `WWW-Authenticate` one; None for a scheme that Twilio has not.

    `uri` is path and query, `cnonce` any fresh text.
    """
    scheme, _, rest = challenge.partition(" ")
    if scheme.lower() == "basic":
        return "Basic " + base64.b64encode(":".join(credentials).encode()).decode()
    if scheme.lower() == "digest":
        return digest(dict(PARAMETER.findall(rest)), credentials, method, uri, cnonce)
    return None


def digest(asked: dict[str, str], credentials: Credentials, method: str, uri: str, cnonce: str) -> str:
    """The answer to a Digest challenge with MD5, with `qop=auth` if it is offered (RFC 7616, 3.4.1)."""
    realm, nonce = asked.get("realm", '""').strip('"'), asked.get("nonce", '""').strip('"')
    secret = md5(f"{credentials.user}:{realm}:{credentials.password}")
    told = [("username", credentials.user), ("realm", realm), ("nonce", nonce), ("uri", uri)]
    if "auth" in asked.get("qop", "").strip('"').split(","):
        response = md5(f"{secret}:{nonce}:00000001:{cnonce}:auth:{md5(f'{method}:{uri}')}")
        quoted = quote_all([*told, ("response", response), ("cnonce", cnonce)]) + ", qop=auth, nc=00000001"
    else:
        quoted = quote_all([*told, ("response", md5(f"{secret}:{nonce}:{md5(f'{method}:{uri}')}"))])
    return f"Digest {quoted}" + (f", opaque={asked['opaque']}" if "opaque" in asked else "")


def md5(text: str) -> str:
    """As RFC 7616 writes H()."""
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


def quote_all(parameters: list[tuple[str, str]]) -> str:
    """`name="value"`, separated by commas."""
    return ", ".join(f'{name}="{value}"' for name, value in parameters)


PARAMETER: Final = re.compile(r'(\w+)=("[^"]*"|[^,\s]*)')

FIDELITY: Final = (
    ("credentials in a URL are sent only after a 401", "observed traffic; webhooks-security", "captured"),
    ("Basic and Digest (MD5)", "webhooks-security", "documented"),
)
