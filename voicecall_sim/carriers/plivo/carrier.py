"""The emulated carrier as its world sees it: one account, its REST interface, its exchange."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from aiohttp import web

from voicecall_sim.carriers.emulator import Carrier, StreamOpening
from voicecall_sim.carriers.plivo import rest
from voicecall_sim.carriers.plivo.account import Account, Application, Callback, Terms
from voicecall_sim.carriers.plivo.asked import Office
from voicecall_sim.carriers.plivo.exchange import PlivoExchange
from voicecall_sim.carriers.plivo.perform import run
from voicecall_sim.carriers.plivo.plant import Plant
from voicecall_sim.carriers.plivo.stream_office import stranger, stream_office
from voicecall_sim.carriers.plivo.vocabulary import VOCABULARY
from voicecall_sim.carriers.plivo.webhooks import PostOffice
from voicecall_sim.carriers.running import RunningCarrier
from voicecall_sim.carriers.vocabulary import Vocabulary
from voicecall_sim.telephony.network import PhoneNetwork
from voicecall_sim.world.surroundings import Surroundings

NAME: Final = "plivo"


class PlivoCarrier(RunningCarrier):
    """An emulated Plivo with one account. See `Carrier`."""

    name: str = NAME
    hosts: Sequence[str] = ("api.plivo.com", "media.plivo.com")

    def __init__(self, surroundings: Surroundings, network: PhoneNetwork) -> None:
        super().__init__(surroundings)
        self.account = Account(surroundings)
        post = PostOffice(NAME, surroundings, self.account, self._tasks, lambda: self.interference)
        sockets = stream_office(NAME, surroundings, self.account, lambda: self.interference)
        self.plant = Plant(
            name=NAME,
            surroundings=surroundings,
            account=self.account,
            network=network,
            post=post,
            sockets=sockets,
            tasks=self._tasks,
            performances=self._performances,
            perform=run,
        )
        self._equip(post, sockets, self.plant.live)
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

    def _hang_up_all(self) -> None:
        self.exchange.close_down()

    def _terms(self) -> Terms:
        return self.account.terms

    def _introduction(self, opening: StreamOpening) -> Sequence[str]:
        return stranger(self._surroundings, self.account, opening)

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
