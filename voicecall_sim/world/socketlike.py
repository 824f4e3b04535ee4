"""What libraries ask of a socket that they will not read or write, and what sockets say when they fail."""

from __future__ import annotations

import errno
import functools
import os
import socket
import struct
from collections.abc import Callable
from typing import Any

Address = tuple[str, int]


def reset_by_peer() -> ConnectionResetError:
    """What a socket says after a RST."""
    return ConnectionResetError(errno.ECONNRESET, os.strerror(errno.ECONNRESET))


def broken_pipe() -> BrokenPipeError:
    """What a socket says when written to after a RST."""
    return BrokenPipeError(errno.EPIPE, os.strerror(errno.EPIPE))


def timed_out() -> TimeoutError:
    """What a socket says when its bytes were never acknowledged."""
    return TimeoutError(errno.ETIMEDOUT, os.strerror(errno.ETIMEDOUT))


def connect_refused(to: Address) -> ConnectionRefusedError:
    """What connecting to a closed port raises, in asyncio's words."""
    return ConnectionRefusedError(errno.ECONNREFUSED, f"Connect call failed {to!r}")


def connect_timed_out(to: Address) -> TimeoutError:
    """What connecting raises when nothing answers."""
    return TimeoutError(errno.ETIMEDOUT, f"Connect call failed {to!r}")


def no_route(to: Address) -> OSError:
    """What connecting to an address that nobody has raises."""
    return OSError(errno.EHOSTUNREACH, f"Connect call failed {to!r}: no host of this world has that address")


def bind_failed(code: int, to: Address) -> OSError:
    """What listening where one cannot listen raises, in asyncio's words."""
    return OSError(code, f"error while attempting to bind on address {to!r}: {os.strerror(code).lower()}")


def unknown_name(name: str) -> socket.gaierror:
    """What resolving an unknown name raises."""
    return socket.gaierror(socket.EAI_NONAME, f"Name or service not known: there is no {name!r} in this world")


class MemorySocket:
    """The addresses and options of a connection, or of a listener without a peer."""

    family = socket.AF_INET
    type = socket.SOCK_STREAM
    proto = socket.IPPROTO_TCP

    def __init__(self, own: Address, peer: Address | None = None, quiet: Callable[[], bool] = bool) -> None:
        self._own, self._peer, self._quiet = own, peer, quiet
        self._options: dict[tuple[int, int], Any] = {}

    def __repr__(self) -> str:
        return f"<MemorySocket {self._own} {self._peer or 'listening'}>"

    def getsockname(self) -> Address:
        """The own address."""
        return self._own

    def getpeername(self) -> Address:
        """The peer's address; `OSError` for a listening socket."""
        if self._peer is None:
            raise OSError(errno.ENOTCONN, os.strerror(errno.ENOTCONN))
        return self._peer

    def setsockopt(self, level: int, option: int, value: Any) -> None:
        """Remembered, without effect."""
        self._options[level, option] = value

    def getsockopt(self, level: int, option: int, length: int = 0) -> Any:
        """What was set, else 0."""
        return self._options.get((level, option), 0)

    def lingers_not(self) -> bool:
        """Whether SO_LINGER is on with a timeout of 0."""
        return self._options.get((socket.SOL_SOCKET, socket.SO_LINGER)) == struct.pack("ii", 1, 0)

    def fileno(self) -> int:
        """A descriptor that can be polled and never becomes readable; -1 once there is something to read or an end.

        httpcore polls it to find out whether a pooled connection can be used again.
        """
        return _silence() if self._quiet() else -1


class Plug:
    """What is dialled with in the place of a new socket: it can be told from others, and closed."""

    family = socket.AF_INET
    type = socket.SOCK_STREAM
    proto = socket.IPPROTO_TCP

    def __init__(self) -> None:
        self._open = True

    def close(self) -> None:
        """Give back a line that nobody took up."""
        self._open = False

    def fileno(self) -> int:
        """A descriptor that can be polled; -1 once closed."""
        return _silence() if self._open else -1


@functools.cache
def _silence() -> int:
    """The reading end of a pipe that nobody writes to; one for the whole process."""
    reading, _ = os.pipe()
    return reading
