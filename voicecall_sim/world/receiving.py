"""The receiving half of a connection in memory: what has been sent here, and when it comes in.

Bytes travel as items of the receiver's inbox, each with the instant of its arrival, in order.
"""

from __future__ import annotations

import asyncio
from asyncio import BaseProtocol, BufferedProtocol
from collections import deque
from collections.abc import Callable
from contextvars import Context
from enum import Enum
from typing import TYPE_CHECKING, Any, Final, Self, cast

from voicecall_sim.world.clock import Micros
from voicecall_sim.world.handles import QuickTimer
from voicecall_sim.world.host import Life
from voicecall_sim.world.loop import StartTlsCompatible, VirtualLoop
from voicecall_sim.world.socketlike import Address, MemorySocket, reset_by_peer

if TYPE_CHECKING:
    from voicecall_sim.world.link import Link

MAX_READ: Final = 256 * 1024
"""Most bytes handed over at once, as in asyncio's selector transport."""


class End(Enum):
    """How one direction of a connection ends."""

    EOF = "eof"
    RESET = "reset"


class State(Enum):
    """Where an end of a connection is in its life."""

    NEW = "new"
    """No protocol yet: what arrives waits."""
    OPEN = "open"
    BROKEN = "broken"
    """Reset by the peer while reading was paused: the next write finds out."""
    CLOSING = "closing"
    """Closed here: what is unsent is still being sent, or `connection_lost` is about to be called."""
    LOST = "lost"


OPEN: Final = State.OPEN
CLOSING: Final = State.CLOSING
"""Those that are looked at for each message."""

Item = bytes | End


