"""Carries one request to the application and brings back its answer, or says what went wrong on the way."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final, TypeAlias

import aiohttp
from multidict import CIMultiDict
from yarl import URL

from voicecall_sim.carriers.emulator import Outgoing
from voicecall_sim.carriers.twilio.overrides import Trouble
from voicecall_sim.world.clock import Micros, seconds


@dataclass(frozen=True, slots=True)
class Reply:
    """What the application answered. `whole` is false when the body was longer than wanted, and cut."""

    status: int
    reason: str
    headers: Mapping[str, str]
    cookies: tuple[str, ...]
    body: bytes
    whole: bool = True

    @property
    def trouble(self) -> Trouble | None:
        """What a retry policy calls it, if it is not a good answer."""
        if self.status >= 500:
            return Trouble.SERVER_ERROR
        return Trouble.CLIENT_ERROR if self.status >= 400 else None


@dataclass(frozen=True, slots=True)
class Failure:
    """No answer: the debugger's code, a word for the journal, and what a retry policy calls it."""

    code: int
    error: str
    trouble: Trouble = field(default=Trouble.OTHER)


Answer: TypeAlias = Reply | Failure

LOST: Final = Failure(11200, "connection lost", Trouble.READ)
TIMED_OUT: Final = Failure(11200, "timeout", Trouble.READ)
OWN_TIMEOUT: Final = Failure(11203, "total timeout", Trouble.OTHER)

# The first that fits decides (codes: error dictionary 11200 to 11237)
TROUBLES: Final[tuple[tuple[type[BaseException], Failure], ...]] = (
    (aiohttp.InvalidURL, Failure(11100, "invalid URL")),
    (aiohttp.ClientConnectorDNSError, Failure(11210, "no such host", Trouble.CONNECT)),
    (aiohttp.ClientSSLError, Failure(11220, "TLS handshake failed", Trouble.CONNECT)),
    (aiohttp.ClientConnectorError, Failure(11205, "connection failed", Trouble.CONNECT)),
    (aiohttp.ConnectionTimeoutError, Failure(11205, "connect timeout", Trouble.CONNECT)),
    (aiohttp.SocketTimeoutError, Failure(11200, "read timeout", Trouble.READ)),
    (TimeoutError, TIMED_OUT),
    (aiohttp.ClientOSError, LOST),
    (aiohttp.ServerDisconnectedError, LOST),
    (aiohttp.ClientPayloadError, LOST),
    (aiohttp.ClientResponseError, Failure(11206, "protocol violation")),
    (aiohttp.ClientError, Failure(11206, "protocol violation")),
)


# By the number of OpenSSL's X509_V_ERR_* (x509_vfy.h)
CERTIFICATES: Final[Mapping[int, Failure]] = {
    10: Failure(11236, "certificate expired", Trouble.CONNECT),
    62: Failure(11235, "certificate for another name", Trouble.CONNECT),
    64: Failure(11235, "certificate for another address", Trouble.CONNECT),
}
UNTRUSTED: Final = Failure(11237, "certificate not trusted", Trouble.CONNECT)


def failure_of(error: BaseException) -> Failure:
    """What an exception of the HTTP client means."""
    if isinstance(error, aiohttp.ClientConnectorCertificateError):
        return CERTIFICATES.get(getattr(error.certificate_error, "verify_code", 0), UNTRUSTED)
    return next(failure for kind, failure in TROUBLES if isinstance(error, kind))


def new_session() -> aiohttp.ClientSession:
    """A client that adds nothing of its own to what is sent, and asks for a name's address each time."""
    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=0, use_dns_cache=False),
        cookie_jar=aiohttp.DummyCookieJar(),
        skip_auto_headers=("User-Agent", "Accept", "Accept-Encoding", "Content-Type"),
        requote_redirect_url=False,
    )


class Broken(Exception):
    """An error of the connection, `__cause__`, which the client must not take for a reason to try again."""


async def once(request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType) -> aiohttp.ClientResponse:
    """The client would send a GET a second time by itself when the connection breaks: retries are Twilio's to make."""
    try:
        return await handler(request)
    except (aiohttp.ClientOSError, aiohttp.ServerDisconnectedError) as error:
        raise Broken from error


ONCE: Final[Mapping[str, tuple[aiohttp.ClientMiddlewareType, ...]]] = {"GET": (once,)}


class Courier:
    """Sends requests through one client session."""

    def __init__(self, session: aiohttp.ClientSession) -> None:
        self._session = session

    async def carry(self, hook: Outgoing, *, connect: Micros, read: Micros, total: Micros, limit: int) -> Answer:
        """Send these bytes and wait for the answer, of whose body at most `limit` bytes are read.

        Failures of the network and of HTTP are returned; only cancellation is raised.
        """
        try:
            url = URL(hook.url, encoded=True)
            async with self._session.request(
                hook.method,
                url,
                headers=CIMultiDict(hook.headers),
                data=hook.body if hook.method == "POST" else None,
                allow_redirects=False,
                timeout=timeout_of(connect, read, total),
                middlewares=ONCE.get(hook.method),
            ) as response:
                body = await read_at_most(response, limit)
                return Reply(
                    response.status,
                    response.reason or "",
                    response.headers,
                    tuple(response.headers.getall("Set-Cookie", ())),
                    body[:limit],
                    len(body) <= limit,
                )
        except Broken as broken:
            return failure_of(broken.__cause__ or broken)
        except (aiohttp.ClientError, TimeoutError) as error:
            return failure_of(error)
        except ValueError:
            return failure_of(aiohttp.InvalidURL(hook.url))


@lru_cache(maxsize=64)
def timeout_of(connect: Micros, read: Micros, total: Micros) -> aiohttp.ClientTimeout:
    """The limits as the client wants them, to the microsecond (it rounds long ones to seconds otherwise).

    A limit for each read that is no shorter than the total is none: the total, which began before, is reached first.
    """
    return aiohttp.ClientTimeout(
        total=seconds(total),
        sock_connect=seconds(connect),
        sock_read=seconds(read) if read < total else None,
        ceil_threshold=NEVER_ROUND,
    )


NEVER_ROUND: Final = 1e9


async def read_at_most(response: aiohttp.ClientResponse, limit: int) -> bytes:
    """The body; of a longer one a little more than `limit` bytes."""
    if response.content_length is not None and response.content_length <= limit:
        return await response.read()
    chunks, size = [], 0
    async for chunk in response.content.iter_any():
        chunks.append(chunk)
        size += len(chunk)
        if size > limit:
            break
    return b"".join(chunks)


async def pass_time(span: Micros) -> None:
    """Let time go by, if there is any to pass."""
    if span > 0:
        await asyncio.sleep(seconds(span))


FIDELITY: Final = (
    ("11205 for TCP failures, 11210 for unknown hosts, 11206 for bad HTTP", "error dictionary", "documented"),
    ("11200 when an answer does not come in time or breaks off", "error dictionary 11200", "documented"),
    ("11235 to 11237 and 11220 for TLS", "error dictionary", "documented"),
    ("11203 when the total was set in the URL", "error dictionary 11203", "documented"),
    ("a connection that is reset counts as a read failure: not retried by default", "no source", "assumed"),
)
