"""How a request of the battery reaches the endpoint: over aiohttp, or through an httpx client that somebody brings."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeAlias
from urllib.parse import urlsplit

import aiohttp
from yarl import URL

from voicecall_sim.carriers.case import Pairs, Shot

if TYPE_CHECKING:
    import httpx

PATIENCE: Final = 15.0
"""Seconds until an answer must be there: carriers wait as long."""
PIECE: Final = 64 * 1024
"""Bytes that are sent at once."""
MADE_BY_CLIENTS: Final = ("Accept", "Accept-Encoding", "Content-Type", "User-Agent")


class Unreachable(Exception):
    """There is nothing at the endpoint's address."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came back; `status` 0 is no answer, and `trouble` says why: `closed` or `no answer within 15 s`."""

    status: int
    body: bytes = b""
    kind: str = ""
    trouble: str = ""


Send: TypeAlias = Callable[[Shot], Awaitable[Answer]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """`address` is where requests go, `public` the URL that is configured at the carrier."""

    address: str
    public: str

    def on_the_wire(self, shot: Shot) -> tuple[str, Pairs]:
        """The URL to be requested and all headers, as a proxy in front of the endpoint would pass them on."""
        seen, here = urlsplit(shot.url), urlsplit(self.address)
        path = here.path + seen.path.removeprefix(urlsplit(self.public).path or "/")
        url = f"{here.scheme}://{here.netloc}{path or '/'}{'?' + seen.query if seen.query else ''}"
        headers: Pairs = (("Host", seen.netloc), *self._forwarding(shot), *shot.headers)
        return url, (*headers, ("Content-Length", str(len(shot.body)))) if shot.method != "GET" else headers

    def _forwarding(self, shot: Shot) -> Pairs:
        seen = urlsplit(shot.url)
        if (seen.scheme, seen.hostname) == (urlsplit(self.address).scheme, urlsplit(self.address).hostname):
            return ()
        proto, host = ("X-Forwarded-Proto", seen.scheme), ("X-Forwarded-Host", seen.netloc)
        return (proto,) if shot.has("X-Forwarded-Host") else (proto, host)


def over_aiohttp(session: aiohttp.ClientSession, endpoint: Endpoint, patience: float = PATIENCE) -> Send:
    """Sends with a connection for each request; `session` is one of `new_session`."""

    async def send(shot: Shot) -> Answer:
        url, headers = endpoint.on_the_wire(shot)
        try:
            async with session.request(
                shot.method,
                URL(url, encoded=True),
                headers=headers,
                data=_pieces(shot, patience) if shot.body else None,
                allow_redirects=False,
                skip_auto_headers=MADE_BY_CLIENTS,
                timeout=aiohttp.ClientTimeout(total=patience),
            ) as response:
                return Answer(
                    status=response.status,
                    body=await response.read(),
                    kind=response.headers.get("Content-Type", ""),
                )
        except aiohttp.ClientConnectorError as error:
            raise Unreachable(
                f"cannot connect to {url.partition('?')[0]}: {getattr(error, 'strerror', None) or error}"
            ) from error
        except TimeoutError:
            return Answer(status=0, trouble=f"no answer within {patience:g} s")
        except (aiohttp.ClientError, ConnectionError):
            return Answer(status=0, trouble="closed")

    return send


def new_session() -> aiohttp.ClientSession:
    """A client that keeps no connection. Needs a running loop."""
    connector = aiohttp.TCPConnector(force_close=True, resolver=aiohttp.ThreadedResolver())
    return aiohttp.ClientSession(connector=connector, auto_decompress=False)


def over_httpx(client: httpx.AsyncClient, endpoint: Endpoint, patience: float = PATIENCE) -> Send:
    """Sends through somebody's client: its mounts, its ASGI transport, its mocks."""
    import httpx

    async def send(shot: Shot) -> Answer:
        url, headers = endpoint.on_the_wire(shot)
        parts = urlsplit(url)
        target = f"{parts.path}{'?' + parts.query if parts.query else ''}".encode()
        request = client.build_request(
            shot.method,
            url,
            headers=[(name.encode(), value.encode()) for name, value in headers],
            content=_pieces(shot, patience) if shot.stalls else shot.body,
            extensions={"target": target},
        )
        try:
            async with asyncio.timeout(patience):
                response = await client.send(request, follow_redirects=False)
        except httpx.ConnectError as error:
            raise Unreachable(f"cannot connect to {url.partition('?')[0]}: {error}") from error
        except TimeoutError:
            return Answer(status=0, trouble=f"no answer within {patience:g} s")
        except httpx.TransportError:
            return Answer(status=0, trouble="closed")
        return Answer(
            status=response.status_code,
            body=response.content,
            kind=response.headers.get("Content-Type", ""),
        )

    return send


async def _pieces(shot: Shot, patience: float) -> AsyncIterator[bytes]:
    """The body; of one that stalls the first half, and then nothing for longer than anybody waits."""
    sent = len(shot.body) // 2 if shot.stalls else len(shot.body)
    for start in range(0, sent, PIECE):
        yield shot.body[start : min(start + PIECE, sent)]
    if shot.stalls:
        await asyncio.sleep(2 * patience)
        yield shot.body[sent:]
