"""The socket of a media stream: aiohttp's WebSocket client, so that it does what a carrier's does and no more."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Final

import aiohttp
from aiohttp import ClientConnectionResetError, ClientWSTimeout, WSMsgType
from multidict import CIMultiDict
from yarl import URL

from voicecall_sim.carriers.emulator import StreamOpening
from voicecall_sim.carriers.waiting import NEVER_ROUND
from voicecall_sim.world.clock import Micros, seconds

CONGESTED: Final = 32 * 1024
"""Unsent bytes from which on audio is dropped: some two seconds of it. Below the mark at which the client pauses."""
NORMAL_CLOSES: Final = frozenset({0, 1000, 1001, 1005})
"""Codes with which an application closes a socket in order (RFC 6455, section 7.4.1); 0 is none."""


class Unopened(Exception):
    """A stream that does not come up: the carrier's `code` for it, and the HTTP `status` if it was refused."""

    def __init__(self, code: int | str, detail: str, status: int | None = None) -> None:
        super().__init__(f"{code}: {detail}")
        self.code = code
        self.detail = detail
        self.status = status


@dataclass(frozen=True, slots=True)
class Ended:
    """How a connection ended: who did it (`app`, `carrier`, `network`), why, with which WebSocket status.

    `violation`: against the protocol.
    """

    by: str
    reason: str
    status: int | None = None
    violation: bool = False

    @property
    def in_order(self) -> bool:
        """Whether it ended as a connection should."""
        return self.by != "network" and (self.status or 0) in NORMAL_CLOSES


@dataclass(frozen=True, slots=True)
class Binary:
    """A message that is not text."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Manners:
    """A carrier's ways with its sockets.

    `connect` is how long a connection may take, the handshake included, `close` how long the application may take to
    answer a close. `unopened` tells what an exception of the client means, `refused` what an HTTP status does that is
    not 101.
    """

    connect: Micros
    close: Micros
    unopened: Callable[[BaseException], Unopened]
    refused: Callable[[int], Unopened]
    close_code: int | None = 1000
    """With what it closes; None: its closing frame has no code."""


_connection: ContextVar[aiohttp.connector.Connection | None] = ContextVar("stream_connection", default=None)


def new_session(manners: Manners) -> aiohttp.ClientSession:
    """A client for sockets that adds nothing of its own, and asks for a name's address each time."""

    async def as_answered(request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType) -> aiohttp.ClientResponse:
        """Take what comes of an upgrade as it is: the client would follow redirects, and try again by itself."""
        try:
            response = await handler(request)
        except (aiohttp.ClientError, OSError) as error:
            raise manners.unopened(error) from error
        if response.status != 101:
            response.close()
            raise manners.refused(response.status)
        _connection.set(response.connection)
        return response

    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=0, use_dns_cache=False),
        cookie_jar=aiohttp.DummyCookieJar(),
        skip_auto_headers=("User-Agent", "Accept", "Accept-Encoding", "Content-Type"),
        timeout=aiohttp.ClientTimeout(total=None, ceil_threshold=NEVER_ROUND),
        middlewares=(as_answered,),
    )


async def dial(session: aiohttp.ClientSession, manners: Manners, opening: StreamOpening) -> Socket:
    """Connect. Raises `Unopened`."""
    try:
        async with asyncio.timeout(seconds(manners.connect)):
            socket = await session.ws_connect(
                URL(opening.url, encoded=True),
                headers=CIMultiDict(opening.headers),
                timeout=ClientWSTimeout(ws_close=seconds(manners.close)),
                max_msg_size=0,
                decode_text=False,
            )
    except (aiohttp.ClientError, OSError, TimeoutError, ValueError) as error:
        raise manners.unopened(error) from error
    connection = _connection.get()
    if connection is None or connection.transport is None:
        raise manners.unopened(ConnectionResetError())
    return Socket(socket, connection, connection.transport, manners)


class Socket:
    """A connected WebSocket. What is sent leaves at once; nothing waits for the application to read."""

    def __init__(
        self,
        socket: aiohttp.ClientWebSocketResponse[bool],
        connection: aiohttp.connector.Connection,
        transport: asyncio.Transport,
        manners: Manners,
    ) -> None:
        self._socket = socket
        self._connection = connection
        self._transport = transport
        self._manners = manners

    @property
    def congested(self) -> bool:
        """Whether the application does not read fast enough."""
        return self._transport.get_write_buffer_size() > CONGESTED

    def send(self, text: str) -> None:
        """Send one message. When the connection is lost it goes nowhere: `receive` tells."""
        self._write(text.encode(), WSMsgType.TEXT)

    async def receive(self) -> bytes | Binary | Ended:
        """The next message of the application (text, as it came), or the end."""
        message = await self._socket.receive()
        if message.type is WSMsgType.TEXT:
            data = message.data
            return data if isinstance(data, bytes) else str(data).encode()
        if message.type is WSMsgType.BINARY:
            return Binary()
        if message.type is WSMsgType.CLOSE:
            return Ended(
                "app", f"closed: {message.extra}" if message.extra else "closed", int(message.data or 0) or None
            )
        if message.type is WSMsgType.ERROR and isinstance(message.data, aiohttp.WebSocketError):
            return Ended("app", f"protocol violation: {message.data}", message.data.code, violation=True)
        if message.type is WSMsgType.CLOSING:
            return Ended("carrier", "closing")
        return Ended("network", "connection lost")

    async def close(self, code: int | None = None) -> None:
        """Close in order, with the carrier's code or with that one, when nobody receives any more.

        What is not answered in time is dropped.
        """
        code = code or self._manners.close_code
        self._write(b"" if code is None else code.to_bytes(2), WSMsgType.CLOSE)
        try:
            # the client's own `close` does not wait once a `receive` has been cancelled, and always has a code
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(seconds(self._manners.close)):
                    while not isinstance(await self.receive(), Ended):
                        continue
        finally:
            self.drop()

    def _write(self, data: bytes, kind: WSMsgType) -> None:
        sending = self._socket.send_frame(data, kind)
        try:
            # it is all written when it stops for the first time, be it to wait until the application reads
            sending.send(None)
        except (StopIteration, ClientConnectionResetError):
            return
        sending.close()

    def abort(self) -> None:
        """Break the connection; `receive` tells."""
        self._transport.abort()

    def drop(self) -> None:
        """Break the connection when nobody receives any more."""
        self._transport.abort()
        self._connection.close()
