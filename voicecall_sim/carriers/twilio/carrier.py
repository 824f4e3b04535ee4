"""The emulated carrier as its world sees it: one account, its REST interface, its exchange."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from aiohttp import web

from voicecall_sim.carriers.emulator import Carrier, Interference, NoInterference, Outgoing, StreamOpening
from voicecall_sim.carriers.tasks import Tasks
from voicecall_sim.carriers.twilio import rest
from voicecall_sim.carriers.twilio.account import Account, Callback
from voicecall_sim.carriers.twilio.debugger import Debugger
from voicecall_sim.carriers.twilio.exchange import TwilioExchange
from voicecall_sim.carriers.twilio.perform import run
from voicecall_sim.carriers.twilio.plant import Plant
from voicecall_sim.carriers.twilio.steps import CANNED
from voicecall_sim.carriers.twilio.stream_office import stranger, stream_office
from voicecall_sim.carriers.twilio.vocabulary import VOCABULARY
from voicecall_sim.carriers.twilio.webhooks import PostOffice
from voicecall_sim.carriers.vocabulary import Vocabulary
from voicecall_sim.telephony.network import PhoneNetwork
from voicecall_sim.world.surroundings import Surroundings

NAME: Final = "twilio"


class TwilioCarrier:
    """An emulated Twilio with one account. See `Carrier`."""

    name: str = NAME
    hosts: Sequence[str] = ("api.twilio.com",)

    def __init__(self, surroundings: Surroundings, network: PhoneNetwork) -> None:
        self.interference: Interference = NoInterference()
        self.account = Account(surroundings)
        self._surroundings = surroundings
        self._tasks = Tasks()
        self._performances = Tasks()
        debugger = Debugger(NAME, surroundings)
        self._post = PostOffice(
            NAME, surroundings, self.account, debugger, self._tasks, interference=lambda: self.interference
        )
        self.sent: Sequence[Outgoing] = self._post.sent
        self._sockets = stream_office(NAME, surroundings, self.account, lambda: self.interference)
        self.openings: Sequence[StreamOpening] = self._sockets.openings
        self.announcements: Sequence[str] = (CANNED,)
        self.plant = Plant(
            name=NAME,
            surroundings=surroundings,
            account=self.account,
            network=network,
            post=self._post,
            sockets=self._sockets,
            debugger=debugger,
            tasks=self._tasks,
            performances=self._performances,
            perform=run,
        )
        self.exchange = TwilioExchange(self.plant)
        self.account.market = self.exchange

    def app(self) -> web.Application:
        """The REST interface."""
        return rest.application(self.account, self.exchange, self._surroundings, lambda: self.interference, NAME)

    def settings(self) -> Mapping[str, Any]:
        """The credentials, as an application is configured with them."""
        return {"accountSid": self.account.sid, "authToken": self.account.auth_token}

    def secrets(self) -> Mapping[str, str]:
        """What must never be seen."""
        return self.account.secrets()

    def own(self, number: str, *, webhook_url: str | None = None, status_url: str | None = None) -> None:
        """Give the account a number (E.164). Raises `ValueError` if somebody else has it."""
        resource = self.account.acquire(number)
        if webhook_url is not None:
            resource.voice = Callback(url=webhook_url)
        if status_url is not None:
            resource.status_callback = Callback(url=status_url)

    def route_inbound(self, webhook_url: str, status_url: str | None, fallback_url: str | None = None) -> None:
        """Point every number at these URLs."""
        for resource in self.account.numbers.values():
            resource.voice = Callback(url=webhook_url)
            resource.fallback = None if fallback_url is None else Callback(url=fallback_url)
            resource.status_callback = None if status_url is None else Callback(url=status_url)

    def allow_local_urls(self) -> None:
        """Take `localhost`, and plain `ws` for streams."""
        self.account.terms.local_urls = True

    async def start(self) -> None:
        """Open the HTTP client; from now on everything runs in the caller's context."""
        for tasks in (self._tasks, self._performances):
            tasks.settle_in()
        self._post.open()
        await self._sockets.open()

    async def stop(self) -> None:
        """Hang up what is live, and leave nothing behind. What is on its way to the application is abandoned."""
        self.exchange.hang_up_all()
        await self._performances.end()
        await self._tasks.end()
        await self._sockets.close()

    async def send_again(self, hook: Outgoing) -> int:
        """Send bytes once more; the status answered, 0 for none."""
        return await self._post.send_again(hook)

    def sign(self, hook: Outgoing) -> Outgoing:
        """A copy signed genuinely, for its present URL and parameters; a form's body follows its parameters."""
        return self._post.signed(hook)

    async def open_again(self, opening: StreamOpening) -> bool:
        """Open a stream that belongs to nobody: whether it was let in."""
        introduction = stranger(self._surroundings, self.account, opening)
        return await self._sockets.intrude(opening, self._post.numbers.get(opening.call_id, 0), introduction)

    def sign_stream(self, opening: StreamOpening) -> StreamOpening:
        """A copy of the opening signed genuinely, for its present URL."""
        return self._sockets.signed(opening)

    def cut_streams(self) -> int:
        """Break the connections of all live streams: how many there were."""
        return self._sockets.cut()

    def busy(self) -> int:
        """How many calls and deliveries are under way."""
        return len(self.plant.live) + len(self._tasks)


class TwilioEmulator:
    """Makes emulated Twilios."""

    name: str = NAME
    vocabulary: Vocabulary = VOCABULARY

    def __call__(self, surroundings: Surroundings, network: PhoneNetwork) -> Carrier:
        """A carrier with a fresh account."""
        return TwilioCarrier(surroundings, network)


emulator: Final = TwilioEmulator()
