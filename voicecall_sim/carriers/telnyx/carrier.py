"""The emulated carrier as its world sees it: one account, its REST interface, its switch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from aiohttp import web

from voicecall_sim.carriers.emulator import Carrier, StreamOpening
from voicecall_sim.carriers.running import RunningCarrier
from voicecall_sim.carriers.telnyx import rest
from voicecall_sim.carriers.telnyx.account import Account
from voicecall_sim.carriers.telnyx.leg import HOLDER
from voicecall_sim.carriers.telnyx.plant import Plant
from voicecall_sim.carriers.telnyx.rest_calls import Calls
from voicecall_sim.carriers.telnyx.stream_office import stranger, stream_office
from voicecall_sim.carriers.telnyx.switch import Switch
from voicecall_sim.carriers.telnyx.terms import Terms
from voicecall_sim.carriers.telnyx.vocabulary import VOCABULARY
from voicecall_sim.carriers.telnyx.webhooks import PostOffice
from voicecall_sim.carriers.vocabulary import Vocabulary
from voicecall_sim.telephony.network import PhoneNetwork
from voicecall_sim.world.surroundings import Surroundings

NAME: Final = "telnyx"


class TelnyxCarrier(RunningCarrier):
    """An emulated Telnyx with one account. See `Carrier`."""

    name: str = NAME
    hosts: Sequence[str] = ("api.telnyx.com", "s3.amazonaws.com")

    def __init__(self, surroundings: Surroundings, network: PhoneNetwork) -> None:
        super().__init__(surroundings)
        self.account = Account(surroundings)
        post = PostOffice(NAME, surroundings, self.account, self._tasks, lambda: self.interference)
        sockets = stream_office(NAME, surroundings, lambda: self.interference)
        self.plant = Plant(
            name=NAME,
            surroundings=surroundings,
            account=self.account,
            network=network,
            post=post,
            sockets=sockets,
            tasks=self._tasks,
            performances=self._performances,
        )
        self._equip(post, sockets, self.plant.live)
        self.switch = Switch(self.plant)
        self.calls = Calls(self.plant, self.switch)

    def app(self) -> web.Application:
        """The REST interface."""
        return rest.application(self.calls, self._surroundings, lambda: self.interference, NAME)

    def settings(self) -> Mapping[str, Any]:
        """The credentials, as an application is configured with them."""
        return {
            "apiKey": self.account.api_key,
            "publicKey": self.account.signing_key.public,
            "connectionId": self.account.application.id,
        }

    def secrets(self) -> Mapping[str, str]:
        """What must never be seen."""
        return self.account.secrets()

    def own(self, number: str, *, webhook_url: str | None = None, status_url: str | None = None) -> None:
        """Give the account a number. Every event goes to the one URL: Telnyx has none for the end alone.

        Raises `ValueError` if somebody else has it.
        """
        if number not in self.account.numbers:
            self.plant.network.connect(number, HOLDER, self.switch)
        self.account.numbers[number] = webhook_url
        if self.account.application.webhook_event_url is None:
            self.account.application.webhook_event_url = webhook_url

    def route_inbound(self, webhook_url: str, status_url: str | None, fallback_url: str | None = None) -> None:
        """Point the application, and with it every number, at this URL; `fallback_url` is its failover URL."""
        application = self.account.application
        application.webhook_event_url = webhook_url
        application.webhook_event_failover_url = fallback_url
        for number in self.account.numbers:
            self.account.numbers[number] = None

    def allow_local_urls(self) -> None:
        """Nothing to allow: plain http and ws addresses are taken anyway."""
        self.account.terms.local_urls = True

    def _hang_up_all(self) -> None:
        self.switch.hang_up_all()

    def _terms(self) -> Terms:
        return self.account.terms

    def _introduction(self, opening: StreamOpening) -> Sequence[str]:
        return stranger(self._surroundings, self.account, opening)


class TelnyxEmulator:
    """Makes emulated Telnyxes."""

    name: str = NAME
    vocabulary: Vocabulary = VOCABULARY

    def __call__(self, surroundings: Surroundings, network: PhoneNetwork) -> Carrier:
        """A carrier with a fresh account."""
        return TelnyxCarrier(surroundings, network)


emulator: Final = TelnyxEmulator()
