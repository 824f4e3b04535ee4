"""What the log says of a request that is refused: where it arrived, and what was said of where it came from.

Never a secret: of a query the names, of a path no segment that is long enough to be a token.
"""

from __future__ import annotations

from typing import Final
from urllib.parse import quote, urlsplit

from voicecall_sdk.messages import WebhookRequest, pairs_of
from voicecall_sdk.server.forwarded import told_by
from voicecall_sdk.server.public_url import Forwarding, trusts, valid_host

LONGEST_SEGMENT: Final = 16
LONGEST: Final = 200
"""Characters of a path's segment that is shown, and of what is shown in all."""


def arrival(request: WebhookRequest, forwarding: Forwarding) -> str:
    """Where a request arrived, beside what its forwarding headers say, and whether these are believed."""
    host = shown_host(request.headers.get("host", ""))
    text = f"it arrived at http://{host}{seen(request.target)} from {request.remote}"
    told = told_by(request.headers)
    if not (told.hosts or told.scheme):
        return text
    word = "believed" if trusts(request, forwarding) else "not believed (webhookSecurity)"
    outside = f"{told.scheme or 'https'}://{shown_host(told.hosts[0]) if told.hosts else host}"
    return f"{text}, forwarded for {outside}, which is {word}"


def seen(target: str) -> str:
    """A request target as it may be shown."""
    try:
        parts = urlsplit(target)
    except ValueError:
        return "(no path)"
    path = "/".join(map(_segment, parts.path.split("/")))
    query = "&".join(f"{quote(name, errors='replace')}=…" for name, _ in pairs_of(parts.query))
    return _short(f"{path}?{query}" if query else path)


def shown_host(text: str) -> str:
    """A Host header as it may be shown: with its port, or not at all."""
    return _short(text.strip().lower()) if valid_host(text) is not None else "(no host)"


def line(text: str) -> str:
    """What a stranger had a hand in, on one line: nothing in it moves a cursor, or begins a line of its own."""
    return _short("".join(char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in text[: LONGEST + 1]))


def _short(text: str) -> str:
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"


def _segment(text: str) -> str:
    return quote(text, safe="%:@!$&'()*+,;=~-._", errors="replace") if len(text) <= LONGEST_SEGMENT else "…"
