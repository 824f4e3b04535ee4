"""Where the sockets of a carrier's media streams are opened: through one client, with one ticker."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

import aiohttp
from yarl import URL

from voicecall_sim.carriers.emulator import Interference, StreamOpening
from voicecall_sim.carriers.streaming import sockets
from voicecall_sim.carriers.streaming.sockets import Ended, Manners, Socket, Unopened
from voicecall_sim.carriers.waiting import pass_time
from voicecall_sim.telephony.ticker import Ticker
from voicecall_sim.world.clock import SECOND, Micros, seconds
from voicecall_sim.world.surroundings import Surroundings

if TYPE_CHECKING:
    from voicecall_sim.carriers.streaming.stream import MediaStream

PATIENCE: Final[Micros] = 5 * SECOND
"""How long the application may take to turn a stranger away."""
SHOWN: Final = 4
"""How much is shown of what may be a token."""


class StreamOffice:
    """A carrier's media sockets. `openings` holds every genuine one that left, `live` the streams that are open.

    `signed` gives an opening the carrier's signature of its present URL. `tokens` are headers that hold a secret.
    """

    def __init__(
        self,
        name: str,
        surroundings: Surroundings,
        interference: Callable[[], Interference],
        manners: Manners,
        *,
        signed: Callable[[StreamOpening], StreamOpening] = lambda opening: opening,
        tokens: frozenset[str] = frozenset(),
    ) -> None:
        self.openings: list[StreamOpening] = []
        self.live: dict[int, MediaStream[Any]] = {}
        self.signed = signed
        self._name = name
        self._surroundings = surroundings
        self._interference = interference
        self._manners = manners
        self._tokens = tokens
        self._session: aiohttp.ClientSession | None = None
        self._ticker: Ticker | None = None

    async def open(self) -> None:
        """Make the ticker, which belongs to the host that calls this. The client is made when it is needed first."""
        self._ticker = Ticker(self._surroundings.clock)

    async def close(self) -> None:
        """Close the client."""
        if self._session is not None:
            await self._session.close()

    @property
    def ticker(self) -> Ticker:
        """The timer of all streams. `RuntimeError` before `open`."""
        if self._ticker is None:
            raise RuntimeError("the carrier has not been started; await its start() first")
        return self._ticker

    def compose(
        self,
        *,
        call_id: str,
        two_way: bool,
        url: str,
        headers: tuple[tuple[str, str], ...],
        parameters: tuple[tuple[str, str], ...],
    ) -> StreamOpening:
        """The genuine opening of a stream, signed; it is the next one. `headers` are those but its signature."""
        opening = self.signed(
            StreamOpening(
                number=len(self.openings) + 1,
                call_id=call_id,
                two_way=two_way,
                url=url,
                headers=headers,
                shown_call_id=call_id,
                parameters=parameters,
            )
        )
        self.openings.append(opening)
        return opening

    async def connect(self, opening: StreamOpening) -> tuple[Socket, StreamOpening]:
        """Connect a genuine stream, as the faults of the moment let it: the socket, and what it introduces itself as.

        Raises `Unopened`.
        """
        treatment = self._interference().stream(opening)
        await pass_time(treatment.delay)
        if treatment.lost:
            await pass_time(self._manners.connect)
            raise self._manners.unopened(TimeoutError())
        return await self._dial(treatment.opening), treatment.opening

    def cut(self) -> int:
        """Break the connections of all that is open: how many there were."""
        live = tuple(self.live.values())
        for stream in live:
            stream.cut()
        return len(live)

    async def intrude(self, opening: StreamOpening, call: int, introduction: Sequence[str]) -> bool:
        """Open a socket that belongs to no stream (a replay, a forgery), introduce it as one: whether it was let in.

        What came of it is journaled; `call` is the number that it is said to belong to.
        """
        try:
            socket = await self._dial(opening)
        except Unopened as failure:
            self._stranger(opening, call, "turned away", reason=failure.detail, status=failure.status)
            return False
        for message in introduction:
            socket.send(message)
        ended = await received(socket)
        if ended is None:
            self._stranger(opening, call, "let in")
            await socket.close()
            return True
        self._stranger(opening, call, "turned away", reason=ended.reason, status=ended.status)
        return False

    def _stranger(self, opening: StreamOpening, call: int, event: str, **details: object) -> None:
        self.write(event, opening.number, call, opening.two_way, details, {"request": self.shown(opening)})

    async def _dial(self, opening: StreamOpening) -> Socket:
        if self._ticker is None:
            raise RuntimeError("the carrier has not been started; await its start() first")
        if self._session is None:
            self._session = sockets.new_session(self._manners)
        return await sockets.dial(self._session, self._manners, opening)

    # --- in the journal ---

    def write(
        self,
        event: str,
        stream: int,
        call: int,
        two_way: bool,
        details: Mapping[str, object],
        evidence: Mapping[str, str] | None = None,
    ) -> None:
        """One entry about a stream; what is None among the details is left out."""
        data = {
            "event": event,
            "call": call,
            "stream": stream,
            "direction": "two-way" if two_way else "one-way",
            **{name: value for name, value in details.items() if value is not None},
        }
        self._surroundings.journal.write(self._name, "stream", data, evidence)

    def shown(self, opening: StreamOpening) -> str:
        """The upgrade request and the parameters as text; of tokens and of parameters only the beginning."""
        lines = [f"GET {opening.url}"]
        lines += [
            f"{name}: {value[:SHOWN]}…" if name in self._tokens else f"{name}: {value}"
            for name, value in opening.headers
        ]
        lines += [f"{name}={value[:SHOWN]}…" for name, value in opening.parameters]
        return "\n".join(lines)


async def received(socket: Socket) -> Ended | None:
    """How the application ended it, or None: it said something, or did not mind."""
    try:
        async with asyncio.timeout(seconds(PATIENCE)):
            got = await socket.receive()
    except TimeoutError:
        return None
    return got if isinstance(got, Ended) else None


def upgrade_headers(url: str, user_agent: str) -> tuple[tuple[str, str], ...]:
    """The headers of an upgrade request, in the order observed."""
    address = URL(url, encoded=True)
    return (
        ("Host", address.authority if address.explicit_port else address.raw_host or ""),
        ("User-Agent", user_agent),
        ("Connection", "Upgrade"),
        ("Upgrade", "websocket"),
        ("Sec-WebSocket-Key", ""),  # the client fills it in, in its place
        ("Sec-WebSocket-Version", "13"),
    )
