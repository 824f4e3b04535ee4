"""One end of a connection in memory: what asyncio's socket transport does, without the socket.

The sender counts what its peer has not read; what goes beyond the window is its write buffer, which the water marks
watch.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextvars import Context
from typing import TYPE_CHECKING, Final

from voicecall_sim.world.host import Life
from voicecall_sim.world.loop import VirtualLoop
from voicecall_sim.world.receiving import CLOSING, OPEN, End, ReceivingEnd, State
from voicecall_sim.world.socketlike import Address, MemorySocket, broken_pipe, reset_by_peer

if TYPE_CHECKING:
    from voicecall_sim.world.link import Link

WINDOW: Final = 64 * 1024
"""Unread bytes that the receiving system takes before the sender's write buffer fills."""

HIGH_WATER: Final = 64 * 1024
"""asyncio's default high-water mark."""


class MemoryTransport(ReceivingEnd):
    """A stream transport whose other end, `peer`, lies in the same memory.

    `first_words` is called once, with the first bytes written.
    """

    __slots__ = ("_eof_sent", "_high", "_low", "_on_lost", "_unread", "_write_paused", "first_words")

    def __init__(self, loop: VirtualLoop, link: Link, own: Address, remote: Address, port: int) -> None:
        super().__init__(loop, link, own, remote, port)
        self.first_words: Callable[[bytes], None] | None = None
        self._eof_sent = self._write_paused = False
        self._unread = 0
        self._high, self._low = HIGH_WATER, HIGH_WATER // 4
        self._on_lost: Callable[[], None] | None = None

    def __repr__(self) -> str:
        return f"<MemoryTransport {self.own} - {self.remote} {self.state.value}>"

    def belong(self, life: Life, context: Context, on_lost: Callable[[], None] | None = None) -> None:
        """Make this end a life's: its protocol's callbacks run in that context."""
        self.life, self._context, self._on_lost = life, context, on_lost
        self._reading = self.loop.reusable(self._read, context)
        life.holdings[self] = None

    # -- writing

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """Send; never blocks."""
        if type(data) is not bytes:
            if not isinstance(data, (bytes, bytearray, memoryview)):
                raise TypeError(f"data argument must be a bytes-like object, not {type(data).__name__!r}")
            data = bytes(data)
        if self._eof_sent:
            raise RuntimeError("Cannot call write() after write_eof()")
        if self.state is not OPEN:
            self._write_in_vain()
            return
        if not data:
            return
        if self.first_words is not None:
            first_words, self.first_words = self.first_words, None
            first_words(data)
        self._unread += len(data)
        self.peer.arrive(data)
        if self._unread > WINDOW + self._high and not self._write_paused:
            self._pause_writing()

    def writelines(self, list_of_data: Iterable[bytes | bytearray | memoryview]) -> None:
        """Send all of them."""
        self.write(b"".join(list_of_data))

    def _write_in_vain(self) -> None:
        if self.state is State.BROKEN:
            self._force_close(broken_pipe())

    def can_write_eof(self) -> bool:
        """Yes."""
        return True

    def write_eof(self) -> None:
        """Half-close: nothing more will be sent, reading goes on."""
        if not self._eof_sent and not self.is_closing():
            self._eof_sent = True
            self.peer.arrive(End.EOF)

    def was_read(self, size: int) -> None:
        """The peer has read that much."""
        self._unread -= size
        if self._write_paused and self.get_write_buffer_size() <= self._low:
            self._write_paused = False
            self.loop.call_soon(self._resume_writing, context=self._context)
        if self.state is CLOSING and self._unread <= WINDOW < self._unread + size:
            self.loop.call_soon(self._lose, None, context=self._context)

    def recount(self, difference: int) -> None:
        """More or fewer bytes were put on the way than were written here."""
        self._unread += difference

    def _pause_writing(self) -> None:
        self._write_paused = True
        self._reported("pause_writing", self._protocol.pause_writing)

    def _resume_writing(self) -> None:
        if self.state is not State.LOST:
            self._reported("resume_writing", self._protocol.resume_writing)

    def get_write_buffer_size(self) -> int:
        """Bytes that the receiving system has not yet taken."""
        return max(0, self._unread - WINDOW)

    def get_write_buffer_limits(self) -> tuple[int, int]:
        """The water marks, low and high."""
        return (self._low, self._high)

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        """Set the water marks, with asyncio's defaults."""
        if high is None:
            high = HIGH_WATER if low is None else 4 * low
        if low is None:
            low = high // 4
        if not high >= low >= 0:
            raise ValueError(f"high ({high!r}) must be >= low ({low!r}) must be >= 0")
        self._high, self._low = high, low
        if self.get_write_buffer_size() > high and not self._write_paused:
            self._pause_writing()

    # -- ending

    def close(self) -> None:
        """Send what is unsent, then end."""
        if self.is_closing():
            return
        self.state = State.CLOSING
        if self._unread <= WINDOW:
            self.loop.call_soon(self._lose, None, context=self._context)

    def abort(self) -> None:
        """End at once; what is unsent is lost."""
        self._force_close(None)

    def reset(self) -> None:
        """A fault: the connection is reset, both ends learn it now."""
        for end in (self, self.peer):
            end.give_up(reset_by_peer())

    def give_up(self, error: OSError) -> None:
        """A fault: this end's system has given the connection up."""
        self._inbox.clear()
        self._force_close(error)

    def _force_close(self, error: Exception | None) -> None:
        if self.state is State.LOST or (self.state is State.CLOSING and self._unread <= WINDOW):
            return
        self.peer.forget(self.get_write_buffer_size())
        self._unread = min(self._unread, WINDOW)
        self.state = State.CLOSING
        self.loop.call_soon(self._lose, error, context=self._context)

    def forget(self, size: int) -> None:
        """The sender gave up with that many bytes unsent: they never left it."""
        while size > 0 and self._inbox and isinstance(last := self._inbox[-1][1], bytes):
            at, _ = self._inbox.pop()
            if len(last) > size:
                self._inbox.append((at, last[:-size]))
            size -= len(last)

    def _lose(self, error: Exception | None) -> None:
        if self.state is State.LOST:
            return
        try:
            self._protocol.connection_lost(error)
        finally:
            self._hang_up()

    def _hang_up(self) -> None:
        self.state = State.LOST
        self.life.holdings.pop(self, None)
        now = self.loop.now
        unread = any(at <= now and isinstance(item, bytes) for at, item in self._inbox)
        abrupt = unread or self._resets_on_close()
        if self.peer.state is not State.LOST and (abrupt or not self._eof_sent):
            self.peer.arrive(End.RESET if abrupt else End.EOF)
        if unread:
            self._inbox.clear()
        if self._on_lost is not None:
            self._on_lost()

    def _resets_on_close(self) -> bool:
        """Whether somebody asked the socket to linger for no time: it then ends with a RST (POSIX, SO_LINGER)."""
        plug: MemorySocket | None = self._info.get("socket")
        return plug is not None and plug.lingers_not()

    def die(self) -> None:
        """The process is killed: no callback here, a reset for the peer."""
        if self.state is not State.LOST:
            self.state = State.LOST
            self.life.holdings.pop(self, None)
            if self.peer.state is not State.LOST:
                self.peer.arrive(End.RESET)

    def describe(self) -> str:
        """What it is, for the list of leftovers."""
        return f"connection {self.own} - {self.remote} ({self.state.value})"
