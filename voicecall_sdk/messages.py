"""HTTP as plain values: what protocol knowledge reads and writes. No aiohttp here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, urlsplit


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookRequest:
    """One request that reached our webhook server.

    `target` is the request target as it came (path and query, percent-encoded). Header names are lower case;
    the last value of a repeated header wins. `remote` is the peer's IP address, if known.
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

    @property
    def query(self) -> Mapping[str, str]:
        """The decoded query; of duplicate names the last wins."""
        return dict(parse_qsl(urlsplit(self.target).query, keep_blank_values=True))


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
    `absent_ok` says that a 404 answer means the thing is gone already, which is what we wanted.
    """

    method: str
    path: str
    headers: Mapping[str, str] = field(default_factory=dict)
    form: Sequence[tuple[str, str]] | None = None
    json: Mapping[str, object] | None = None
    absent_ok: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RestReply:
    """A carrier's answer to a REST request."""

    status: int
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)
