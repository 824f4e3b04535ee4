"""How Twilio signs what it sends (docs usage/webhooks/webhooks-security). Pure: URLs and parameters in, text out.

    data      = URL + every parameter's name and value, sorted by name          (form POST)
    data      = URL with the parameters in its query, as sent                    (GET, WebSocket handshake)
    data      = URL with bodySHA256=<hex of the body's SHA-256> in its query     (any other body)
    signature = base64(HMAC-SHA1(auth token, data))

The URL is the configured one with the changes of `signed_url`.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from collections.abc import Iterable
from enum import StrEnum
from typing import Final, NamedTuple

HEADER: Final = "X-Twilio-Signature"
SETTINGS_HEADER: Final = "X-Twilio-Webhooks-Signature-Settings"
BODY_HASH: Final = "bodySHA256"


class Algorithm(StrEnum):
    """The digests; the second one only with shared keys (docs usage/webhooks/webhook-shared-keys)."""

    SHA1 = "HMAC_SHA1"
    SHA256 = "HMAC_SHA256"


class PortRule(StrEnum):
    """Whether an explicit port goes into the signature."""

    TWILIO = "twilio"
    """As documented for voice: dropped for https, kept for http; kept for WebSockets."""
    ALWAYS = "always"
    NEVER = "never"


FIDELITY: Final = (
    ("form parameters sorted by name in code point order", "webhooks-security", "documented"),
    ("values of a repeated name de-duplicated and sorted", "twilio-python 9.13", "executed"),
    ("user:password never signed", "webhooks-security", "documented"),
    ("port dropped for https voice webhooks, kept for http", "webhooks-security", "documented"),
    ("port of a WebSocket URL kept", "nothing published", "assumed"),
    ("fragment neither sent nor signed", "observed traffic", "captured"),
    ("an empty path is signed as /", "webhooks-security hints at it for wss", "assumed"),
    ("bodySHA256 in the query of JSON hooks", "webhooks-security", "documented"),
)

_DIGESTS: Final = {Algorithm.SHA1: "sha1", Algorithm.SHA256: "sha256"}

_URL: Final = re.compile(
    r"(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*)://(?:[^/?#@]*@)?(?P<host>\[[^\]]*\]|[^/?#:]*)(?::(?P<port>\d*))?"
    r"(?P<path>[^?#]*)(?P<query>\?[^#]*)?(?:#.*)?",
    re.DOTALL,
)

# The schemes whose port is left out of the signature (webhooks-security, the table of voice callbacks).
_PORTLESS_SCHEMES: Final = frozenset({"https"})


class _Parts(NamedTuple):
    scheme: str
    host: str
    port: str
    path: str
    query: str


def _take_apart(url: str) -> _Parts:
    match = _URL.fullmatch(url)
    if match is None:
        raise ValueError(f"not an absolute URL: {url!r}")
    return _Parts(*(match[name] or "" for name in _Parts._fields))


def requested_url(url: str) -> str:
    """The URL as it is requested: without user:password and fragment. `ValueError` if it is not absolute."""
    parts = _take_apart(url)
    port = f":{parts.port}" if parts.port else ""
    return f"{parts.scheme}://{parts.host}{port}{parts.path or '/'}{parts.query}"


def signed_url(url: str, ports: PortRule = PortRule.TWILIO) -> str:
    """The URL as it goes into the signature. `ValueError` if it is not absolute.

    Nothing else is normalised: case, percent-encoding and a bare `?` stay as they are.
    """
    parts = _take_apart(url)
    port = f":{parts.port}" if parts.port and _keeps_port(parts.scheme.lower(), ports) else ""
    return f"{parts.scheme}://{parts.host}{port}{parts.path or '/'}{parts.query}"


def _keeps_port(scheme: str, ports: PortRule) -> bool:
    if ports is PortRule.TWILIO:
        return scheme not in _PORTLESS_SCHEMES
    return ports is PortRule.ALWAYS


def with_body_hash(url: str, body: bytes) -> str:
    """The URL with the hash of a body that is not a form, placed before the fragment."""
    base, mark, fragment = url.partition("#")
    joint = "&" if "?" in base else "?"
    return f"{base}{joint}{BODY_HASH}={hashlib.sha256(body).hexdigest()}{mark}{fragment}"


def string_to_sign(url: str, params: Iterable[tuple[str, str]] = ()) -> str:
    """The text that is signed: the URL as given, then the form's parameters (decoded; none for a GET)."""
    return url + "".join([name + value for name, value in sorted(set(params))])


def sign(key: str, url: str, params: Iterable[tuple[str, str]] = (), algorithm: Algorithm = Algorithm.SHA1) -> str:
    """The signature of a request. `url` is used as given: see `signed_url`. `key` is the auth token or a shared key."""
    digest = hmac.digest(key.encode(), string_to_sign(url, params).encode(), _DIGESTS[algorithm])
    return base64.b64encode(digest).decode()
