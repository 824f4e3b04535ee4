"""Plivo's own client, unmodified, sent to an emulator on loopback by a transport adapter; called from a test's loop."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import plivo
import pytest
from aiohttp.test_utils import TestServer
from plivo.exceptions import PlivoRestError
from requests.adapters import HTTPAdapter

from tests.tools.twilio_world import ANNA, OWN, Phone
from voicecall_sim.carriers.plivo import PlivoCarrier
from voicecall_sim.telephony.network import PhoneNetwork
from voicecall_sim.world.chance import Chance
from voicecall_sim.world.clock import real_clock
from voicecall_sim.world.journal import Journal
from voicecall_sim.world.surroundings import Surroundings

API = "https://api.plivo.com"


class Loopback(HTTPAdapter):
    """Sends what is meant for Plivo to another address."""

    def __init__(self, base: str) -> None:
        super().__init__()
        self._base = base

    def send(self, request: Any, *args: Any, **more: Any) -> Any:
        parts = urlsplit(request.url)
        request.url = f"{self._base}{parts.path}{'?' + parts.query if parts.query else ''}"
        return super().send(request, *args, **more)


@dataclass
class Office:
    """The emulator with a telephone that answers at once, and the client."""

    carrier: PlivoCarrier
    client: Any
    anna: Phone
    journal: Journal
    answered: asyncio.Event


@asynccontextmanager
async def on_loopback() -> AsyncIterator[Office]:
    """In real time, over sockets of this machine."""
    clock = real_clock()
    surroundings = Surroundings(clock=clock, chance=Chance(1), journal=Journal(clock))
    answered = asyncio.Event()
    surroundings.journal.listen(lambda entry: answered.set() if entry.data.get("state") == "answered" else None)
    network = PhoneNetwork(surroundings)
    carrier = PlivoCarrier(surroundings, network)
    await carrier.start()
    carrier.own(OWN)
    anna = Phone(lambda: 0.0, 0.0)
    network.connect(ANNA, "anna", anna)
    async with TestServer(carrier.app()) as server:
        client = plivo.RestClient(carrier.account.auth_id, carrier.account.auth_token)
        base = str(server.make_url("")).rstrip("/")
        for session in (client.session, client.multipart_session):
            session.mount(API, Loopback(base))
        try:
            yield Office(carrier, client, anna, surroundings.journal, answered)
        finally:
            client.session.close()
            client.multipart_session.close()
            await carrier.stop()


async def called(function: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    """The result of a call of the synchronous client."""
    return await asyncio.to_thread(function, *args, **kwargs)


async def refusal(kind: type[PlivoRestError], function: Callable[..., Any], *args: Any, **kwargs: Any) -> str:
    """The text of the exception that the client raises."""
    with pytest.raises(kind) as caught:
        await called(function, *args, **kwargs)
    return str(caught.value)
