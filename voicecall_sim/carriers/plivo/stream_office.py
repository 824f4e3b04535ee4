"""Where the sockets of audio streams are opened: composed, signed, dialled, through one client with one ticker."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Final

import aiohttp
from yarl import URL

from voicecall_sim.carriers.emulator import Interference, StreamOpening
from voicecall_sim.carriers.plivo import ids, stream_socket
from voicecall_sim.carriers.plivo.account import Account
from voicecall_sim.carriers.plivo.signature import HEADERS, stream_headers
from voicecall_sim.carriers.plivo.stream_socket import Socket, Unopened
from voicecall_sim.carriers.plivo.timing import STREAM_CONNECT
from voicecall_sim.carriers.plivo.webhooks import pass_time
from voicecall_sim.telephony.ticker import Ticker
from voicecall_sim.world.surroundings import Surroundings

if TYPE_CHECKING:
    from voicecall_sim.carriers.plivo.stream import MediaStream

KEY: Final = "Sec-WebSocket-Key"
"""The client fills it in, in its place."""


class StreamOffice:
    """The carrier's media sockets. `openings` holds every genuine one that left, `live` the streams that are open."""

    def __init__(self, surroundings: Surroundings, account: Account, interference: Callable[[], Interference]) -> None:
        self.openings: list[StreamOpening] = []
        self.live: dict[int, MediaStream] = {}
        self._surroundings = surroundings
        self._account = account
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
        self, *, call_uuid: str, two_way: bool, url: str, parameters: tuple[tuple[str, str], ...]
    ) -> StreamOpening:
        """The genuine opening of a stream, signed; it is the next one."""
        address = url.partition("#")[0]
        opening = self.signed(
            StreamOpening(
                number=len(self.openings) + 1,
                call_id=call_uuid,
                two_way=two_way,
                url=address,
                headers=headers(address),
                shown_call_id=call_uuid,
                parameters=parameters,
            )
        )
        self.openings.append(opening)
        return opening

    def signed(self, opening: StreamOpening) -> StreamOpening:
        """The opening with new signatures of its present URL."""
        bare = opening
        for name in HEADERS:
            bare = bare.with_header(name, None)
        nonce = ids.new_nonce(self._surroundings.chance)
        strict = self._account.terms.strict_stream_signature
        made = stream_headers(self._account.tokens, opening.url, nonce, strict=strict)
        return replace(bare, headers=(*bare.headers, *made.items()))

    def cut(self) -> int:
        """Break the connections of all that is open: how many there were."""
        live = tuple(self.live.values())
        for stream in live:
            stream.cut()
        return len(live)

    async def connect(self, opening: StreamOpening) -> tuple[Socket, StreamOpening]:
        """Connect a genuine stream, as the faults of the moment let it: the socket, and what it introduces itself as.

        Raises `Unopened`.
        """
        treatment = self._interference().stream(opening)
        await pass_time(treatment.delay)
        if treatment.lost:
            await pass_time(STREAM_CONNECT)
            raise Unopened("connect timeout")
        return await self.dial(treatment.opening), treatment.opening

    async def dial(self, opening: StreamOpening) -> Socket:
        """Connect. Raises `Unopened`."""
        if self._session is None:
            raise RuntimeError("the carrier has not been started; await its start() first")
        return await stream_socket.dial(self._session, opening)


def headers(url: str) -> tuple[tuple[str, str], ...]:
    """The headers of an upgrade request but its signatures."""
    address = URL(url, encoded=True)
    return (
        ("Host", address.authority if address.explicit_port else address.raw_host or ""),
        ("User-Agent", "Plivo"),
        ("Connection", "Upgrade"),
        ("Upgrade", "websocket"),
        (KEY, ""),
        ("Sec-WebSocket-Version", "13"),
    )


FIDELITY: Final = (
    ("the query goes with the upgrade, the fragment does not", "audio-streaming reference", "documented"),
    ("V3 headers go with the upgrade, as those of a GET", "audio-streaming reference", "documented"),
    ("the attempts of one stream share a nonce", "no source", "assumed"),
)
