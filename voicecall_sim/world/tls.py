"""TLS for clients that insist on it.

With `ssl=` given to `create_connection` TLS is left out. httpx and its kin go through anyio, which opens a plain
connection and then speaks TLS over it: so when the first bytes of a connection are a ClientHello, a real TLS end is put
in between, with a certificate for the name that is asked for. The listener sees the plain bytes, as always.
"""

from __future__ import annotations

import asyncio
from typing import Final, cast

from voicecall_sim.world.authority import authority
from voicecall_sim.world.link import Link
from voicecall_sim.world.transport import MemoryTransport

CLIENT_HELLO: Final = b"\x16\x03"
"""A TLS record of type handshake (RFC 8446, 5.1) begins so, and no HTTP request does."""

DISTRUST: Final = (
    "A TLS client refused the world's certificate. Clients read what they trust when they are made: make them inside "
    "the world, or call voicecall_sim.world.authority.trust_the_world() before the code that makes them is imported"
)


def watch_for_tls(near: MemoryTransport) -> None:
    """Put a TLS end in between if the first words of the dialling end are a ClientHello."""
    near.first_words = lambda data: _terminate(near) if data.startswith(CLIENT_HELLO) else None


def _terminate(near: MemoryTransport) -> None:
    """Split near - far into near - raw, with TLS on it, and plain - far."""
    loop, far = near.loop, near.peer
    plain = MemoryTransport(loop, near.link, near.own, near.remote, near.port)
    inside = Link(loop=loop, latency=0, jitter=0, chance=near.link.chance, rules=())
    raw = MemoryTransport(loop, inside, near.remote, near.own, near.port)
    plain.peer, far.peer = far, plain
    raw.peer, near.peer, near.link = near, raw, inside
    for end in (plain, raw):
        end.belong(near.life, near.life.context.copy())
    cipher, clear = Relay(raw), Relay(plain)
    cipher.other, clear.other = clear, cipher
    cipher.handshake = near.life.host.start(_shake_hands(cipher, clear, near.remote[0]), name=f"TLS {near.remote}")


class Relay(asyncio.Protocol):
    """Hands everything to its other half, in time with what that can take."""

    other: Relay
    handshake: asyncio.Task[None]

    def __init__(self, end: MemoryTransport) -> None:
        self.end = end
        self.transport: asyncio.Transport = end
        self.early: list[bytes] | None = []

    def open(self, transport: asyncio.Transport) -> None:
        """Writing is possible from now on."""
        self.transport = transport
        early, self.early = self.early, None
        for data in early or ():
            transport.write(data)

    def take(self, data: bytes) -> None:
        """Send something, or keep it until that is possible."""
        if self.early is None:
            self.transport.write(data)
        else:
            self.early.append(data)

    def data_received(self, data: bytes) -> None:
        """Passed on."""
        self.other.take(data)

    def connection_lost(self, exc: Exception | None) -> None:
        """A reset is passed on as a reset, any other end as an end; before the handshake is over it decides."""
        if self.early is not None:
            return
        if isinstance(exc, ConnectionResetError):
            self.other.end.die()
        else:
            self.other.transport.close()

    def pause_writing(self) -> None:
        """The other half has to wait."""
        self.other.transport.pause_reading()

    def resume_writing(self) -> None:
        """The other half may go on."""
        self.other.transport.resume_reading()


async def _shake_hands(cipher: Relay, clear: Relay, name: str) -> None:
    cipher.end.start(cipher)
    context = authority().server_context(name)
    try:
        secured = await cipher.end.loop.start_tls(cipher.end, cipher, context, server_side=True)
    except OSError as error:
        clear.end.abort()
        _report(cipher.end, error)
        return
    cipher.open(cast("asyncio.Transport", secured))
    clear.end.start(clear)
    clear.open(clear.end)


def _report(end: MemoryTransport, error: OSError) -> None:
    """A client that distrusts sends an alert, or just hangs up; the handshake takes no time in which it could tire."""
    distrust = isinstance(error, ConnectionError) or "UNKNOWN_CA" in str(error)
    message = DISTRUST if distrust else "A TLS handshake failed"
    end.loop.call_exception_handler({"message": message, "exception": error, "transport": end})
