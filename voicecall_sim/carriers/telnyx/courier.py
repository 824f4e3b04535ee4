"""Carries one request to the application and brings back its answer, or a word for what went wrong on the way."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import aiohttp
from multidict import CIMultiDict
from yarl import URL

from voicecall_sim.carriers.emulator import Outgoing
from voicecall_sim.carriers.waiting import NEVER_ROUND
from voicecall_sim.world.clock import Micros, seconds

LONGEST: Final = 64 * 1024 * 1024
"""Bytes that are read of a file; answers to webhooks are not looked at."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back. `status` 0: nothing, and `error` says why."""

    status: int
    error: str = ""
    headers: Mapping[str, str] | None = None
    body: bytes = b""

    @property
    def good(self) -> bool:
        """Any 2xx."""
        return 200 <= self.status < 300


LOST: Final = Answer(0, "connection lost")

TROUBLES: Final[tuple[tuple[type[BaseException], str], ...]] = (
    # the first that fits decides
    (aiohttp.InvalidURL, "invalid URL"),
    (aiohttp.ClientConnectorDNSError, "no such host"),
    (aiohttp.ClientSSLError, "TLS handshake failed"),
    (aiohttp.ClientConnectorError, "connection failed"),
    (TimeoutError, "timeout"),
    (aiohttp.ClientResponseError, "protocol violation"),
    (aiohttp.ClientError, "connection lost"),
    (ValueError, "invalid URL"),
)


def new_session() -> aiohttp.ClientSession:
    """A client that adds nothing of its own to what is sent, and asks for a name's address each time."""
    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=0, use_dns_cache=False, force_close=True),
        cookie_jar=aiohttp.DummyCookieJar(),
        skip_auto_headers=("User-Agent", "Accept", "Accept-Encoding", "Content-Type"),
    )


async def carry(session: aiohttp.ClientSession, hook: Outgoing, timeout: Micros) -> Answer:
    """Send these bytes and wait for the answer. Failures of the network are returned; cancellation is raised."""
    try:
        async with session.request(
            hook.method,
            URL(hook.url, encoded=True),
            headers=CIMultiDict(hook.headers),
            data=hook.body if hook.method == "POST" else None,
            allow_redirects=False,
            timeout=aiohttp.ClientTimeout(total=seconds(timeout), ceil_threshold=NEVER_ROUND),
        ) as response:
            return Answer(response.status, "", response.headers, (await response.read())[:LONGEST])
    except (aiohttp.ClientError, TimeoutError, ValueError) as error:
        return Answer(0, next(word for kind, word in TROUBLES if isinstance(error, kind)))


FIDELITY: Final = (
    ("redirects of webhooks are failures", "webhook fundamentals; another page says they are followed", "documented"),
    ("certificates of https targets are verified", "webhook fundamentals", "documented"),
)
