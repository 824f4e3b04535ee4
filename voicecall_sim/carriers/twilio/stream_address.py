"""Where a media stream goes: the URL of a `<Stream>` judged, and made into what is requested. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final
from urllib.parse import urljoin

from voicecall_sim.carriers.streaming.sockets import Unopened
from voicecall_sim.carriers.twilio.account import Callback
from voicecall_sim.carriers.twilio.signature import requested_url
from voicecall_sim.carriers.twilio.urls import acceptable

SCHEMES: Final[Mapping[str, str]] = {"http": "ws", "https": "wss"}
"""The socket's scheme beside a document's."""

_SCHEME: Final = re.compile(r"(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*)://")


def address(url: str, base: Callback | None = None, *, local: bool = False) -> str:
    """The URL that is requested. Raises `Unopened` 31923 or 31922.

    `local` lets plain `ws` and names without a dot pass, as it does for webhooks.
    """
    url = against(url, base)
    match = _SCHEME.match(url)
    if match is None:
        raise Unopened(31923, url or "there is none")
    scheme = match["scheme"].lower()
    if scheme != "wss" and not (local and scheme == "ws"):
        raise Unopened(31922, url)
    rest = url[match.end() :].partition("#")[0].partition("?")[0]
    if not acceptable(f"https://{rest}", local=True):
        raise Unopened(31923, url)
    return requested_url(f"{scheme}://{rest}")


def against(url: str, base: Callback | None) -> str:
    """A relative URL resolved."""
    if not url or base is None or _SCHEME.match(url):
        return url
    scheme, _, rest = urljoin(base.url.partition("#")[0], url).partition("://")
    return f"{SCHEMES.get(scheme, scheme)}://{rest}"


FIDELITY: Final = (
    ("only wss is accepted (31922)", "error dictionary 31922", "documented"),
    ("a malformed URL is a 31923, and so is none", "error dictionary 31923", "documented"),
    ("a relative URL is relative to the document, https becoming wss", "voice/twiml/stream: relative", "assumed"),
    ("the query is not requested", "openclaw/openclaw#8814", "reported"),
    ("user:password and fragment are neither requested nor signed", "as for webhooks", "assumed"),
)
