"""Where the sockets of media streams are opened: composed, signed, dialled, through one client with one ticker."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Final

import aiohttp
from yarl import URL

from voicecall_sim.carriers.emulator import Interference, StreamOpening
from voicecall_sim.carriers.twilio import stream_socket
from voicecall_sim.carriers.twilio.account import Account
from voicecall_sim.carriers.twilio.courier import pass_time
from voicecall_sim.carriers.twilio.signature import HEADER, sign, signed_url
from voicecall_sim.carriers.twilio.stream_failures import Unopened
from voicecall_sim.carriers.twilio.stream_socket import Socket
from voicecall_sim.carriers.twilio.timing import STREAM_CONNECT
from voicecall_sim.telephony.ticker import Ticker
from voicecall_sim.world.surroundings import Surroundings

if TYPE_CHECKING:
    from voicecall_sim.carriers.twilio.stream import Stream

USER_AGENT: Final = "Twilio.TmeWs/1.0"
KEY: Final = "Sec-WebSocket-Key"
"""The client fills it in, in its place."""


class StreamOffice:
    """The carrier's media sockets. `openings` holds every genuine one that left, `live` the streams that are open."""

    def __init__(self, surroundings: Surroundings, account: Account, interference: Callable[[], Interference]) -> None:
        self.openings: list[StreamOpening] = []
        self.live: dict[int, Stream] = {}
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
        self, *, call_sid: str, two_way: bool, url: str, parameters: tuple[tuple[str, str], ...]
    ) -> StreamOpening:
        """The genuine opening of a stream, signed; it is the next one."""
        opening = StreamOpening(
            number=len(self.openings) + 1,
            call_id=call_sid,
            two_way=two_way,
            url=url,
            headers=headers(url),
            shown_call_id=call_sid,
            parameters=parameters,
        )
        opening = self.signed(opening)
        self.openings.append(opening)
        return opening

    def signed(self, opening: StreamOpening) -> StreamOpening:
        """The opening with the account's signature of its present URL."""
        bare = opening.with_header(HEADER, None)
        signature = sign(self._account.auth_token, signed_url(opening.url))
        return replace(bare, headers=(*bare.headers, (HEADER, signature)))

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
            raise Unopened(31901, "connect timeout")
        return await self.dial(treatment.opening), treatment.opening

    async def dial(self, opening: StreamOpening) -> Socket:
        """Connect. Raises `Unopened`."""
        if self._session is None:
            raise RuntimeError("the carrier has not been started; await its start() first")
        return await stream_socket.dial(self._session, opening)


def headers(url: str) -> tuple[tuple[str, str], ...]:
    """The headers of an upgrade request but its signature, in the order observed."""
    address = URL(url, encoded=True)
    return (
        ("Host", address.authority if address.explicit_port else address.raw_host or ""),
        ("User-Agent", USER_AGENT),
        ("Connection", "Upgrade"),
        ("Upgrade", "websocket"),
        (KEY, ""),
        ("Sec-WebSocket-Version", "13"),
    )


FIDELITY: Final = (
    ("the upgrade is signed over the wss URL that is requested", "webhooks-security; observed traffic", "captured"),
    ("User-Agent Twilio.TmeWs/1.0, no Origin, no subprotocol", "observed traffic", "captured"),
)
