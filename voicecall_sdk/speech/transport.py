"""Connections that the services of speech share: one TLS context for all, one HTTP client a process.

httpx says what is asked and answered; aiohttp, which the package uses for all else, carries it: sound comes in many
small pieces, and costs a third that way of what it does over httpx's own connections.
"""

from __future__ import annotations

import os
import ssl
from collections.abc import AsyncIterator
from functools import cache
from typing import Final
from urllib.request import getproxies, proxy_bypass

import aiohttp
import httpx

KEEP_ALIVE: Final = 60.0
"""Seconds that an idle connection is kept: a caller's turn later it saves a handshake."""

MOST_CONNECTIONS: Final = 500


def tls() -> ssl.SSLContext:
    """Who is trusted. Reading it takes up to 100 ms, so it is done once."""
    return _tls(os.environ.get("SSL_CERT_FILE"), os.environ.get("SSL_CERT_DIR"))


@cache
def _tls(file: str | None, directory: str | None) -> ssl.SSLContext:
    return httpx.create_ssl_context()


def http_client() -> httpx.AsyncClient:
    """A client without time limits of its own: `voices` keeps them. Follows no redirects, which would take the key."""
    return httpx.AsyncClient(transport=Carried(), verify=tls(), timeout=None, follow_redirects=False)


class Carried(httpx.AsyncBaseTransport):
    """Requests over aiohttp's connections, which are opened with the first request."""

    def __init__(self) -> None:
        self._session: aiohttp.ClientSession | None = None
        self._proxies: dict[tuple[str, str], str | None] = {}

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request; its answer is read when it is asked for."""
        try:
            answer = await self._opened().request(
                request.method,
                str(request.url),
                headers=request.headers.multi_items(),
                data=await request.aread(),
                allow_redirects=False,
                proxy=self._proxy(request.url),
            )
        except (aiohttp.ClientConnectorError, aiohttp.ClientSSLError) as error:
            raise httpx.ConnectError(str(error), request=request) from error
        except (aiohttp.ClientError, OSError) as error:
            raise httpx.RemoteProtocolError(str(error), request=request) from error
        return httpx.Response(answer.status, headers=answer.raw_headers, stream=_Body(answer), request=request)

    async def aclose(self) -> None:
        """Close the connections."""
        if self._session is not None:
            await self._session.close()

    def _opened(self) -> aiohttp.ClientSession:
        if self._session is None:
            connector = aiohttp.TCPConnector(ssl=tls(), limit=MOST_CONNECTIONS, keepalive_timeout=KEEP_ALIVE)
            self._session = aiohttp.ClientSession(
                connector=connector,
                timeout=aiohttp.ClientTimeout(total=None),
                cookie_jar=aiohttp.DummyCookieJar(),
                auto_decompress=False,  # httpx does that
            )
        return self._session

    def _proxy(self, url: httpx.URL) -> str | None:
        """The proxy of the environment (HTTPS_PROXY, NO_PROXY), asked once a host.

        aiohttp's `trust_env` would also read passwords from ~/.netrc, in a thread, for every request.
        """
        place = (url.scheme, url.host)
        if place not in self._proxies:
            self._proxies[place] = None if proxy_bypass(url.host) else getproxies().get(url.scheme)
        return self._proxies[place]


class _Body(httpx.AsyncByteStream):
    """An answer's bytes as they come."""

    def __init__(self, answer: aiohttp.ClientResponse) -> None:
        self._answer = answer

    async def __aiter__(self) -> AsyncIterator[bytes]:
        try:
            async for piece in self._answer.content.iter_any():
                yield piece
        except (aiohttp.ClientError, OSError) as error:
            raise httpx.RemoteProtocolError(str(error)) from error

    async def aclose(self) -> None:
        """Let the connection go: back to the others when all was read, else closed."""
        if self._answer.content.at_eof():
            self._answer.release()
        else:
            self._answer.close()
