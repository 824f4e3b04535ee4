"""A virtual world with an emulated Twilio, an application that answers as told, and telephones played by the test."""

from __future__ import annotations

from typing import Any

from tests.tools.carrier_world import (
    ANNA,
    APP,
    BOB,
    OWN,
    Answer,
    Application,
    BareResponse,
    CarrierStage,
    Phone,
    Received,
    serve,
    serve_app,
    staging,
    twiml,
)
from voicecall_sim.carriers.twilio import TwilioCarrier
from voicecall_sim.carriers.twilio.account import Callback, CallResource, Order
from voicecall_sim.world.clock import seconds
from voicecall_sim.world.world import World

EVENTS = ("initiated", "ringing", "answered", "completed")


class Stage(CarrierStage[TwilioCarrier, Application]):
    """All of it together."""

    def __init__(self, world: World) -> None:
        super().__init__(world, TwilioCarrier, Application)

    def enter(self) -> None:
        self.carrier.own(OWN, webhook_url=f"{APP}/voice", status_url=f"{APP}/number-status")

    def place(self, instructions: Callback | str | None = None, **order: Any) -> CallResource:
        given: dict[str, Any] = {
            "to": ANNA,
            "from_": OWN,
            "status_callback": Callback(url=f"{APP}/status"),
            "status_events": EVENTS,
            "instructions": instructions or Callback(url=f"{APP}/voice"),
        }
        return self.carrier_host.run(self.carrier.exchange.place, Order(**given | order))

    @property
    def call(self) -> CallResource:
        """The newest call."""
        return list(self.carrier.account.calls.values())[-1]

    @property
    def codes(self) -> list[int]:
        """What the debugger was told."""
        return [entry.data["code"] for entry in self.written("debug")]

    def statuses(self, path: str = "/status") -> list[tuple[str, int]]:
        """The status callbacks, by number."""
        told = [(r.params["CallStatus"], int(r.params["SequenceNumber"])) for r in self.app.at(path)]
        return sorted(told, key=lambda one: one[1])

    async def ended(self) -> tuple[str, str]:
        """Why and by whom the first call of the network ended."""
        await self.over()
        call = self.network.calls[0]
        assert call.cause is not None
        assert call.by is not None
        return call.cause.value, call.by


staged = staging(Stage)

__all__ = [
    "ANNA", "APP", "BOB", "EVENTS", "OWN", "Answer", "Application", "BareResponse", "Phone", "Received", "Stage",
    "seconds", "serve", "serve_app", "staged", "twiml",
]  # fmt: skip
