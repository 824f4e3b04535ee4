"""The socket of a media stream: aiohttp's WebSocket client, with what Twilio's does and does not do."""

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
from voicecall_sim.carriers.twilio.courier import NEVER_ROUND
from voicecall_sim.carriers.twilio.stream_failures import (
    BROKEN,
    CLOSED_WITH_ERROR,
    NORMAL_CLOSES,
    VIOLATION,
    refused,
    unopened,
)
from voicecall_sim.carriers.twilio.timing import STREAM_CLOSE, STREAM_CONNECT
from voicecall_sim.world.clock import seconds

CONGESTED: Final = 32 * 1024
"""Unsent bytes from which on audio is dropped: some two seconds of it. Below the mark at which the client pauses."""


@dataclass(frozen=True, slots=True)
class Ended:
    """How a connection ended: who did it (`app`, `carrier`, `network`), why, with which WebSocket status and code."""

    by: str
    reason: str
    status: int | None = None
    code: int | None = None


@dataclass(frozen=True, slots=True)
class Binary:
    """A message that is not text."""


_connection: ContextVar[aiohttp.connector.Connection | None] = ContextVar("stream_connection", default=None)


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
        raise refused(response.status)
    _connection.set(response.connection)
    return response


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
                decode_text=False,
            )
    except (aiohttp.ClientError, OSError, TimeoutError, ValueError) as error:
        raise unopened(error) from error
    connection = _connection.get()
    if connection is None or connection.transport is None:
        raise unopened(ConnectionResetError())
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

    async def receive(self) -> bytes | Binary | Ended:
        """The next message of the application (text, as it came), or the end."""
        message = await self._socket.receive()
        if message.type is WSMsgType.TEXT:
            data = message.data
            return data if isinstance(data, bytes) else str(data).encode()
        if message.type is WSMsgType.BINARY:
            return Binary()
        if message.type is WSMsgType.CLOSE:
            return closed(int(message.data or 0), str(message.extra or ""))
        if message.type is WSMsgType.ERROR and isinstance(message.data, aiohttp.WebSocketError):
            return Ended("app", f"protocol violation: {message.data}", message.data.code, VIOLATION)
        if message.type is WSMsgType.CLOSING:
            return Ended("carrier", "closing")
        return Ended("network", "connection lost", None, BROKEN)

    async def close(self, code: int = WSCloseCode.OK) -> None:
        """Close in order; what is not answered within some seconds is dropped."""
        try:
            await self._socket.close(code=code)
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


def closed(status: int, words: str) -> Ended:
    """The application closed the socket."""
    reason = f"closed: {words}" if words else "closed"
    code = None if status in NORMAL_CLOSES else CLOSED_WITH_ERROR
    return Ended("app", reason, status or None, code)


FIDELITY: Final = (
    ("headers of the upgrade", "observed traffic", "captured"),
    ("redirects of the upgrade are not followed", "no source", "assumed"),
    ("no compression is offered", "observed traffic", "captured"),
    (
        "audio is dropped when the application does not read, about 2 s behind (31930)",
        "no figure is published",
        "assumed",
    ),
    ("no pings are sent; those of the application are answered", "nothing published; RFC 6455", "assumed"),
)
