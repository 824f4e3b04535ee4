"""What an account may do: the conditions under which Twilio refuses otherwise good requests."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

MAGIC_DESTINATIONS: Final[Mapping[str, int]] = {
    "+15005550001": 21217,
    "+15005550002": 21214,
    "+15005550003": 21215,
    "+15005550004": 21216,
}
"""Numbers that nobody can call, each with its refusal. Twilio docs, iam/test-credentials, "Test calls"."""


@dataclass(slots=True, kw_only=True)
class Terms:
    """What the account may do. A scenario changes them to provoke refusals."""

    suspended: bool = False
    trial: bool = False
    sip: bool = True
    concurrent_requests: int = 100
    """How many REST requests may be under way at once; Twilio does not publish its figure."""
    time_limit: int = 14_400
    """Longest call, in seconds."""
    regions: tuple[str, ...] = ("+",)
    """Beginnings of the numbers that geographic permissions allow to call."""
    destinations: dict[str, int] = field(default_factory=lambda: dict(MAGIC_DESTINATIONS))
    """Numbers that are refused, each with the code."""
    local_urls: bool = False
    """Whether webhooks may be at `localhost` or another name without a dot, streams be opened without TLS: only for
    emulators on loopback ports."""
    sorts_query: bool = False
    """Whether the query of a webhook's URL is requested sorted, but signed as it was given."""
    protected_media: bool = True
    """Whether recordings are given only to who authenticates."""
