"""The loop's ways out: into the network of the world, to its programs, or nowhere."""

from __future__ import annotations

import asyncio
import selectors
import shlex
import socket
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, NoReturn, Protocol

from voicecall_sim.world.blocking import waiting_instead
from voicecall_sim.world.errors import EscapedTheWorld, Misused
from voicecall_sim.world.host import current_life

ProtocolFactory = Callable[[], asyncio.BaseProtocol]


class Wires(Protocol):
    """What the loop needs of a network; the current host is the one that dials or listens."""

    async def dial(self, host: str | None, port: int, secure: Any) -> Any:
        """Connect; the result is given to `attach`."""
        ...

    def attach(self, line: Any, factory: ProtocolFactory, secure: Any) -> tuple[Any, asyncio.BaseProtocol]:
        """Put a protocol on this end of a connection that `dial` made."""
        ...

    def listen(self, factory: ProtocolFactory, hosts: Sequence[str | None], port: int, secure: Any) -> Any:
        """A server, not yet serving."""
        ...

    def look_up(self, host: str | None, port: Any, flags: int) -> list[Any]:
        """As `socket.getaddrinfo`."""
        ...

    def name_of(self, address: str) -> str:
        """A name for an address, or the address."""
        ...


class Shell(Protocol):
    """What the loop needs of the programs."""

    def spawn(
        self, factory: Callable[[], asyncio.SubprocessProtocol], argv: Sequence[str], options: Mapping[str, Any]
    ) -> tuple[asyncio.SubprocessTransport, asyncio.SubprocessProtocol]:
        """Start a program on the current host."""
        ...  # fmt: skip


class NoSelector(selectors.BaseSelector):
    """A selector for a loop that waits for nothing outside of itself."""

    def register(self, fileobj: Any, events: int, data: Any = None) -> NoReturn:
        """Refused: file descriptors belong to the system outside."""
        raise EscapedTheWorld(f"{fileobj!r} cannot be watched: there are no file descriptors in a world")

    def unregister(self, fileobj: Any) -> NoReturn:
        """Nothing was ever registered."""
        raise KeyError(fileobj)

    def select(self, timeout: float | None = None) -> list[Any]:
        """Nothing ever comes from outside."""
        return []

    def get_map(self) -> Mapping[Any, selectors.SelectorKey]:
        """Nothing is registered."""
        return MappingProxyType({})


