"""The socket of a media stream: Telnyx is the WebSocket's client, and all its frames are text."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Final

import aiohttp
from aiohttp import ClientConnectionResetError, ClientWSTimeout, WSMsgType
from multidict import CIMultiDict
from yarl import URL

from voicecall_sim.carriers.emulator import StreamOpening
from voicecall_sim.carriers.telnyx.courier import NEVER_ROUND
from voicecall_sim.world.clock import SECOND, Micros, seconds

CONNECT: Final[Micros] = 10 * SECOND
"""How long a connection may take to come up."""
CLOSE: Final[Micros] = 2 * SECOND
"""How long the application may take to answer a close."""
CONGESTED: Final = 32 * 1024
"""Unsent bytes from which on audio is dropped."""
NO_CODE: Final = 1005
"""A close frame without a code, as the receiver sees it (RFC 6455, section 7.4.1)."""


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


def new_session() -> aiohttp.ClientSession:
    """A client for sockets that adds nothing of its own, and asks for a name's address each time."""
    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=0, use_dns_cache=False),
        cookie_jar=aiohttp.DummyCookieJar(),
        skip_auto_headers=("User-Agent", "Accept", "Accept-Encoding", "Content-Type"),
        timeout=aiohttp.ClientTimeout(total=None, ceil_threshold=NEVER_ROUND),
    )


async def dial(session: aiohttp.ClientSession, opening: StreamOpening) -> Socket:
    """Connect. Raises `Unopened`."""
    try:
        async with asyncio.timeout(seconds(CONNECT)):
            socket = await session.ws_connect(
                URL(opening.url, encoded=True),
                headers=CIMultiDict(opening.headers),
                timeout=ClientWSTimeout(ws_close=seconds(CLOSE)),
                max_msg_size=0,
            )
    except aiohttp.WSServerHandshakeError as error:
        raise Unopened(f"the answer was {error.status}", error.status) from error
    except (aiohttp.ClientError, OSError, TimeoutError, ValueError) as error:
        raise Unopened(str(error) or type(error).__name__) from error
    return Socket(socket)


class Socket:
    """A connected WebSocket. What is sent leaves at once; nothing waits for the application to read."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse[bool]) -> None:
        self._socket = socket

    @property
    def congested(self) -> bool:
        """Whether the application does not read fast enough."""
        transport = self._transport
        return transport is not None and transport.get_write_buffer_size() > CONGESTED

    @property
    def _transport(self) -> asyncio.WriteTransport | None:
        # aiohttp has no public way to the transport of its client's socket
        return self._socket._writer.transport  # noqa: SLF001

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
        """The next message of the application, or the end."""
        message = await self._socket.receive()
        match message.type:
            case WSMsgType.TEXT:
                return str(message.data)
            case WSMsgType.BINARY:
                return Binary()
            case WSMsgType.CLOSE:
                reason = f"closed: {message.extra}" if message.extra else "closed"
                return Ended("app", reason, int(message.data or 0) or None)
            case WSMsgType.ERROR if isinstance(message.data, aiohttp.WebSocketError):
                return Ended("app", f"protocol violation: {message.data}", message.data.code)
            case WSMsgType.CLOSING:
                return Ended("carrier", "closing")
            case _:
                return Ended("network", "connection lost")

    async def close(self) -> None:
        """Close in order, with a close frame that has no code; dropped if it is not answered within some seconds."""
        try:
            await self._socket.send_frame(b"", WSMsgType.CLOSE)
            async with asyncio.timeout(seconds(CLOSE)):
                while not isinstance(await self.receive(), Ended):
                    continue
        except (TimeoutError, ClientConnectionResetError):
            pass
        finally:
            self.abort()
            await self._socket.close()

    def abort(self) -> None:
        """Break the connection; `receive` tells."""
        if self._transport is not None:
            self._transport.abort()


FIDELITY: Final = (
    ("the closing frame has no code: the receiver sees 1005", "observed traffic", "captured"),
    ("audio is dropped when the application does not read, about 2 s behind", "no source", "assumed"),
    ("no pings are sent; those of the application are answered", "nothing published; RFC 6455", "assumed"),
)
