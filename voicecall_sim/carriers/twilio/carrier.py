"""The emulated carrier as its world sees it: one account, its REST interface, its exchange."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from aiohttp import web

from voicecall_sim.carriers.emulator import Carrier, StreamOpening
from voicecall_sim.carriers.running import RunningCarrier
from voicecall_sim.carriers.twilio import rest
from voicecall_sim.carriers.twilio.account import Account, Callback
from voicecall_sim.carriers.twilio.debugger import Debugger
from voicecall_sim.carriers.twilio.exchange import TwilioExchange
from voicecall_sim.carriers.twilio.perform import run
from voicecall_sim.carriers.twilio.plant import Plant
from voicecall_sim.carriers.twilio.steps import CANNED
from voicecall_sim.carriers.twilio.stream_office import stranger, stream_office
from voicecall_sim.carriers.twilio.terms import Terms
from voicecall_sim.carriers.twilio.vocabulary import VOCABULARY
from voicecall_sim.carriers.twilio.webhooks import PostOffice
from voicecall_sim.carriers.vocabulary import Vocabulary
from voicecall_sim.telephony.network import PhoneNetwork
from voicecall_sim.world.surroundings import Surroundings

NAME: Final = "twilio"


class TwilioCarrier(RunningCarrier):
    """An emulated Twilio with one account. See `Carrier`."""

    name: str = NAME
    hosts: Sequence[str] = ("api.twilio.com",)
    announcements: Sequence[str] = (CANNED,)

    def __init__(self, surroundings: Surroundings, network: PhoneNetwork) -> None:
        super().__init__(surroundings)
        self.account = Account(surroundings)
        debugger = Debugger(NAME, surroundings)
        post = PostOffice(
            NAME, surroundings, self.account, debugger, self._tasks, interference=lambda: self.interference
        )
        sockets = stream_office(NAME, surroundings, self.account, lambda: self.interference)
        self.plant = Plant(
            name=NAME,
            surroundings=surroundings,
            account=self.account,
            network=network,
            post=post,
            sockets=sockets,
            debugger=debugger,
            tasks=self._tasks,
            performances=self._performances,
            perform=run,
        )
        self._equip(post, sockets, self.plant.live)
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

    def _hang_up_all(self) -> None:
        self.exchange.hang_up_all()

    def _terms(self) -> Terms:
        return self.account.terms

    def _introduction(self, opening: StreamOpening) -> Sequence[str]:
        return stranger(self._surroundings, self.account, opening)


class TwilioEmulator:
    """Makes emulated Twilios."""

    name: str = NAME
    vocabulary: Vocabulary = VOCABULARY

    def __call__(self, surroundings: Surroundings, network: PhoneNetwork) -> Carrier:
        """A carrier with a fresh account."""
        return TwilioCarrier(surroundings, network)


emulator: Final = TwilioEmulator()
