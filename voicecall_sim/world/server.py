"""Listening: what `loop.create_server` returns, and what takes connections for it."""

from __future__ import annotations

import asyncio
import socket
import sys
from collections.abc import Callable, Sequence
from contextvars import Context
from typing import Any, NamedTuple, Self

from voicecall_sim.world.host import Life
from voicecall_sim.world.loop import ProtocolFactory, VirtualLoop
from voicecall_sim.world.transport import MemoryTransport

Address = tuple[str, int]


class MemorySocket:
    """What libraries ask of a socket that they will not read or write: its addresses and options."""

    family = socket.AF_INET
    type = socket.SOCK_STREAM
    proto = socket.IPPROTO_TCP

    def __init__(self, own: Address, peer: Address | None = None) -> None:
        self._own, self._peer = own, peer
        self._options: dict[tuple[int, int], Any] = {}

    def __repr__(self) -> str:
        return f"<MemorySocket {self._own} {self._peer or 'listening'}>"

    def getsockname(self) -> Address:
        """The own address."""
        return self._own

    def getpeername(self) -> Address:
        """The peer's address; `OSError` for a listening socket."""
        if self._peer is None:
            raise OSError(107, "Transport endpoint is not connected")
        return self._peer

    def setsockopt(self, level: int, option: int, value: Any) -> None:
        """Remembered, without effect."""
        self._options[level, option] = value

    def getsockopt(self, level: int, option: int, length: int = 0) -> Any:
        """What was set, else 0."""
        return self._options.get((level, option), 0)

    def fileno(self) -> int:
        """-1: there is no file descriptor."""
        return -1


class Place(NamedTuple):
    """Where a host listens: one of its own addresses, and a port."""

    host: str
    address: str
    port: int


class MemoryServer(asyncio.AbstractServer):
    """A server in memory. Connections belong to the host that made the server."""

    def __init__(
        self,
        loop: VirtualLoop,
        life: Life,
        factory: ProtocolFactory,
        places: Sequence[Place],
        shown: Sequence[Address],
        secure: Any,
        release: Callable[[MemoryServer], None],
    ) -> None:
        self.places = places
        self.secure = secure
        self.life = life
        self._loop = loop
        self._factory = factory
        self._context: Context = life.context.copy()
        self._sockets: tuple[MemorySocket, ...] = tuple(MemorySocket(address) for address in shown)
        self._release = release
        self._serving = False
        self._forever: asyncio.Future[None] | None = None
        self._connections: dict[MemoryTransport, None] = {}
        self._waiters: list[asyncio.Future[None]] = []
        life.holdings[self] = None

    def __repr__(self) -> str:
        return f"<MemoryServer {self.describe()}>"

    @property
    def sockets(self) -> tuple[MemorySocket, ...]:
        """The listening sockets; none once closed."""
        return self._sockets

    def accept(self, transport: MemoryTransport) -> None:
        """Take a connection; its protocol is made and told in a moment."""
        context = self._context.copy()
        self._connections[transport] = None
        transport.belong(self.life, context, lambda: self._gone(transport))
        self._loop.call_soon(self._greet, transport, context=context)

    def _greet(self, transport: MemoryTransport) -> None:
        try:
            transport.start(self._factory())
        except BaseException:
            transport.abort()
            raise

    def _gone(self, transport: MemoryTransport) -> None:
        self._connections.pop(transport, None)
        if not self._sockets:
            self._wake()

    def _wake(self) -> None:
        if not self._connections:
            for waiter in self._waiters:
                if not waiter.done():
                    waiter.set_result(None)

    def close(self) -> None:
        """Stop listening; connections stay."""
        if not self._sockets:
            return
        self.die()
        if self._forever is not None and not self._forever.done():
            self._forever.cancel()
        self._wake()

    def die(self) -> None:
        """Listen no more, with no callback."""
        self._sockets = ()
        self._serving = False
        self._release(self)
        self.life.holdings.pop(self, None)

    def describe(self) -> str:
        """What it is, for the list of leftovers."""
        return "listener " + ", ".join(f"{place.host} {place.address}:{place.port}" for place in self.places)

    def close_clients(self) -> None:
        """Close the connections, as from Python 3.13 on."""
        for transport in tuple(self._connections):
            transport.close()

    def abort_clients(self) -> None:
        """Abort the connections, as from Python 3.13 on."""
        for transport in tuple(self._connections):
            transport.abort()

    def get_loop(self) -> VirtualLoop:
        """The loop."""
        return self._loop

    def is_serving(self) -> bool:
        """Whether connections are accepted."""
        return self._serving

    async def start_serving(self) -> None:
        """Accept connections from now on."""
        self._serving = True

    async def serve_forever(self) -> None:
        """Serve until cancelled or closed."""
        if self._forever is not None:
            raise RuntimeError(f"server {self!r} is already being awaited on serve_forever()")
        if not self._sockets:
            raise RuntimeError(f"server {self!r} is closed")
        self._serving = True
        self._forever = self._loop.create_future()
        try:
            await self._forever
        finally:
            self._forever = None
            self.close()
            await self.wait_closed()

    async def wait_closed(self) -> None:
        """Wait until the server and, from Python 3.12 on, its connections are closed; before, return at once."""
        if sys.version_info < (3, 12) or (not self._sockets and not self._connections):
            return
        waiter: asyncio.Future[None] = self._loop.create_future()
        self._waiters.append(waiter)
        await waiter

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *exc: object) -> None:
        self.close()
        await self.wait_closed()