class Doors(asyncio.SelectorEventLoop):
    """The methods of a loop that would touch the system, led into the world or closed."""

    network: Wires
    programs: Shell

    def __init__(self) -> None:
        super().__init__(NoSelector())
        self._dialled: dict[socket.socket, Any] = {}

    # -- the network

    async def getaddrinfo(self, host: Any, port: Any, *, flags: int = 0, **hints: Any) -> list[Any]:
        """The names of the world; `socket.gaierror` for any other."""
        return self.network.look_up(host.decode() if isinstance(host, bytes) else host, port, flags)

    async def getnameinfo(self, sockaddr: Any, flags: int = 0) -> tuple[str, str]:
        """The name of an address of the world."""
        numeric = flags & socket.NI_NUMERICHOST
        return (sockaddr[0] if numeric else self.network.name_of(sockaddr[0]), str(sockaddr[1]))

    async def sock_connect(self, sock: socket.socket, address: Any) -> None:
        """Connect as far as the wires go; `create_connection(sock=)` takes it up.

        aiohttp dials this way, through aiohappyeyeballs.
        """
        line = await self.network.dial(address[0], int(address[1]), None)
        for known in [known for known in self._dialled if known.fileno() < 0]:
            self._dialled.pop(known).abort()  # closed before it was taken up
        self._dialled[sock] = line

    async def create_connection(  # type: ignore[override]
        self, protocol_factory: ProtocolFactory, host: Any = None, port: Any = None, *,
        ssl: Any = None, sock: socket.socket | None = None, **options: Any,
    ) -> tuple[Any, asyncio.BaseProtocol]:  # fmt: skip
        """Connect in memory. With `ssl` TLS is left out: the peer is in the same memory."""
        line = await self.network.dial(host, int(port or 0), ssl) if sock is None else self._take(sock)
        return self.network.attach(line, protocol_factory, ssl)

    def _take(self, sock: socket.socket) -> Any:
        try:
            line = self._dialled.pop(sock)
        except KeyError:
            raise Misused(f"{sock!r} was not connected by this world's sock_connect") from None
        sock.close()
        return line

    async def create_server(
        self, protocol_factory: ProtocolFactory, host: Any = None, port: Any = None, *,
        sock: socket.socket | None = None, ssl: Any = None, start_serving: bool = True, **options: Any,
    ) -> Any:  # fmt: skip
        """Listen for the current host. A bound socket only lends its address."""
        if sock is not None:
            host, port = sock.getsockname()[:2]
            sock.close()
        hosts = [host] if host is None or isinstance(host, str) else list(host)
        server = self.network.listen(protocol_factory, hosts, int(port or 0), ssl)
        if start_serving:
            await server.start_serving()
        return server

    # -- programs and signals

    async def subprocess_exec(  # type: ignore[override]
        self, protocol_factory: Callable[[], asyncio.SubprocessProtocol], *args: Any, **options: Any
    ) -> tuple[asyncio.SubprocessTransport, asyncio.SubprocessProtocol]:
        """Start one of the world's programs; `FileNotFoundError` if there is none of that name."""
        return self.programs.spawn(protocol_factory, [_text(arg) for arg in args], options)

    async def subprocess_shell(  # type: ignore[override]
        self, protocol_factory: Callable[[], asyncio.SubprocessProtocol], cmd: Any, **options: Any
    ) -> tuple[asyncio.SubprocessTransport, asyncio.SubprocessProtocol]:
        """As `subprocess_exec`: plain words, no shell syntax."""
        return self.programs.spawn(protocol_factory, shlex.split(_text(cmd)), options)

    def add_signal_handler(self, sig: int, callback: Callable[..., object], *args: Any) -> None:  # type: ignore[override]
        """Have a callback for `Host.signal`; the process's own signals stay as they are."""
        if (life := current_life()) is not None:
            life.signal_handlers[int(sig)] = lambda: callback(*args)

    def remove_signal_handler(self, sig: int) -> bool:
        """Take it back; whether there was one."""
        life = current_life()
        return life is not None and life.signal_handlers.pop(int(sig), None) is not None

    # -- threads

    def run_in_executor(self, executor: Any, func: Callable[..., Any], *args: Any) -> asyncio.Future[Any]:  # type: ignore[override]
        """Run inline, at once: a world has no threads, and refusing would break libraries that read files this way."""
        waiting = waiting_instead(func, args)
        if waiting is not None:
            return self.create_task(waiting)
        future: asyncio.Future[Any] = self.create_future()
        try:
            future.set_result(func(*args))
        except Exception as error:  # noqa: BLE001 - an executor hands over whatever its function raised
            future.set_exception(error)
        return future

    # -- closed

    def add_reader(self, fd: Any, callback: Any, *args: Any) -> None:  # type: ignore[override]
        """Closed."""
        raise EscapedTheWorld(f"{fd!r} cannot be watched: there are no file descriptors in a world")

    def add_writer(self, fd: Any, callback: Any, *args: Any) -> None:  # type: ignore[override]
        """Closed."""
        self.add_reader(fd, callback, *args)

    def remove_reader(self, fd: Any) -> bool:
        """There is none."""
        return False

    def remove_writer(self, fd: Any) -> bool:
        """There is none."""
        return False

    async def _closed(self, *args: Any, **options: Any) -> NoReturn:
        raise EscapedTheWorld(
            "a world has stream connections between its hosts, and no datagrams, Unix sockets, pipes or raw sockets"
        )

    create_datagram_endpoint = create_unix_connection = create_unix_server = connect_accepted_socket = _closed
    connect_read_pipe = connect_write_pipe = sendfile = _closed
    sock_recv = sock_recv_into = sock_recvfrom = sock_sendall = sock_sendto = sock_accept = sock_sendfile = _closed


def _text(word: Any) -> str:
    return word.decode() if isinstance(word, bytes) else str(word)
