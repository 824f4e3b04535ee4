"""A public address: real HTTP/1.1 taken from the internet and passed on to an application that listens elsewhere.

What stands at a name and a port is a `Way`: it may rewrite the head of a request, answer itself, and says what is told
when nobody is there to pass it on to. Bodies and upgraded connections pass as they are. The same code runs in the
world and on real sockets.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from dataclasses import dataclass
from typing import Any, Final, Protocol, TypeAlias

from voicecall_sim.tunnels import bodies
from voicecall_sim.tunnels.heads import LONGEST, Answer, BadMessage, Head, read_head

Pair: TypeAlias = tuple[asyncio.StreamReader, asyncio.StreamWriter]
Connect: TypeAlias = Callable[[], Awaitable[Pair]]
"""Connects to whoever stands behind. Raises `OSError`."""

HOP_BY_HOP: Final = ("Connection", "Keep-Alive", "Proxy-Connection", "TE", "Trailer")
"""What is between two neighbours alone (RFC 9110, 7.6.1). `Upgrade` is passed on together with a new `Connection`."""


@dataclass(frozen=True, slots=True)
class Visit:
    """Who asks, and at which public address."""

    client: str
    name: str
    port: int


@dataclass(frozen=True, slots=True)
class Onward:
    """The request as it is passed on, and to whom."""

    head: Head
    connect: Connect


class Way(Protocol):
    """What stands at a public name and port."""

    def enter(self, request: Head, visit: Visit) -> Onward | Answer | None:
        """Where a request goes, and as what; None breaks the connection off."""
        ...

    def back(self, response: Head) -> Head:
        """What becomes of the head of a response."""
        ...

    def down(self, visit: Visit, error: OSError) -> Answer:
        """What is said when nobody can be reached behind."""
        ...


class Edge:
    """Listeners, and the ways that begin at them. `nobody` says what a visitor gets where there is no way."""

    def __init__(self, nobody: Callable[[Visit], Answer | None]) -> None:
        self._nobody = nobody
        self._ways: dict[tuple[str, int], Way] = {}
        self._servers: dict[int, asyncio.Server] = {}
        self._passing: dict[asyncio.StreamWriter, Way | None] = {}

    # -- ways

    def open_way(self, name: str, port: int, way: Way) -> None:
        """Let something stand at a public address."""
        self._ways[name.lower(), port] = way

    def close_way(self, name: str, port: int) -> None:
        """Take it away; what passes there ends. Harmless where nothing stands."""
        way = self._ways.pop((name.lower(), port), None)
        if way is not None and way not in self._ways.values():
            self.end_all(way)

    def end_all(self, way: Way) -> None:
        """End every connection that passes by this way at this instant."""
        for writer, taken in tuple(self._passing.items()):
            if taken is way:
                writer.transport.abort()

    @property
    def ways(self) -> Mapping[tuple[str, int], Way]:
        """What stands where."""
        return self._ways

    # -- listening

    async def listen(self, port: int, host: str = "0.0.0.0", *, known_as: int | None = None) -> int:
        """Take connections at a port (0: any), for the ways of the port it is known as; returns the port."""
        if port and port in self._servers:
            return port
        server = await asyncio.start_server(self._taker(known_as or port), host, port, limit=LONGEST)
        bound = int(server.sockets[0].getsockname()[1])
        self._servers[bound] = server
        return bound

    def close(self) -> None:
        """Take nothing more, and end what passes."""
        for server in self._servers.values():
            server.close()
        for writer in tuple(self._passing):
            writer.transport.abort()

    def _taker(self, port: int) -> Callable[[asyncio.StreamReader, asyncio.StreamWriter], Coroutine[Any, Any, None]]:
        async def take(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            self._passing[writer] = None
            try:
                while await self._exchange(reader, writer, port):
                    self._passing[writer] = None
            except (OSError, EOFError, BadMessage):
                # either end went away in the middle, or what came is no HTTP: whoever is left sees an abrupt end
                writer.transport.abort()
            except asyncio.CancelledError:
                # nobody waits for this task but asyncio's streams, which (in 3.11) take a cancelled one for a failure
                writer.transport.abort()
            finally:
                self._passing.pop(writer, None)
                writer.close()

        return take

    # -- passing on

    async def _exchange(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, port: int) -> bool:
        """One request and its answer; returns whether the connection goes on."""
        request = await read_head(reader)
        if request is None:
            return False
        host = request.get("Host") or ""
        visit = Visit(str(writer.get_extra_info("peername")[0]), plain_name(host), port)
        way = self._ways.get((visit.name, port))
        found = self._nobody(visit) if way is None else way.enter(request, visit)
        if way is None or not isinstance(found, Onward):
            await _say(found if isinstance(found, Answer) else None, request, reader, writer)
            return False
        self._passing[writer] = way
        try:
            behind = await found.connect()
        except OSError as error:
            await _say(way.down(visit, error), request, reader, writer)
            return False
        return await Passage(request, found.head, way, visit, (reader, writer), behind).go()


@dataclass(frozen=True, slots=True)
class Passage:
    """One request on its way through: as it came and as it is passed on, and both connections."""

    request: Head
    passed: Head
    way: Way
    visit: Visit
    front: Pair
    behind: Pair

    async def go(self) -> bool:
        """Pass it on, and its answer back. Returns whether the front connection can take another request."""
        sending = asyncio.create_task(self._send())
        try:
            return await self._answer(sending)
        finally:
            sending.cancel()
            await asyncio.wait([sending])
            self.behind[1].close()

    async def _send(self) -> None:
        reader, writer = self.front[0], self.behind[1]
        writer.write(_between(self.passed).raw())
        try:
            await bodies.of_request(self.request)(reader, writer)
        except OSError:
            # an application that has answered needs no body; one that has not is noticed where its answer is read
            return
        except (EOFError, BadMessage):
            writer.transport.abort()

    async def _answer(self, sending: asyncio.Task[None]) -> bool:
        response = await self._first()
        if response is None:
            await _say(self.way.down(self.visit, ConnectionResetError("EOF")), self.request, *self.front)
            return False
        writer = self.front[1]
        if response.status == 101:
            writer.write(self.way.back(response).raw())
            await _both_ways(self.front, self.behind)
            return False
        goes_on = self._goes_on(response)
        writer.write(_closing(self.way.back(response.without(*HOP_BY_HOP)), not goes_on).raw())
        await bodies.of_response(response, self.request.method)(self.behind[0], writer)
        await writer.drain()
        return goes_on and sending.done()

    async def _first(self) -> Head | None:
        """The head of the answer, once what is provisional has been passed back; None if there is none."""
        try:
            while (response := await read_head(self.behind[0])) is not None:
                if response.status >= 200 or response.status == 101:
                    return response
                self.front[1].write(response.raw())
        except (OSError, BadMessage):
            return None
        return None

    def _goes_on(self, response: Head) -> bool:
        return not self.request.has("Connection", "close") and bodies.ends_itself(response, self.request.method)


def plain_name(host: str) -> str:
    """The name in a `Host` field, without its port."""
    return host.strip().lower() if host.startswith("[") else host.partition(":")[0].strip().lower()


def _between(head: Head) -> Head:
    """A request for the neighbour: with what is between the two of them. One connection each."""
    if head.has("Connection", "upgrade"):
        return head.without(*HOP_BY_HOP).with_field("Connection", "Upgrade")
    return head.without(*HOP_BY_HOP, "Upgrade")


def _closing(head: Head, closes: bool) -> Head:
    return head.with_field("Connection", "close") if closes else head


async def _say(
    answer: Answer | None, request: Head, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> None:
    """Answer in the application's place; without an answer the connection just ends."""
    if answer is None:
        writer.transport.abort()
        return
    await bodies.swallow(reader, request)
    writer.write(answer.raw())
    await writer.drain()


async def _both_ways(front: Pair, behind: Pair) -> None:
    """Pipe until both ends have ended; one that breaks breaks the other."""
    pipes = [asyncio.create_task(bodies.pipe(one[0], other[1])) for one, other in ((front, behind), (behind, front))]
    try:
        await asyncio.gather(*pipes)
    except OSError:
        for _, writer in (front, behind):
            writer.transport.abort()
        raise
    finally:
        for each in pipes:
            each.cancel()
        await asyncio.wait(pipes)
