"""The network of a world: listeners, connections between hosts, and the faults that befall them."""

from __future__ import annotations

import asyncio
import contextvars
import errno
import functools
import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from voicecall_sim.world.chance import Chance
from voicecall_sim.world.clock import MILLISECOND, SECOND, Micros
from voicecall_sim.world.doors import ProtocolFactory
from voicecall_sim.world.host import LIFE, LOOPBACK, Host, Life
from voicecall_sim.world.link import SYN_WAITS, Delayed, Link, Message, Reset, Rule, Swallowed
from voicecall_sim.world.loop import VirtualLoop
from voicecall_sim.world.names import ANY, Names
from voicecall_sim.world.server import MemoryServer, Place
from voicecall_sim.world.socketlike import Address, bind_failed, connect_refused, connect_timed_out
from voicecall_sim.world.tls import watch_for_tls
from voicecall_sim.world.transport import MemoryTransport


@dataclass(frozen=True, slots=True)
class Route:
    """Where a connection that is being made goes: from whom, over what, to which address of which host."""

    life: Life
    link: Link
    target: Host
    to: Address


class Network:
    """Hosts find each other by name or address, and talk over links.

    `latency` (one way) and `jitter`, in microseconds, are those of links that no one has set otherwise; a host reaches
    itself at once.
    """

    def __init__(self, loop: VirtualLoop, chance: Chance, ground: Host) -> None:
        self.latency: Micros = 5 * MILLISECOND
        self.jitter: Micros = 0
        self._loop = loop
        self._chance = chance
        self._ground = ground
        self._names = Names(ground)
        self._servers: dict[Place, MemoryServer] = {}
        self._links: dict[tuple[str, str], Link] = {}
        self._rules: list[Rule] = []
        self._closed: set[tuple[str, int]] = set()
        self._ports = itertools.count(49152)

    # -- names

    def settle_in(self, host: Host) -> None:
        """Know a host by its address."""
        self._names.settle_in(host)

    def name(self, name: str, host: Host) -> None:
        """Let a name resolve to a host's address."""
        self._names.give(name, host.address)

    def expose(self, name: str, port: int, host: Host, target_port: int) -> None:
        """Forward a public name and port to a host's listener, on its loopback too; the peer's address is kept.

        A name that means nothing yet gets a public address of its own.
        """
        self._names.open_door(name, port, host, target_port)

    def unexpose(self, name: str, port: int) -> None:
        """Forward no more: connections are refused. The name still resolves."""
        self._names.close_door(name, port)

    def look_up(self, host: str | None, port: Any, flags: int = 0) -> list[Any]:
        """As `socket.getaddrinfo`: one IPv4 stream address, or `socket.gaierror`."""
        return self._names.look_up(host, port, flags)

    def name_of(self, address: str) -> str:
        """The first name that means this address, or the address."""
        return self._names.name_of(address)

    # -- listening

    def listen(self, factory: ProtocolFactory, hosts: Sequence[str | None], port: int, ssl: Any) -> MemoryServer:
        """A server of the current host, not yet serving; `OSError` if it cannot listen there."""
        life = self._life()
        shown: list[Address] = []
        places: list[Place] = []
        for name in hosts:
            address, addresses = self._bindable(life.host, name, port)
            port = port or self._free_port(life.host, addresses)
            shown.append((address, port))
            places += [Place(life.host.name, each, port) for each in addresses]
        for place in places:
            if place in self._servers:
                raise bind_failed(errno.EADDRINUSE, place[1:])
        server = MemoryServer(self._loop, life, factory, places, shown, ssl, self._release)
        self._servers.update(dict.fromkeys(places, server))
        return server

    def _bindable(self, own: Host, name: str | None, port: int) -> tuple[str, Sequence[str]]:
        if name in ANY:
            return "0.0.0.0", (LOOPBACK, own.address)
        address = self._names.address(name)
        if address not in (LOOPBACK, own.address):
            raise bind_failed(errno.EADDRNOTAVAIL, (address, port))
        return address, (address,)

    def _free_port(self, own: Host, addresses: Sequence[str]) -> int:
        return next(
            port
            for port in range(32768, 49152)
            if all(Place(own.name, address, port) not in self._servers for address in addresses)
        )

    def _release(self, server: MemoryServer) -> None:
        for place in server.places:
            if self._servers.get(place) is server:
                del self._servers[place]

    # -- connecting

    async def dial(self, host: str | None, port: int, ssl: Any) -> MemoryTransport:
        """Connect from the current host; raises what connecting a socket would. `attach` puts a protocol on."""
        life = self._life()
        to = (self._names.address(host), port)
        target = life.host if to[0] == LOOPBACK else self._names.owner(to)
        route = Route(life, self.link_between(life.host, target), target, to)
        out = await self._first_try(route)
        if not out and not route.link.latency:
            return self._connect(route)
        return await self._shake_hands(route, out)

    async def _first_try(self, route: Route) -> Micros:
        """How long the first packet that is not lost takes to the target."""
        link = route.link
        if link.calm:
            return link.latency
        message = Message(kind="connect", source=route.life.host.name, target=route.target.name, port=route.to[1])
        for wait in SYN_WAITS:
            verdict = Swallowed() if link.parted else link.judge(message)
            if isinstance(verdict, Reset):
                raise connect_refused(route.to)
            if not isinstance(verdict, Swallowed):
                return link.delay() + (verdict.by if isinstance(verdict, Delayed) else 0)
            await asyncio.sleep(wait / SECOND)
        raise connect_timed_out(route.to)

    async def _shake_hands(self, route: Route, out: Micros) -> MemoryTransport:
        answer: asyncio.Future[MemoryTransport] = self._loop.create_future()
        ground = self._ground.life.context
        knock = functools.partial(self._knock, route, answer)
        self._loop.call_at_instant(self._loop.now + out, knock, context=ground.copy())
        try:
            return await answer
        except asyncio.CancelledError:
            answer.add_done_callback(_hang_up)
            raise

    def _knock(self, route: Route, answer: asyncio.Future[MemoryTransport]) -> None:
        """The first packet has come; what it finds travels back."""
        if answer.cancelled() or route.life.dead:
            return
        outcome: MemoryTransport | OSError
        try:
            outcome = self._connect(route)
        except OSError as error:
            outcome = error
        self._loop.call_at_instant(
            self._loop.now + route.link.delay(), _answer, answer, outcome, context=contextvars.copy_context()
        )

    def _connect(self, route: Route) -> MemoryTransport:
        server = self._server(route)
        if server is None:
            raise connect_refused(route.to)
        loopback = route.to[0] == LOOPBACK
        own = (LOOPBACK if loopback else route.life.host.address, next(self._ports))
        near = MemoryTransport(self._loop, route.link, own, route.to, route.to[1])
        far = MemoryTransport(self._loop, route.link, route.to, own, route.to[1])
        near.peer, far.peer = far, near
        near.belong(route.life, route.life.context.copy())
        server.accept(far)
        return near

    def _server(self, route: Route) -> MemoryServer | None:
        address, port = route.to
        name = route.target.name
        if (name, port) in self._closed:
            return None
        places = [Place(name, address, port)]
        door = self._names.door(route.to)
        if door is not None:
            places = [Place(name, LOOPBACK, door[1]), Place(name, route.target.address, door[1])]
        servers = (self._servers.get(place) for place in places)
        return next((server for server in servers if server is not None and server.is_serving()), None)

    def attach(
        self, line: MemoryTransport, factory: ProtocolFactory, ssl: Any
    ) -> tuple[MemoryTransport, asyncio.BaseProtocol]:
        """Put a protocol on the near end. Without `ssl` it may still turn out to speak TLS."""
        line.belong(self._life(), contextvars.copy_context())
        if ssl:
            line.secure(ssl)
        else:
            watch_for_tls(line)
        protocol = factory()
        line.start(protocol)
        return line, protocol

    def _life(self) -> Life:
        return LIFE.get() or self._ground.life

    # -- links and faults

    def link_between(self, a: Host, b: Host) -> Link:
        """The link between two hosts, the same in both directions, or of a host with itself."""
        ends = (min(a.name, b.name), max(a.name, b.name))
        link = self._links.get(ends)
        if link is None:
            latency, jitter = (0, 0) if a is b else (self.latency, self.jitter)
            chance = functools.partial(self._chance, f"network.{ends[0]}.{ends[1]}")
            link = Link(loop=self._loop, latency=latency, jitter=jitter, chance=chance, rules=self._rules)
            link.review()
            self._links[ends] = link
        return link

    def link(self, a: Host, b: Host, *, latency: Micros | None = None, jitter: Micros | None = None) -> None:
        """Set a link's one-way latency and the most that jitter adds to it, for connections that exist too."""
        link = self.link_between(a, b)
        link.latency = link.latency if latency is None else latency
        link.jitter = link.jitter if jitter is None else jitter
        link.review()

    def partition(self, a: Host, b: Host) -> None:
        """Let nothing pass between two hosts until `heal`. Connecting times out, what is sent waits."""
        self.link_between(a, b).part()

    def heal(self, a: Host, b: Host) -> None:
        """End a partition; what waited is sent again."""
        self.link_between(a, b).heal()

    def refuse(self, host: Host, port: int) -> None:
        """Refuse connections to a host's port, listener or not, until `admit`. `port` is the one dialled."""
        self._closed.add((host.name, port))

    def admit(self, host: Host, port: int) -> None:
        """End a refusal."""
        self._closed.discard((host.name, port))

    def reset(self, host: Host, other: Host | None = None, *, port: int | None = None) -> int:
        """Reset a host's connections, all or those with another host or a dialled port; how many there were."""
        ends = [end for end in tuple(host.life.holdings) if isinstance(end, MemoryTransport)]
        chosen = [
            end for end in ends if (other is None or end.peer.life.host is other) and (port is None or end.port == port)
        ]
        for end in chosen:
            end.reset()
        return len(chosen)

    def add_rule(self, rule: Rule) -> Callable[[], None]:
        """Have every message judged by a rule; the returned function takes it away."""
        self._rules.append(rule)
        self._review()
        return lambda: self._drop_rule(rule)

    def _drop_rule(self, rule: Rule) -> None:
        if rule in self._rules:
            self._rules.remove(rule)
            self._review()

    def _review(self) -> None:
        for link in self._links.values():
            link.review()


def _answer(answer: asyncio.Future[MemoryTransport], outcome: MemoryTransport | OSError) -> None:
    if answer.cancelled():
        _discard(outcome)
    elif isinstance(outcome, OSError):
        answer.set_exception(outcome)
    else:
        answer.set_result(outcome)


def _hang_up(answer: asyncio.Future[MemoryTransport]) -> None:
    if not answer.cancelled() and answer.exception() is None:
        _discard(answer.result())


def _discard(outcome: MemoryTransport | OSError) -> None:
    if isinstance(outcome, MemoryTransport):
        outcome.abort()