class ReceivingEnd(StartTlsCompatible, asyncio.Transport):
    """An end of a connection, as far as it receives. `peer` is the other end, `port` the port that was dialled."""

    __slots__ = (
        "__weakref__", "_buffered", "_context", "_deaf", "_due", "_inbox", "_info", "_last", "_paused", "_protocol",
        "_reading", "life", "link", "loop", "own", "peer", "port", "remote", "state",
    )  # fmt: skip

    peer: Self
    life: Life
    _context: Context
    _reading: QuickTimer

    def __init__(self, loop: VirtualLoop, link: Link, own: Address, remote: Address, port: int) -> None:
        super().__init__()
        self.loop, self.link, self.own, self.remote, self.port = loop, link, own, remote, port
        self.state = State.NEW
        self._info: dict[str, Any] = {"sockname": own, "peername": remote}
        self._protocol: BaseProtocol = asyncio.Protocol()
        self._inbox: deque[tuple[Micros, Item]] = deque()
        self._due = self._paused = self._buffered = self._deaf = False
        self._last: Micros = 0

    def secure(self, context: object) -> None:
        """Say that this end speaks TLS, of which nothing is seen in memory."""
        self._info.update(sslcontext=context, peercert={}, cipher=None, compression=None)

    def start(self, protocol: BaseProtocol) -> None:
        """Put the protocol on and let in what has arrived."""
        self.set_protocol(protocol)
        if self.state is State.NEW:
            self.state = State.OPEN
            protocol.connection_made(self)
            self._wake()

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        """As asyncio's: `peername`, `sockname`, `socket`, and what goes with TLS."""
        if name == "socket" and "socket" not in self._info:
            self._info["socket"] = MemorySocket(self.own, self.remote, lambda: self.quiet)
        return self._info.get(name, default)

    # -- reading

    @property
    def quiet(self) -> bool:
        """Whether the connection stands and nothing is there to be read."""
        return self.state is State.OPEN and not (self._inbox and self._inbox[0][0] <= self.loop.now)

    def arrive(self, item: Item) -> None:
        """Something was sent to this end; it comes in after the link's delay, never before what was sent earlier."""
        link = self.link
        if link.calm:
            self.expect(item, self.loop.now + link.latency)
        else:
            link.carry(self, item)

    def expect(self, item: Item, at: Micros) -> None:
        """Something will come in at that instant, or right behind what comes in later."""
        if at < self._last:
            at = self._last
        self._last = at
        if self._deaf:
            return
        self._inbox.append((at, item))
        if not self._due:
            self._due = True
            self.loop.rearm(self._reading, at)

    def go_deaf(self) -> None:
        """Nothing that is sent from now on will come in."""
        self._deaf = True

    def _wake(self) -> None:
        if self._inbox and not self._due:
            self._due = True
            self.loop.rearm(self._reading, self._inbox[0][0])

    def _read(self) -> None:
        self._due = False
        if self._paused or self.state is not OPEN:
            self._leave_unread()
            return
        item = self._inbox.popleft()[1]
        if isinstance(item, bytes):
            if self._inbox or len(item) > MAX_READ:
                item = self._as_one(item)
            self._deliver(item)
        elif item is End.EOF:
            self._guarded("eof_received", self._eof_received)
        else:
            self._force_close(reset_by_peer())
        if self._inbox:
            self._wake()

    def _as_one(self, data: bytes) -> bytes:
        """What is read at once."""
        now = self.loop.now
        if len(data) < MAX_READ:
            data = self._with_more(data, now)
        if len(data) > MAX_READ:
            self._inbox.appendleft((now, data[MAX_READ:]))
            data = data[:MAX_READ]
        return data

    def _with_more(self, data: bytes, now: Micros) -> bytes:
        """The data and what else has arrived behind it."""
        parts, size = [data], len(data)
        for at, item in self._inbox:
            if at > now or not isinstance(item, bytes) or size >= MAX_READ:
                break
            parts.append(item)
            size += len(item)
        for _ in parts[1:]:
            self._inbox.popleft()
        return b"".join(parts)

    def _deliver(self, data: bytes) -> None:
        if self._buffered:
            self._guarded("buffer_updated", lambda: self._fill(cast("BufferedProtocol", self._protocol), data))
            return
        self.peer.was_read(len(data))
        try:
            self._protocol.data_received(data)  # type: ignore[attr-defined]
        except Exception as error:  # noqa: BLE001 - a protocol's error is its transport's to report, as in asyncio
            self._fatal_error(error, "data_received")

    def _fill(self, protocol: BufferedProtocol, data: bytes) -> None:
        buffer = memoryview(protocol.get_buffer(-1)).cast("B")
        size = min(len(buffer), len(data))
        if not size:
            raise RuntimeError("get_buffer() returned an empty buffer")
        buffer[:size] = data[:size]
        if size < len(data):
            self._inbox.appendleft((self.loop.now, data[size:]))
        self.peer.was_read(size)
        protocol.buffer_updated(size)

    def _eof_received(self) -> None:
        if not cast("asyncio.Protocol", self._protocol).eof_received():
            self.close()

    def _leave_unread(self) -> None:
        """Something came in that will not, or not now, be read."""
        if self.state is State.LOST:
            self._refuse_unread()
        elif self._inbox and self._inbox[-1][1] is End.RESET:
            if self.state is State.CLOSING:
                self._force_close(reset_by_peer())
            elif self.state is State.OPEN:
                self.state = State.BROKEN

    def _refuse_unread(self) -> None:
        """A socket that is gone answers bytes with a reset."""
        refused = any(isinstance(item, bytes) for _, item in self._inbox)
        self._inbox.clear()
        if refused and self.peer.state is not State.LOST:
            self.peer.arrive(End.RESET)

    def is_reading(self) -> bool:
        """Whether data is being received."""
        return not self._paused and not self.is_closing()

    def pause_reading(self) -> None:
        """Leave what arrives unread."""
        if self.is_reading():
            self._paused = True

    def resume_reading(self) -> None:
        """Read again, first what has arrived."""
        if self._paused and not self.is_closing():
            self._paused = False
            if self.state is State.BROKEN:
                self.state = State.OPEN
            self._wake()

    def set_protocol(self, protocol: BaseProtocol) -> None:
        """Hand further events to that protocol."""
        self._protocol = protocol
        self._buffered = isinstance(protocol, BufferedProtocol)

    def get_protocol(self) -> BaseProtocol:
        """The protocol that events go to."""
        return self._protocol

    def is_closing(self) -> bool:
        """Whether this end is closed or about to be."""
        state = self.state
        return state is not OPEN and (state is CLOSING or state is State.LOST)

    # -- what the other half does

    def was_read(self, size: int) -> None:
        """The peer has read that much."""
        raise NotImplementedError

    def recount(self, difference: int) -> None:
        """More or fewer bytes were put on the way than were written here."""
        raise NotImplementedError

    def reset(self) -> None:
        """A fault: the connection is reset, both ends learn it now."""
        raise NotImplementedError

    def give_up(self, error: OSError) -> None:
        """A fault: this end's system has given the connection up."""
        raise NotImplementedError

    def _force_close(self, error: Exception | None) -> None:
        raise NotImplementedError

    # -- protocols that raise

    def _guarded(self, name: str, call: Callable[[], object]) -> None:
        try:
            call()
        except Exception as error:  # noqa: BLE001 - a protocol's error is its transport's to report, as in asyncio
            self._fatal_error(error, name)

    def _fatal_error(self, error: Exception, name: str) -> None:
        if not isinstance(error, OSError):
            self._report(error, f"Fatal error: protocol.{name}() call failed.")
        self._force_close(error)

    def _reported(self, name: str, call: Callable[[], object]) -> None:
        try:
            call()
        except Exception as error:  # noqa: BLE001 - a protocol's error is its transport's to report, as in asyncio
            self._report(error, f"protocol.{name}() failed")

    def _report(self, error: Exception, message: str) -> None:
        self.loop.call_exception_handler(
            {"message": message, "exception": error, "transport": self, "protocol": self._protocol}
        )
