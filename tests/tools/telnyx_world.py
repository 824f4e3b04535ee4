"""A virtual world with an emulated Telnyx, an application that notes its events, and telephones played by the test."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import aiohttp
from aiohttp import web

from tests.tools.carrier_world import ANNA, APP, BOB, OWN, CarrierStage, Phone, staging
from voicecall_sim.carriers.telnyx import TelnyxCarrier
from voicecall_sim.carriers.telnyx.leg import CallLeg
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


class Stage(CarrierStage[TelnyxCarrier, Application]):
    """All of it together."""

    def __init__(self, world: World) -> None:
        super().__init__(world, TelnyxCarrier, Application)
        self.account = self.carrier.account

    def enter(self) -> None:
        self.carrier.own(OWN, webhook_url=f"{APP}/hook")
        self.account.numbers[OWN] = None
        self.client = aiohttp.ClientSession(headers={"Authorization": f"Bearer {self.account.api_key}"})

    async def wind_up(self) -> None:
        for leg in tuple(self.carrier.plant.live.values()):
            self.carrier_host.run(leg.hang_up)
        await self.over()

    async def stop(self) -> None:
        await self.client.close()
        await super().stop()

    async def ask(self, method: str, path: str, **given: Any) -> tuple[int, Any]:
        """One REST request."""
        async with self.client.request(method, API + path, json=given) as got:
            return got.status, await got.json()

    async def removed(self, path: str) -> int:
        """Something deleted that leaves nothing to say: the status."""
        async with self.client.delete(API + path) as got:
            assert not await got.read()
            return got.status

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
        _ = self.call_in(anna)
        await self.wait(0.1)
        return list(self.account.legs.values())[-1], anna

    @property
    def events(self) -> list[str]:
        """What was told, in the order in which it happened."""
        known = {hook.number: hook.event for hook in self.carrier.sent}
        return [known[number] for number in sorted(known)]

    def of(self, *types: str) -> list[dict[str, Any]]:
        return self.app.of(*types)


staged = staging(Stage)

__all__ = ["ANNA", "API", "APP", "BOB", "OWN", "Phone", "Stage", "staged"]
