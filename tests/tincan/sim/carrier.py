"""The emulated Tin Can: one account, its numbers, its calls. See `voicecall_sim.carriers.emulator.Carrier`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from aiohttp import web

from tests.tincan.sim import rest
from tests.tincan.sim.calls import LiveCall
from tests.tincan.sim.post import Post
from tests.tincan.sim.vocabulary import VOCABULARY
from voicecall_sim.carriers.emulator import Interference, NoInterference, Outgoing, StreamOpening
from voicecall_sim.carriers.vocabulary import Vocabulary
from voicecall_sim.telephony.line import End
from voicecall_sim.telephony.network import Call, PhoneNetwork
from voicecall_sim.telephony.signals import Cause
from voicecall_sim.world.clock import SECOND
from voicecall_sim.world.surroundings import Surroundings

NAME: Final = "tincan"
HOLDER: Final = "app"
"""Whose end of a leg it is, in the network's eyes: the application's."""


class TincanCarrier:
    """An emulated Tin Can with one account."""

    name: str = NAME
    hosts: Sequence[str] = ("api.tincan.example",)
    announcements: Sequence[str] = ()
    openings: Sequence[StreamOpening] = ()

    def __init__(self, surroundings: Surroundings, network: PhoneNetwork) -> None:
        self.surroundings = surroundings
        self.interference: Interference = NoInterference()
        self.key = surroundings.chance.hex("tincan.key", 32)
        self.numbers: dict[str, str] = {}
        """Each with the URL that its callers' calls are told to."""
        self.live: dict[str, LiveCall] = {}
        self.known: set[str] = set()
        self._secret = surroundings.chance.hex("tincan.secret", 32)
        self._network = network
        self._post = Post(NAME, surroundings, self._secret, lambda: self.interference)
        self.sent: Sequence[Outgoing] = self._post.sent
        for name, value in self.secrets().items():
            surroundings.journal.keep_secret(name, value)

    # -- for the network and for REST

    def dial(self, from_: str, to: str, url: str, *, ring: int, longest: int) -> str:
        """Place a call; its identifier."""
        registered = self._registered("outbound", from_, to)
        leg = self._network.dial(from_, to, holder=HOLDER, call=registered)
        call = self._live(registered, leg.calling, "out", url)
        for span, cause in ((ring, Cause.NO_ANSWER), (longest, Cause.NORMAL)):
            self._post.tasks.later(span * SECOND, self._expire, registered.carrier_id, call, cause)
        return registered.carrier_id

    def offered(self, end: End) -> None:
        """Somebody calls one of the numbers."""
        registered = self._registered("inbound", end.peer.number, end.number)
        registered.follow(end.leg)
        call = self._live(registered, end, "in", self.numbers[end.number])
        end.ring()
        self._post.tasks.start(call.converse("incoming"))

    def _registered(self, direction: str, from_: str, to: str) -> Call:
        registered = self._network.accept(NAME, direction, from_, to)
        registered.carrier_id = f"tc-{self.surroundings.chance.hex('tincan.call', 12)}"
        self.known.add(registered.carrier_id)
        return registered

    def _live(self, registered: Call, end: End, way: str, url: str) -> LiveCall:
        name = registered.carrier_id
        call = LiveCall(self._post, registered, end, way=way, url=url, gone=lambda: self.live.pop(name, None) and None)
        self.live[name] = call
        return call

    def _expire(self, name: str, call: LiveCall, cause: Cause) -> None:
        if (
            name in self.live
            and (call.answered or cause is Cause.NO_ANSWER)
            and not (call.answered and cause is Cause.NO_ANSWER)
        ):
            call.hang_up(cause, "carrier")

    # -- for the world

    def app(self) -> web.Application:
        """The REST interface."""
        return rest.application(self)

    def settings(self) -> Mapping[str, Any]:
        """What an application is configured with."""
        return {"apiKey": self.key, "secret": self._secret}

    def secrets(self) -> Mapping[str, str]:
        """What must never be seen."""
        return {"tincan.apiKey": self.key, "tincan.secret": self._secret}

    def own(self, number: str, *, webhook_url: str | None = None, status_url: str | None = None) -> None:
        """Give the account a number."""
        if number not in self.numbers:
            self._network.connect(number, HOLDER, self)
        self.numbers[number] = webhook_url or self.numbers.get(number, "")

    def route_inbound(self, webhook_url: str, status_url: str | None, fallback_url: str | None = None) -> None:
        """Point every number there. `ValueError` for a fallback, which it does not have."""
        if fallback_url is not None:
            raise ValueError("Tin Can has no fallback URL")
        self.numbers = dict.fromkeys(self.numbers, webhook_url)

    def limit(self, name: str, value: int | bool) -> None:
        """It limits nothing."""
        raise ValueError("Tin Can limits nothing")

    def allow_local_urls(self) -> None:
        """It takes any URL."""

    async def start(self) -> None:
        """Open the HTTP client."""
        await self._post.open()

    async def stop(self) -> None:
        """Hang up what is live, and leave nothing behind."""
        for call in tuple(self.live.values()):
            call.hang_up(Cause.FAILED, "carrier")
        await self._post.close()

    async def send_again(self, hook: Outgoing) -> int:
        """Send bytes once more."""
        return await self._post.send_again(hook)

    def sign(self, hook: Outgoing) -> Outgoing:
        """A copy signed genuinely."""
        return self._post.sign(hook)

    async def open_again(self, opening: StreamOpening) -> bool:
        """There are no streams."""
        return False

    def sign_stream(self, opening: StreamOpening) -> StreamOpening:
        """There are no streams."""
        return opening

    def cut_streams(self) -> int:
        """There are no streams."""
        return 0

    def busy(self) -> int:
        """Calls and webhooks under way."""
        return len(self.live) + len(self._post.tasks)


class TincanEmulator:
    """Makes emulated Tin Cans."""

    name: str = NAME
    vocabulary: Vocabulary = VOCABULARY

    def __call__(self, surroundings: Surroundings, network: PhoneNetwork) -> TincanCarrier:
        """A carrier with a fresh account."""
        return TincanCarrier(surroundings, network)


emulator: Final = TincanEmulator()

FIDELITY: Final = (("everything", "tests/tincan: it does not exist", "assumed"),)
