"""Where the sockets of media streams are opened, through one client with one ticker; and a stranger's."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final

import aiohttp

from voicecall_sim.carriers.emulator import Interference, StreamOpening
from voicecall_sim.carriers.telnyx import stream_socket
from voicecall_sim.carriers.telnyx.courier import pass_time
from voicecall_sim.carriers.telnyx.plant import Plant
from voicecall_sim.carriers.telnyx.stream_messages import TOKEN, Messages
from voicecall_sim.carriers.telnyx.stream_socket import Ended, Socket, Unopened
from voicecall_sim.telephony.ticker import Ticker
from voicecall_sim.world.clock import SECOND, Micros, seconds
from voicecall_sim.world.surroundings import Surroundings

if TYPE_CHECKING:
    from voicecall_sim.carriers.telnyx.stream import Stream

PATIENCE: Final[Micros] = 5 * SECOND
"""How long the application may take to turn a stranger away."""


class StreamOffice:
    """The carrier's media sockets. `openings` holds every genuine one that left, `live` the streams that are open."""

    def __init__(self, surroundings: Surroundings, interference: Callable[[], Interference]) -> None:
        self.openings: list[StreamOpening] = []
        self.live: dict[int, Stream] = {}
        self._surroundings = surroundings
        self._interference = interference
        self._session: aiohttp.ClientSession | None = None
        self._ticker: Ticker | None = None

    async def open(self) -> None:
        """Make the client and the ticker, which belong to the host that calls this."""
        self._session = stream_socket.new_session()
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
        self, *, call_id: str, url: str, token: str | None, parameters: Mapping[str, str], two_way: bool
    ) -> StreamOpening:
        """A genuine opening; it is noted. The URL keeps its query."""
        headers = () if token is None else ((TOKEN, token),)
        opening = StreamOpening(
            number=len(self.openings) + 1,
            call_id=call_id,
            two_way=two_way,
            url=url,
            headers=headers,
            shown_call_id=call_id,
            parameters=tuple(parameters.items()),
        )
        self.openings.append(opening)
        return opening

    async def connect(self, opening: StreamOpening) -> tuple[Socket, StreamOpening]:
        """Connect a genuine stream, as the faults of the moment let it. Raises `Unopened`."""
        treatment = self._interference().stream(opening)
        await pass_time(treatment.delay)
        if treatment.lost:
            await pass_time(stream_socket.CONNECT)
            raise Unopened("connect timeout")
        return await self.dial(treatment.opening), treatment.opening

    async def dial(self, opening: StreamOpening) -> Socket:
        """Connect. Raises `Unopened`."""
        if self._session is None:
            raise RuntimeError("the carrier has not been started; await its start() first")
        return await stream_socket.dial(self._session, opening)

    def cut(self) -> int:
        """Break the connections of all that is open: how many there were."""
        live = tuple(self.live.values())
        for stream in live:
            stream.cut()
        return len(live)

    async def intrude(self, plant: Plant, opening: StreamOpening) -> bool:
        """Open a socket that belongs to no stream (a replay, a forgery): whether it was let in. It is journaled."""
        try:
            socket = await self.dial(opening)
        except Unopened as failure:
            write(plant, opening, "turned away", reason=failure.detail, status=failure.status)
            return False
        ended = await self._received(plant, socket, opening)
        if ended is None:
            write(plant, opening, "let in")
            await socket.close()
            return True
        write(plant, opening, "turned away", reason=ended.reason, status=ended.status)
        return False

    async def _received(self, plant: Plant, socket: Socket, opening: StreamOpening) -> Ended | None:
        # of its own chance: a stranger does not shift the identifiers of genuine streams
        messages = Messages(plant.surroundings.chance.uuid("telnyx.stranger"))
        socket.send(messages.connected(dict(opening.headers).get(TOKEN)))
        about = {"user_id": plant.account.user_id, "call_control_id": opening.shown_call_id}
        media_format = {"encoding": "PCMU", "sample_rate": 8000, "channels": 1}
        socket.send(
            messages.start({**about, "media_format": media_format, "custom_parameters": dict(opening.parameters)})
        )
        try:
            async with asyncio.timeout(seconds(PATIENCE)):
                got = await socket.receive()
        except TimeoutError:
            return None
        return got if isinstance(got, Ended) else None


def write(plant: Plant, opening: StreamOpening, event: str, **details: Any) -> None:
    """One journal entry about an opening."""
    data = {
        "event": event,
        "call": plant.post.numbers.get(opening.call_id, 0),
        "stream": opening.number,
        "direction": "two-way" if opening.two_way else "one-way",
        **{name: value for name, value in details.items() if value is not None},
    }
    plant.surroundings.journal.write(plant.name, "stream", data, {"request": upgrade(opening)})


def upgrade(opening: StreamOpening) -> str:
    """The upgrade request as text; of a token only the beginning."""
    heads = [f"{name}: {value[:4]}…" for name, value in opening.headers]
    return "\n".join([f"GET {opening.url}", *heads, *(f"{name}={value[:4]}…" for name, value in opening.parameters)])


FIDELITY: Final = (
    ("the token is the header x-telnyx-streaming-auth-token", "media streaming; captured headers", "captured"),
    ("the query of stream_url reaches the application", "demo-node-telnyx", "documented"),
)
