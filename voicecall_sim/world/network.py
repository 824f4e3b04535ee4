"""The network of a world: names, addresses, listeners, public ports, and connections between hosts."""

from __future__ import annotations

import asyncio
import contextvars
import errno
import itertools
import os
import socket
from collections.abc import Callable, Sequence
from typing import Any, Final

from voicecall_sim.world.chance import Chance
from voicecall_sim.world.clock import MILLISECOND, Micros
from voicecall_sim.world.host import LIFE, LOOPBACK, Host, Life
from voicecall_sim.world.link import Link, Rule
from voicecall_sim.world.loop import ProtocolFactory, VirtualLoop
from voicecall_sim.world.server import Address, MemoryServer, MemorySocket, Place
from voicecall_sim.world.transport import MemoryTransport

ANY: Final = frozenset({None, "", "0.0.0.0", "::"})
OWN: Final = frozenset({"localhost", "::1"})


def _refused(address: str, port: int) -> ConnectionRefusedError:
    return ConnectionRefusedError(errno.ECONNREFUSED, f"Connect call failed ({address!r}, {port})")


class Network:
    """Hosts find each other by name or address, and talk over links."""

    def __init__(self, loop: VirtualLoop, chance: Chance, hosts: dict[str, Host], ground: Host) -> None:
        self.latency: Micros = 5 * MILLISECOND
        self.jitter: Micros = 0
        self._loop = loop
        self._chance = chance
        self._hosts = hosts
        self._ground = ground
        self._names: dict[str, str] = {}
        self._by_address: dict[str, Host] = {ground.address: ground}
        self._public: dict[Address, tuple[Host, int]] = {}
        self._servers: dict[Place, MemoryServer] = {}
        self._links: dict[tuple[str, str], Link] = {}
        self._rules: list[Rule] = []
        self._ports = itertools.count(49152)
        self._public_numbers = itertools.count(1)

    # -- names

    def name(self, name: str, host: Host) -> None:
        """Let a name resolve to a host's address."""
        self._names[name.lower().rstrip(".")] = host.address

    def settle_in(self, host: Host) -> None:
        """Know a host by its address."""
        self._by_address[host.address] = host

    def expose(self, name: str, port: int, host: Host, target_port: int) -> None:
        """Forward a public name and port to a listener of a host, on its loopback too. The peer's address is kept."""
        address = self._names.get(name.lower())
        if address is None:
            address = self._names[name.lower()] = f"198.18.0.{next(self._public_numbers)}"
        self._public[address, port] = (host, target_port)

    def unexpose(self, name: str, port: int) -> None:
        """Take that back; the name stays."""
        self._public.pop((self._names.get(name.lower(), ""), port), None)

    def address_of(self, name: str | None) -> str:
        """The address behind a name; `socket.gaierror` if there is none."""
        name = (name or LOOPBACK).lower().rstrip(".")
        if name in OWN:
            return LOOPBACK
        if name.replace(".", "").isdigit():
            return name
        try:
            return self._names[name]
        except KeyError:
            raise socket.gaierror(socket.EAI_NONAME, f"Name or service not known: {name!r} in this world") from None

    def look_up(self, host: str | None, port: Any, flags: int) -> list[Any]:
        """As `socket.getaddrinfo`, one IPv4 stream address."""
        address = "0.0.0.0" if host is None and flags & socket.AI_PASSIVE else self.address_of(host)
        return [(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP, "", (address, int(port or 0)))]

    # -- listening

    def listen(self, factory: ProtocolFactory, hosts: Sequence[str | None], port: int, secure: Any) -> MemoryServer:
        """A server of the current host, not yet serving."""
        life = self._life()
        own, shown, places = life.host, [], []
        for name in hosts:
            address, addresses = self._bindable(own, name, port)
            port = port or self._free_port(own, addresses)
            shown.append((address, port))
            places += [Place(own.name, each, port) for each in addresses]
        for place in places:
            if place in self._servers:
                raise _bind_error(errno.EADDRINUSE, place.address, place.port)
        server = MemoryServer(self._loop, life, factory, places, shown, secure, self._release)
        self._servers.update(dict.fromkeys(places, server))
        return server

    def _bindable(self, own: Host, name: str | None, port: int) -> tuple[str, Sequence[str]]:
        if name in ANY:
            return "0.0.0.0", (LOOPBACK, own.address)
        address = self.address_of(name)
        if address not in (LOOPBACK, own.address):
            raise _bind_error(errno.EADDRNOTAVAIL, address, port)
        return address, (address,)

    def _free_port(self, own: Host, addresses: Sequence[str]) -> int:
        return next(
            port
            for port in range(40000, 65536)
            if all(Place(own.name, address, port) not in self._servers for address in addresses)
        )

    def _release(self, server: MemoryServer) -> None:
        for place in server.places:
            self._servers.pop(place, None)

    # -- connecting

    async def dial(self, host: str | None, port: int, secure: Any) -> MemoryTransport:
        """Connect from the current host; raises what a socket would."""
        life = self._life()
        address = self.address_of(host)
        target = life.host if address == LOOPBACK else self._owner(address, port)
        link = self.link_between(life.host, target)
        if link.latency:
            await asyncio.sleep(2 * link.latency / 1e6)
        server = self._server(target, address, port)
        if server is None:
            raise _refused(address, port)
        own = (LOOPBACK if address == LOOPBACK else life.host.address, next(self._ports))
        return self._pair(link, server, own, (address, port), secure)

    def _owner(self, address: str, port: int) -> Host:
        if (address, port) in self._public:
            return self._public[address, port][0]
        try:
            return self._by_address[address]
        except KeyError:
            raise OSError(errno.EHOSTUNREACH, f"{os.strerror(errno.EHOSTUNREACH)}: {address}") from None

    def _server(self, target: Host, address: str, port: int) -> MemoryServer | None:
        public = self._public.get((address, port))
        if public is None:
            server = self._servers.get(Place(target.name, address, port))
        else:
            target, port = public
            server = self._servers.get(Place(target.name, LOOPBACK, port)) or self._servers.get(
                Place(target.name, target.address, port)
            )
        return server if server is not None and server.is_serving() else None

    def _pair(self, link: Link, server: MemoryServer, own: Address, peer: Address, secure: Any) -> MemoryTransport:
        near = MemoryTransport(self._loop, link, _extra(own, peer))
        far = MemoryTransport(self._loop, link, _extra(peer, own))
        near.peer, far.peer, near.secure, far.secure = far, near, secure, server.secure
        server.accept(far)
        return near

    def attach(self, line: MemoryTransport, factory: ProtocolFactory) -> tuple[MemoryTransport, asyncio.BaseProtocol]:
        """Put a protocol on the near end."""
        context = contextvars.copy_context()
        line.belong(self._life(), context)
        protocol = factory()
        line.start(protocol)
        return line, protocol

    # -- links

    def link_between(self, a: Host, b: Host) -> Link:
        """The link between two hosts, the same in both directions."""
        ends = (min(a.name, b.name), max(a.name, b.name))
        link = self._links.get(ends)
        if link is None:
            latency, jitter = (0, 0) if a is b else (self.latency, self.jitter)
            link = self._links[ends] = Link(
                loop=self._loop, ends=ends, latency=latency, jitter=jitter, rules=self._rules,
                chance=self._chance(f"network.{ends[0]}.{ends[1]}"),
            )  # fmt: skip
            link.settle_calm()
        return link

    def link(self, a: Host, b: Host, *, latency: Micros | None = None, jitter: Micros | None = None) -> Link:
        """Set a link's one-way latency and the most that jitter adds to it, in microseconds."""
        link = self.link_between(a, b)
        link.latency = link.latency if latency is None else latency
        link.jitter = link.jitter if jitter is None else jitter
        link.settle_calm()
        return link

    def _life(self) -> Life:
        return LIFE.get() or self._ground.life


def _extra(own: Address, peer: Address) -> dict[str, Any]:
    return {"sockname": own, "peername": peer, "socket": MemorySocket(own, peer)}


def _bind_error(code: int, address: str, port: int) -> OSError:
    return OSError(
        code, f"error while attempting to bind on address ({address!r}, {port}): {os.strerror(code).lower()}"
    )
