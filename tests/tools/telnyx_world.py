"""A virtual world with an emulated Telnyx, an application that notes its events, and telephones played by the test."""

from __future__ import annotations

import asyncio
import functools
import inspect
import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

import aiohttp
from aiohttp import web

from tests.tools.twilio_world import ANNA, APP, BOB, OWN, Phone, serve, serve_app
from voicecall_sim.carriers.telnyx import TelnyxCarrier
from voicecall_sim.carriers.telnyx.leg import CallLeg
from voicecall_sim.telephony.line import Leg
from voicecall_sim.telephony.network import PhoneNetwork
from voicecall_sim.world.clock import SECOND
from voicecall_sim.world.journal import Entry
from voicecall_sim.world.world import World

API = "https://api.telnyx.com/v2"


@dataclass
class Told:
    """A webhook as the application got it."""

    at: float
    path: str
    headers: Mapping[str, str]
    raw: bytes
    query: Mapping[str, str]

    @property
    def whole(self) -> Any:
        return json.loads(self.raw)

    @property
    def type(self) -> str:
        return str(self.whole["data"]["event_type"])

    @property
    def payload(self) -> dict[str, Any]:
        return dict(self.whole["data"]["payload"])


class Application:
    """Notes events; `statuses` are answered by path, in turn, the last one repeated."""

    def __init__(self, now: Callable[[], float]) -> None:
        self.told: list[Told] = []
        self.statuses: dict[str, list[int]] = {}
        self.files: dict[str, bytes] = {}
        self._now = now

    async def handle(self, request: web.Request) -> web.StreamResponse:
        if request.path in self.files:
            return web.Response(body=self.files[request.path])
        self.told.append(Told(self._now(), request.path, request.headers, await request.read(), dict(request.query)))
        statuses = self.statuses.get(request.path, [200])
        return web.Response(status=statuses.pop(0) if len(statuses) > 1 else statuses[0])

    def of(self, *types: str) -> list[dict[str, Any]]:
        """The payloads of these events."""
        return [told.payload for told in self.told if told.type in types]

    @property
    def types(self) -> list[str]:
        """The events by the instant at which they happened."""
        known = {told.whole["data"]["id"]: told for told in self.told}
        return [told.type for told in sorted(known.values(), key=lambda told: told.whole["data"]["occurred_at"])]


class Stage:
    """All of it together."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.network = PhoneNetwork(world.surroundings)
        self.carrier = TelnyxCarrier(world.surroundings, self.network)
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
        for host in self.carrier.hosts:
            self.world.network.name(host, self.carrier_host)
        self._app = await self.app_host.call(serve(self.app.handle, 443, 80))
        self._api = await self.carrier_host.call(serve_app(self.carrier.app()))
        await self.carrier_host.call(self.carrier.start())
        self.carrier.own(OWN, webhook_url=f"{APP}/hook")
        self.account.numbers[OWN] = None
        self.client = aiohttp.ClientSession(headers={"Authorization": f"Bearer {self.account.api_key}"})

    async def stop(self) -> None:
        await self.client.close()
        await self.carrier_host.call(self.carrier.stop())
        await self._app.cleanup()
        await self._api.cleanup()

    def phone(self, number: str = ANNA, name: str = "anna", answers_after: float | None = 2.0, **more: Any) -> Phone:
        phone = Phone(self.now, answers_after, **more)
        self.network.connect(number, name, phone)
        return phone

    async def ask(self, method: str, path: str, **given: Any) -> tuple[int, Any]:
        """One REST request."""
        async with self.client.request(method, API + path, json=given) as got:
            return got.status, await got.json()

    async def dial(self, **given: Any) -> CallLeg:
        whole = {"connection_id": self.account.application.id, "to": ANNA, "from": OWN, **given}
        status, got = await self.ask("POST", "/calls", **whole)
        assert status == 200, got
        return self.account.legs[got["data"]["call_control_id"]]

    async def act(self, leg: CallLeg, action: str, **given: Any) -> Any:
        """A command that is taken: what is answered."""
        status, got = await self.ask("POST", f"/calls/{leg.id}/actions/{action}", **given)
        assert status == 200, got
        return got["data"]

    async def refused(self, leg: CallLeg | str, action: str, **given: Any) -> tuple[int, str]:
        """A command that is refused: status and code."""
        name = leg if isinstance(leg, str) else leg.id
        status, got = await self.ask("POST", f"/calls/{name}/actions/{action}", **given)
        return status, got["errors"][0]["code"]

    async def answered(self, **given: Any) -> tuple[CallLeg, Phone]:
        """An outbound leg to Anna that is answered."""
        anna = self.phone()
        leg = await self.dial(**given)
        await self.wait(3)
        assert leg.answered
        return leg, anna

    async def called(self) -> tuple[CallLeg, Phone]:
        """An inbound leg from Anna that waits to be answered."""
        anna = Phone(self.now, None)
        line: Leg = self.network.dial(ANNA, OWN, holder="anna")
        anna.take(line.calling)
        await self.wait(0.1)
        return list(self.account.legs.values())[-1], anna

    async def wait(self, span: float) -> None:
        await asyncio.sleep(span)

    async def over(self) -> None:
        """Until nothing is under way. What was begun at this instant counts."""
        await asyncio.sleep(0.001)
        while self.carrier.busy():  # noqa: ASYNC110  polling costs nothing in virtual time
            await asyncio.sleep(0.5)

    def written(self, kind: str) -> list[Entry]:
        return [entry for entry in self.world.journal if entry.kind == kind and entry.who == "telnyx"]

    @property
    def events(self) -> list[str]:
        """What was told, in the order in which it happened."""
        known = {hook.number: hook.event for hook in self.carrier.sent}
        return [known[number] for number in sorted(known)]

    def of(self, *types: str) -> list[dict[str, Any]]:
        return self.app.of(*types)


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
                for leg in tuple(stage.carrier.plant.live.values()):
                    stage.carrier_host.run(leg.hang_up)
                await stage.over()
            finally:
                await stage.stop()
            assert stage.errors == []

        world.run(play())

    kept = [parameter for name, parameter in signature.parameters.items() if name != "stage"]
    run.__signature__ = signature.replace(parameters=kept)  # type: ignore[attr-defined]
    del run.__wrapped__  # type: ignore[attr-defined]
    return run


__all__ = ["ANNA", "API", "APP", "BOB", "OWN", "Phone", "Stage", "staged"]
