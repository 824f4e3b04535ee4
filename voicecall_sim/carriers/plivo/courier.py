"""Carries one request to the application and brings back its answer, or says what went wrong on the way."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, TypeAlias

import aiohttp
from multidict import CIMultiDict
from yarl import URL

from voicecall_sim.carriers.emulator import Outgoing
from voicecall_sim.carriers.plivo.overrides import Trouble
from voicecall_sim.carriers.waiting import NEVER_ROUND
from voicecall_sim.world.clock import Micros, seconds


@dataclass(frozen=True, slots=True)
class Reply:
    """What the application answered. `whole` is false when the body was longer than wanted, and cut."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    whole: bool = True

    @property
    def good(self) -> bool:
        """Whether it is a 2xx."""
        return 200 <= self.status < 300

    @property
    def trouble(self) -> Trouble | None:
        """What a retry policy calls it, if it is not a good answer."""
        if self.status >= 500:
            return Trouble.SERVER_ERROR
        if self.status >= 400:
            return Trouble.CLIENT_ERROR
        return None if self.good else Trouble.OTHER


@dataclass(frozen=True, slots=True)
class Failure:
    """No answer: a word for the journal, and what a retry policy calls it."""

    error: str
    trouble: Trouble = field(default=Trouble.OTHER)


Answer: TypeAlias = Reply | Failure

LOST: Final = Failure("connection lost")
INVALID_URL: Final = Failure("invalid URL")
TIMED_OUT: Final = Failure("read timeout", Trouble.READ)
TOO_LONG: Final = Failure("total timeout")

# The first that fits decides
TROUBLES: Final[tuple[tuple[type[BaseException], Failure], ...]] = (
    (aiohttp.InvalidURL, INVALID_URL),
    (aiohttp.ClientConnectorDNSError, Failure("no such host", Trouble.CONNECT)),
    (aiohttp.ClientSSLError, Failure("TLS handshake failed", Trouble.CONNECT)),
    (aiohttp.ClientConnectorError, Failure("connection failed", Trouble.CONNECT)),
    (aiohttp.ConnectionTimeoutError, Failure("connect timeout", Trouble.CONNECT)),
    (TimeoutError, TIMED_OUT),
    (aiohttp.ClientOSError, LOST),
    (aiohttp.ServerDisconnectedError, LOST),
    (aiohttp.ClientPayloadError, LOST),
    (aiohttp.ClientError, Failure("protocol violation")),
)


def failure_of(error: BaseException) -> Failure:
    """What an exception of the HTTP client means."""
    return next(failure for kind, failure in TROUBLES if isinstance(error, kind))


class Broken(Exception):
    """An error of the connection, `__cause__`, which the client must not take for a reason to try again."""


async def once(request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType) -> aiohttp.ClientResponse:
    """The client would send a GET a second time by itself when the connection breaks: retries are the carrier's."""
    try:
        return await handler(request)
    except (aiohttp.ClientOSError, aiohttp.ServerDisconnectedError) as error:
        raise Broken from error


def new_session() -> aiohttp.ClientSession:
    """A client that adds nothing of its own to what is sent, and asks for a name's address each time."""
    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=0, use_dns_cache=False),
        cookie_jar=aiohttp.DummyCookieJar(),
        skip_auto_headers=("User-Agent", "Accept", "Accept-Encoding", "Content-Type"),
        requote_redirect_url=False,
        middlewares=(once,),
    )


class Courier:
    """Sends requests through one client session."""

    def __init__(self, session: aiohttp.ClientSession) -> None:
        self._session = session

    async def carry(self, hook: Outgoing, *, connect: Micros, read: Micros, total: Micros, limit: int) -> Answer:
        """Send these bytes and wait for the answer, of whose body at most `limit` bytes are kept.

        Failures of the network and of HTTP are returned; only cancellation is raised.
        """
        try:
            return await self._exchange(hook, timeout_of(connect, read, total), limit)
        except Broken as broken:
            return failure_of(broken.__cause__ or broken)
        except (aiohttp.ClientError, TimeoutError) as error:
            return failure_of(error)
        except ValueError:
            return INVALID_URL

    async def _exchange(self, hook: Outgoing, timeout: aiohttp.ClientTimeout, limit: int) -> Reply:
        async with self._session.request(
            hook.method,
            URL(hook.url, encoded=True),
            headers=CIMultiDict(hook.headers),
            data=hook.body if hook.method == "POST" else None,
            allow_redirects=False,
            timeout=timeout,
        ) as response:
            body = await read_at_most(response, limit)
            return Reply(response.status, response.headers, body[:limit], len(body) <= limit)


def timeout_of(connect: Micros, read: Micros, total: Micros) -> aiohttp.ClientTimeout:
    """The limits as the client wants them, to the microsecond."""
    return aiohttp.ClientTimeout(
        total=seconds(total),
        sock_connect=seconds(connect),
        sock_read=seconds(read) if read < total else None,
        ceil_threshold=NEVER_ROUND,
    )


async def read_at_most(response: aiohttp.ClientResponse, limit: int) -> bytes:
    """The body; of a longer one a little more than `limit` bytes."""
    chunks, size = [], 0
    async for chunk in response.content.iter_any():
        chunks.append(chunk)
        size += len(chunk)
        if size > limit:
            break
    return b"".join(chunks)


FIDELITY: Final = (
    ("redirects of HTTP are not followed: they are no 2xx", "nothing published", "assumed"),
    ("a connection that breaks is no time-out: retried under rp=all only", "callback-configurations", "assumed"),
    ("a connection that is refused counts as ct", "nothing published", "assumed"),
)
