"""URLs as carriers have them: those that we give them, and the forms in which they may have signed one."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final
from urllib.parse import quote, quote_plus, urlsplit, urlunsplit

from voicecall_sdk.messages import pairs_of
from voicecall_sdk.values import CallId

PLAIN: Final = re.compile(r"[A-Za-z0-9_.~-]*")
"""What stands in a query as it is. Our own names nearly always do."""

PORT: Final = re.compile(r":\d*$")


def call_url(webhook_url: str, call_id: CallId | None, **marks: str | None) -> str:
    """Our webhook with what the callback is about in its query, sorted: a carrier was seen to request another order
    than it signed (twilio-php#790).
    """
    query = [
        f"{name}={value if PLAIN.fullmatch(value) else quote_plus(value)}"
        for name, value in sorted({"callId": call_id, **marks}.items())
        if value is not None
    ]
    return f"{webhook_url}?{'&'.join(query)}"


def with_token(stream_url: str, token: str) -> str:
    """Where a stream is to be opened, with what it proves itself with. The token is good once, for its own call."""
    return f"{stream_url}{'&' if '?' in stream_url else '?'}token={quote_plus(token)}"


def port_forms(urls: Sequence[str]) -> Iterator[str]:
    """Each URL as it is, without credentials, without its port and with the default one, none twice."""
    seen: set[str] = set()
    for url in urls:
        for form in _forms(url):
            if form not in seen:
                seen.add(form)
                yield form


def redacted(url: str) -> str:
    """The URL without credentials and without the values of its query."""
    parts = urlsplit(url)
    query = "&".join(f"{quote(name, errors='replace')}=…" for name, _ in pairs_of(parts.query))
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2], query=query))


def _forms(url: str) -> Iterator[str]:
    yield url
    parts = urlsplit(url)
    netloc = parts.netloc.rpartition("@")[2]
    host = PORT.sub("", netloc)
    default = 443 if parts.scheme in ("https", "wss") else 80
    for each in (netloc, host, f"{host}:{default}"):
        yield urlunsplit(parts._replace(netloc=each))
