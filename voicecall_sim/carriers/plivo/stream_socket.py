"""The socket of an audio stream: aiohttp's WebSocket client, with what Plivo's does and does not do."""

from __future__ import annotations

import asyncio
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Final

import aiohttp
from aiohttp import ClientConnectionResetError, ClientWSTimeout, WSCloseCode, WSMsgType
from multidict import CIMultiDict
from yarl import URL

from voicecall_sim.carriers.emulator import StreamOpening
from voicecall_sim.carriers.plivo.courier import NEVER_ROUND
from voicecall_sim.carriers.plivo.timing import STREAM_CLOSE, STREAM_CONNECT
from voicecall_sim.world.clock import seconds

CONGESTED: Final = 32 * 1024
"""Unsent bytes from which on audio is dropped."""
NORMAL_CLOSES: Final = frozenset({0, 1000, 1001, 1005})


class Unopened(Exception):
    """A stream that does not come up. `status` is the HTTP status if the application refused it."""

    def __init__(self, detail: str, status: int | None = None) -> None:
        super().__init__(detail)
        self.detail = detail
        self.status = status


@dataclass(frozen=True, slots=True)
class Ended:
    """How a connection ended: who did it (`app`, `carrier`, `network`), why, with which WebSocket status."""

    by: str
    reason: str
    status: int | None = None


@dataclass(frozen=True, slots=True)
class Binary:
    """A message that is not text."""


_connection: ContextVar[aiohttp.connector.Connection | None] = ContextVar("audio_connection", default=None)


async def as_answered(request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType) -> aiohttp.ClientResponse:
    """Take what comes of an upgrade as it is: the client would follow redirects, and try again by itself.

    Notes the connection that it came over. Raises `Unopened`.
    """
    try:
        response = await handler(request)
    except (aiohttp.ClientError, OSError) as error:
        raise unopened(error) from error
    if response.status != 101:
        response.close()
        raise Unopened(f"the answer was {response.status}", response.status)
    _connection.set(response.connection)
    return response


def unopened(error: BaseException) -> Unopened:
    """What an exception of the client means."""
    if isinstance(error, TimeoutError):
        return Unopened("connect timeout")
    if isinstance(error, aiohttp.WSServerHandshakeError):
        return Unopened("the handshake is wrong", error.status)
    return Unopened(f"connection_failed: {type(error).__name__}")


def new_session() -> aiohttp.ClientSession:
    """A client for sockets that adds nothing of its own, and asks for a name's address each time."""
    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=0, use_dns_cache=False),
        cookie_jar=aiohttp.DummyCookieJar(),
        skip_auto_headers=("User-Agent", "Accept", "Accept-Encoding", "Content-Type"),
        timeout=aiohttp.ClientTimeout(total=None, ceil_threshold=NEVER_ROUND),
        middlewares=(as_answered,),
    )


async def dial(session: aiohttp.ClientSession, opening: StreamOpening) -> Socket:
    """Connect. Raises `Unopened`."""
    try:
        async with asyncio.timeout(seconds(STREAM_CONNECT)):
            socket = await session.ws_connect(
                URL(opening.url, encoded=True),
                headers=CIMultiDict(opening.headers),
                timeout=ClientWSTimeout(ws_close=seconds(STREAM_CLOSE)),
                max_msg_size=0,
            )
    except (aiohttp.ClientError, OSError, TimeoutError, ValueError) as error:
        raise unopened(error) from error
    connection = _connection.get()
    if connection is None or connection.transport is None:
        raise Unopened("connection lost")
    return Socket(socket, connection, connection.transport)


class Socket:
    """A connected WebSocket. What is sent leaves at once; nothing waits for the application to read."""

    def __init__(
        self,
        socket: aiohttp.ClientWebSocketResponse[bool],
        connection: aiohttp.connector.Connection,
        transport: asyncio.Transport,
    ) -> None:
        self._socket = socket
        self._connection = connection
        self._transport = transport

    @property
    def congested(self) -> bool:
        """Whether the application does not read fast enough."""
        return self._transport.get_write_buffer_size() > CONGESTED

    def send(self, text: str) -> None:
        """Send one message. When the connection is lost it goes nowhere: `receive` tells."""
        sending = self._socket.send_frame(text.encode(), WSMsgType.TEXT)
        try:
            # it is all written when it stops for the first time, be it to wait until the application reads
            sending.send(None)
        except (StopIteration, ClientConnectionResetError):
            return
        sending.close()

    async def receive(self) -> str | Binary | Ended:
        """The next message of the application (text, as it came), or the end."""
        message = await self._socket.receive()
        match message.type:
            case WSMsgType.TEXT:
                return str(message.data)
            case WSMsgType.BINARY:
                return Binary()
            case WSMsgType.CLOSE:
                words = f"closed: {message.extra}" if message.extra else "closed"
                return Ended("app", words, int(message.data or 0) or None)
            case WSMsgType.ERROR if isinstance(message.data, aiohttp.WebSocketError):
                return Ended("app", f"protocol violation: {message.data}", message.data.code)
            case WSMsgType.CLOSING:
                return Ended("carrier", "closing")
            case _:
                return Ended("network", "connection lost")

    async def close(self) -> None:
        """Close in order; what is not answered within some seconds is dropped."""
        try:
            await self._socket.close(code=WSCloseCode.OK)
        except asyncio.CancelledError:
            self.drop()
            raise

    def abort(self) -> None:
        """Break the connection; `receive` tells."""
        self._transport.abort()

    def drop(self) -> None:
        """Break the connection when nobody receives any more."""
        self._transport.abort()
        self._connection.close()


FIDELITY: Final = (
    ("redirects of the upgrade are not followed, no compression is offered", "no source", "assumed"),
    ("audio is dropped when the application does not read, about 2 s behind", "no source", "assumed"),
    ("the carrier closes with 1000", "no capture of the close code", "assumed"),
)
