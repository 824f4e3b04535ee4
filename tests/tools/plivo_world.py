"""A virtual world with an emulated Plivo, an application that answers as told, and telephones played by the test."""

from __future__ import annotations

import base64
import json
from typing import Any

import aiohttp

from tests.tools.carrier_world import (
    ANNA,
    APP,
    BOB,
    OWN,
    Answer,
    Application,
    CarrierStage,
    Phone,
    Received,
    staging,
    twiml,
)
from voicecall_sim.carriers.plivo import PlivoCarrier
from voicecall_sim.carriers.plivo.account import CallRecord
from voicecall_sim.world.world import World


class Stage(CarrierStage[PlivoCarrier, Application]):
    """All of it together."""

    def __init__(self, world: World) -> None:
        super().__init__(world, PlivoCarrier, Application)
        self.account = self.carrier.account

    def enter(self) -> None:
        self.carrier.own(OWN, webhook_url=f"{APP}/answer", status_url=f"{APP}/hangup")

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

    @property
    def call(self) -> CallRecord:
        """The newest call."""
        return list(self.account.calls.values())[-1]

    def ended(self) -> tuple[str, int, str, str]:
        """How the newest call ended: status, code, name, source."""
        ending = self.call.ending
        assert ending is not None
        return self.call.status, ending.code, ending.name, ending.source


staged = staging(Stage)

__all__ = ["ANNA", "APP", "BOB", "OWN", "Answer", "Phone", "Received", "Stage", "staged", "twiml"]
