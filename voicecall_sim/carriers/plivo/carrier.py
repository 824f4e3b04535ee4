"""The emulated carrier as its world sees it: one account, its REST interface, its exchange."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from aiohttp import web

from voicecall_sim.carriers.emulator import Carrier, Interference, NoInterference, Outgoing, StreamOpening
from voicecall_sim.carriers.plivo import rest
from voicecall_sim.carriers.plivo.account import Account, Application, Callback
from voicecall_sim.carriers.plivo.asked import Office
from voicecall_sim.carriers.plivo.exchange import PlivoExchange
from voicecall_sim.carriers.plivo.perform import run
from voicecall_sim.carriers.plivo.plant import Plant
from voicecall_sim.carriers.plivo.stream_office import stranger, stream_office
from voicecall_sim.carriers.plivo.vocabulary import VOCABULARY
from voicecall_sim.carriers.plivo.webhooks import PostOffice
from voicecall_sim.carriers.tasks import Tasks
from voicecall_sim.carriers.vocabulary import Vocabulary
from voicecall_sim.telephony.network import PhoneNetwork
from voicecall_sim.world.surroundings import Surroundings

NAME: Final = "plivo"


class PlivoCarrier:
    """An emulated Plivo with one account. See `Carrier`."""

    name: str = NAME
    hosts: Sequence[str] = ("api.plivo.com", "media.plivo.com")

    def __init__(self, surroundings: Surroundings, network: PhoneNetwork) -> None:
        self.interference: Interference = NoInterference()
        self.account = Account(surroundings)
        self.announcements: Sequence[str] = ()
        self._tasks = Tasks()
        self._performances = Tasks()
        self._post = PostOffice(NAME, surroundings, self.account, self._tasks, lambda: self.interference)
        self.sent: Sequence[Outgoing] = self._post.sent
        self._sockets = stream_office(NAME, surroundings, self.account, lambda: self.interference)
        self.openings: Sequence[StreamOpening] = self._sockets.openings
        self.plant = Plant(
            name=NAME,
            surroundings=surroundings,
            account=self.account,
            network=network,
            post=self._post,
            sockets=self._sockets,
            tasks=self._tasks,
            performances=self._performances,
            perform=run,
        )
        self.exchange = PlivoExchange(self.plant)

    def app(self) -> web.Application:
        """The REST interface."""
        return rest.application(Office(plant=self.plant, exchange=self.exchange), lambda: self.interference, NAME)

    def settings(self) -> Mapping[str, Any]:
        """The credentials, as an application is configured with them."""
        return {"authId": self.account.auth_id, "authToken": self.account.auth_token}

    def secrets(self) -> Mapping[str, str]:
        """What must never be seen."""
        return self.account.secrets()

    def own(self, number: str, *, webhook_url: str | None = None, status_url: str | None = None) -> None:
        """Give the account a number (E.164), with an application of its own. `ValueError` if somebody else has it."""
        if number not in self.account.numbers:
            self.exchange.connect(number)
            self.account.numbers[number] = self.account.new_application(number).app_id
        application = self._application(number)
        if webhook_url is not None:
            application.answer = Callback(url=webhook_url)
        if status_url is not None:
            application.hangup = Callback(url=status_url)

    def route_inbound(self, webhook_url: str, status_url: str | None, fallback_url: str | None = None) -> None:
        """Point every number at these URLs."""
        for number in self.account.numbers:
            application = self._application(number)
            application.answer = Callback(url=webhook_url)
            application.hangup = None if status_url is None else Callback(url=status_url)
            application.fallback = None if fallback_url is None else Callback(url=fallback_url)

    def allow_local_urls(self) -> None:
        """Nothing to do: plain http and ws, and `localhost`, are taken anyway."""

    async def start(self) -> None:
        """Open the HTTP client; from now on everything runs in the caller's context."""
        for tasks in (self._tasks, self._performances):
            tasks.settle_in()
        await self._post.open()
        await self._sockets.open()

    async def stop(self) -> None:
        """Hang up what is live, and leave nothing behind. What is on its way to the application is abandoned."""
        self.exchange.close_down()
        await self._performances.end()
        await self._tasks.end()
        await self._sockets.close()
        await self._post.close()

    async def send_again(self, hook: Outgoing) -> int:
        """Send bytes once more; the status answered, 0 for none."""
        return await self._post.send_again(hook)

    def sign(self, hook: Outgoing) -> Outgoing:
        """A copy signed genuinely, for its present URL and parameters; a form's body follows its parameters."""
        return self._post.signed(hook)

    async def open_again(self, opening: StreamOpening) -> bool:
        """Open a stream that belongs to nobody: whether it was let in."""
        introduction = stranger(self.plant.surroundings, self.account, opening)
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

    def _application(self, number: str) -> Application:
        return self.account.applications[self.account.numbers[number]]


class PlivoEmulator:
    """Makes emulated Plivos."""

    name: str = NAME
    vocabulary: Vocabulary = VOCABULARY

    def __call__(self, surroundings: Surroundings, network: PhoneNetwork) -> Carrier:
        """A carrier with a fresh account."""
        return PlivoCarrier(surroundings, network)


emulator: Final = PlivoEmulator()

FIDELITY: Final = (
    ("plain http and ws URLs are taken, local ones too", "plivo-python, is_url; docs name ws and wss", "documented"),
)
