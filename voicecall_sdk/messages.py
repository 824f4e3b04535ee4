"""HTTP as plain values: what protocol knowledge reads and writes. No aiohttp here."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import Any, Final
from urllib.parse import quote_plus, unquote_plus, urlsplit

SHORT: Final = 64
"""Characters of a name or value that is remembered once decoded. What a stranger sends must not fill the memory."""


@dataclass(frozen=True, kw_only=True)
class WebhookRequest:
    """One request that reached our webhook server.

    `target` is the request target as it came (path and query, percent-encoded). Header names are lower case;
    the last value of a repeated header wins. `remote` is the peer's IP address, if known. What is read from these
    is read once.
    """

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes
    remote: str | None = None

    @property
    def path(self) -> str:
        """The path of the target."""
        return urlsplit(self.target).path

    @cached_property
    def query(self) -> Mapping[str, str]:
        """The decoded query; of duplicate names the last wins."""
        return dict(pairs_of(urlsplit(self.target).query))

    @cached_property
    def form(self) -> Sequence[tuple[str, str]]:
        """The body read as application/x-www-form-urlencoded: names and values in their order, blank ones too."""
        return pairs_of(self.body.decode("utf-8", "replace"))


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookReply:
    """What we answer to a carrier's webhook."""

    status: int = 200
    body: str = "OK"
    content_type: str = "text/plain"


@dataclass(frozen=True, slots=True, kw_only=True)
class RestRequest:
    """A request to a carrier's REST interface. `path` is relative to the carrier's base URL.

    `form` is sent as application/x-www-form-urlencoded (names may repeat), `json` as JSON; at most one is given.
    """

    method: str
    path: str
    headers: Mapping[str, str] = field(default_factory=dict)
    form: Sequence[tuple[str, str]] | None = None
    json: Mapping[str, object] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RestReply:
    """A carrier's answer to a REST request."""

    status: int
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def fields(self) -> dict[str, Any]:
        """The JSON object that the body is; empty if it is none."""
        try:
            content = json.loads(self.body or b"{}")
        except (ValueError, RecursionError):
            return {}
        return content if isinstance(content, dict) else {}


def pairs_of(text: str) -> list[tuple[str, str]]:
    """Names and values of a query or a form, decoded. `urllib.parse.parse_qsl`, blank values kept, in half its time:
    what holds nothing encoded is not decoded.
    """
    pairs = []
    for part in text.split("&"):
        if part:
            name, _, value = part.partition("=")
            if "%" in part or "+" in part:
                name, value = _decoded(name), _decoded(value)
            pairs.append((name, value))
    return pairs


def form_of_pairs(pairs: Sequence[tuple[str, str]]) -> bytes:
    """A form as it is sent: `urllib.parse.urlencode`, short names and values from memory."""
    return "&".join([f"{_encoded(name)}={_encoded(value)}" for name, value in pairs]).encode()


def _encoded(text: str) -> str:
    return _encoded_before(text) if len(text) <= SHORT else quote_plus(text)


def _decoded(text: str) -> str:
    """Decoded; short texts from memory, for all webhooks of a call say the same of it."""
    return _decoded_before(text) if len(text) <= SHORT else unquote_plus(text)


_decoded_before: Final = lru_cache(maxsize=1024)(unquote_plus)
_encoded_before: Final = lru_cache(maxsize=1024)(quote_plus)
