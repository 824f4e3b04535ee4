"""Listening: what `loop.create_server` returns, and what takes connections for it."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, Self

from voicecall_sim.world.doors import ProtocolFactory
from voicecall_sim.world.host import Life
from voicecall_sim.world.loop import VirtualLoop
from voicecall_sim.world.socketlike import Address, MemorySocket
from voicecall_sim.world.transport import MemoryTransport


class Place(NamedTuple):
    """Where a host listens: one of its own addresses, and a port."""

    host: str
    address: str
    port: int


class MemoryServer(asyncio.AbstractServer):
    """A server in memory. Its connections belong to the life that made it.

    `places` is where it can be reached, `shown` what its sockets call their addresses, `ssl` what it was given;
    `release` is called when it stops listening.
    """

    def __init__(
        self,
        loop: VirtualLoop,
        life: Life,
        factory: ProtocolFactory,
        places: Sequence[Place],
        shown: Sequence[Address],
        ssl: Any,
        release: Callable[[MemoryServer], None],
    ) -> None:
        self.places = places
        self.life = life
        self._ssl = ssl
        self._loop = loop
        self._factory = factory
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
        context = self.life.context.copy()
        self._connections[transport] = None
        transport.belong(self.life, context, lambda: self._gone(transport))
        if self._ssl:
            transport.secure(self._ssl)
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
        """Listen no more, without telling anybody."""
        self._sockets = ()
        self._serving = False
        self._release(self)
        self.life.holdings.pop(self, None)

    def describe(self) -> str:
        """What it is, for the list of leftovers."""
        return "listener " + ", ".join(f"{place.address}:{place.port}" for place in self.places)

    def close_clients(self) -> None:
        """Close the connections. asyncio's servers can from Python 3.13 on."""
        for transport in tuple(self._connections):
            transport.close()

    def abort_clients(self) -> None:
        """Abort the connections. asyncio's servers can from Python 3.13 on."""
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
        self._serving = bool(self._sockets)

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
        """Wait until the server and its connections are closed.

        Before Python 3.12 asyncio's own returns at once (python/cpython#79033), and so does this.
        """
        if sys.version_info < (3, 12) or not (self._sockets or self._connections):
            return
        waiter: asyncio.Future[None] = self._loop.create_future()
        self._waiters.append(waiter)
        await waiter

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *exc: object) -> None:
        self.close()
        await self.wait_closed()
