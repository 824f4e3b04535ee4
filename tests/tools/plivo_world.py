"""A virtual world with an emulated Plivo, an application that answers as told, and telephones played by the test."""

from __future__ import annotations

import asyncio
import base64
import functools
import inspect
import json
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import aiohttp

from tests.tools.twilio_world import ANNA, APP, BOB, OWN, Answer, Application, Phone, Received, serve, serve_app, twiml
from voicecall_sim.carriers.plivo import PlivoCarrier
from voicecall_sim.carriers.plivo.account import CallRecord
from voicecall_sim.telephony.line import Leg
from voicecall_sim.telephony.network import PhoneNetwork
from voicecall_sim.world.clock import SECOND
from voicecall_sim.world.journal import Entry
from voicecall_sim.world.world import World


class Stage:
    """All of it together."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.network = PhoneNetwork(world.surroundings)
        self.carrier = PlivoCarrier(world.surroundings, self.network)
        self.account = self.carrier.account
        self.app = Application(self.now)
        self.app_host = world.host("app")
        self.carrier_host = world.host("carrier")
        self.errors: list[Mapping[str, Any]] = []

    def now(self) -> float:
        return self.world.clock.now() / SECOND

    async def start(self) -> None:
        asyncio.get_running_loop().set_exception_handler(lambda loop, context: self.errors.append(context))
        self.world.network.name("app.example", self.app_host)
        self.world.network.name("api.plivo.com", self.carrier_host)
        self._app = await self.app_host.call(serve(self.app.handle, 443, 80, 8080, 8443))
        self._api = await self.carrier_host.call(serve_app(self.carrier.app()))
        await self.carrier_host.call(self.carrier.start())
        self.carrier.own(OWN, webhook_url=f"{APP}/answer", status_url=f"{APP}/hangup")

    async def stop(self) -> None:
        await self.carrier_host.call(self.carrier.stop())
        await self._app.cleanup()
        await self._api.cleanup()

    def phone(self, number: str = ANNA, name: str = "anna", answers_after: float | None = 2.0, **more: Any) -> Phone:
        phone = Phone(self.now, answers_after, **more)
        self.network.connect(number, name, phone)
        return phone

    async def rest(self, method: str, path: str, *, auth: str | None = None, **body: Any) -> tuple[int, Any]:
        """A request to the API, as JSON; status and answer."""
        account = self.account
        given = auth or f"{account.auth_id}:{account.auth_token}"
        headers = {"Authorization": "Basic " + base64.b64encode(given.encode()).decode()}
        url = f"https://api.plivo.com/v1/Account/{account.auth_id}/{path}"
        async with (
            aiohttp.ClientSession() as session,
            session.request(method, url, headers=headers, json=body or None) as response,
        ):
            text = await response.text()
            return response.status, json.loads(text) if text else None

    async def place(self, **more: Any) -> CallRecord:
        """A call to Anna."""
        wish = {
            "from": OWN,
            "to": ANNA,
            "answer_url": f"{APP}/answer",
            "ring_url": f"{APP}/ring",
            "hangup_url": f"{APP}/hangup",
        }
        status, told = await self.rest("POST", "Call/", **(wish | more))
        assert status == 201, told
        return self.account.calls[told["request_uuid"]]

    def call_in(self, phone: Phone, from_: str = ANNA, holder: str = "anna") -> Leg:
        """Somebody calls the account's number."""
        leg = self.network.dial(from_, OWN, holder=holder)
        phone.take(leg.calling)
        return leg

    @property
    def call(self) -> CallRecord:
        """The newest call."""
        return list(self.account.calls.values())[-1]

    async def wait(self, span: float) -> None:
        await asyncio.sleep(span)

    async def over(self) -> None:
        """Until nothing is under way. What was begun at this instant counts."""
        await asyncio.sleep(0.001)
        while self.carrier.busy():  # noqa: ASYNC110  polling costs nothing in virtual time
            await asyncio.sleep(0.5)

    def written(self, kind: str) -> list[Entry]:
        return [entry for entry in self.world.journal if entry.kind == kind and entry.who == "plivo"]

    def ended(self) -> tuple[str, int, str, str]:
        """How the newest call ended: status, code, name, source."""
        ending = self.call.ending
        assert ending is not None
        return self.call.status, ending.code, ending.name, ending.source


def staged(test: Callable[..., Awaitable[None]]) -> Callable[..., None]:
    """Run `async def test(stage, ...)` in a fresh world; its other parameters stay pytest's."""
    signature = inspect.signature(test)

    @functools.wraps(test)
    def run(**params: Any) -> None:
        world = World(seed=1)

        async def play() -> None:
            stage = Stage(world)
            await stage.start()
            try:
                await test(stage, **params)
            finally:
                await stage.stop()
            assert stage.errors == []
            assert stage.carrier.busy() == 0

        world.run(play())

    kept = [parameter for name, parameter in signature.parameters.items() if name != "stage"]
    run.__signature__ = signature.replace(parameters=kept)  # type: ignore[attr-defined]
    del run.__wrapped__  # type: ignore[attr-defined]
    return run


__all__ = ["ANNA", "APP", "BOB", "OWN", "Answer", "Phone", "Received", "Stage", "staged", "twiml"]
