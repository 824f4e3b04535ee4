"""REST about what was said and delivered: call events and webhook deliveries."""

from __future__ import annotations

from typing import Any, Final

from voicecall_sim.carriers.telnyx.account import CallEvent, Delivery
from voicecall_sim.carriers.telnyx.asked import Asked, Reply, Route
from voicecall_sim.carriers.telnyx.events import iso_millis
from voicecall_sim.carriers.telnyx.paging import filtered, page
from voicecall_sim.carriers.telnyx.plant import Plant
from voicecall_sim.carriers.telnyx.refusals import Refused

OPERATIONS: Final = frozenset({"list call events", "list webhook deliveries", "fetch webhook delivery"})
"""What can be asked for here."""


def routes(plant: Plant) -> list[Route]:
    """The routes of this room."""
    records, deliveries = Records(plant), "/v2/webhook_deliveries"
    return [
        Route(operation="list call events", method="GET", path="/v2/call_events", handler=records.events),
        Route(operation="list webhook deliveries", method="GET", path=deliveries, handler=records.deliveries),
        Route(
            operation="fetch webhook delivery",
            method="GET",
            path=f"{deliveries}/{{delivery}}",
            handler=records.delivery,
        ),
    ]


class Records:
    """The handlers."""

    def __init__(self, plant: Plant) -> None:
        self._account = plant.account

    def events(self, asked: Asked) -> Reply:
        """Commands and webhooks, the newest first."""
        tests = {
            "leg_id": lambda one: one.leg.leg_id,
            "application_session_id": lambda one: one.leg.session_id,
            "connection_id": lambda one: one.leg.application.id,
            "type": lambda one: one.type,
            "name": lambda one: one.name,
            "from": lambda one: one.leg.from_,
            "to": lambda one: one.leg.to,
        }
        return page(asked, filtered(asked, self._account.events[::-1], tests), show_event)

    def deliveries(self, asked: Asked) -> Reply:
        """Deliveries that are over, the newest first."""
        over = [one for one in reversed(self._account.deliveries.values()) if one.finished_at is not None]
        tests = {"status][eq": lambda one: one.status, "event_type": lambda one: one.event_type}
        return page(asked, filtered(asked, over, tests), self._show)

    def delivery(self, asked: Asked) -> Reply:
        """One."""
        found = self._account.deliveries.get(asked.ids["delivery"])
        if found is None or found.finished_at is None:
            raise Refused("10005")
        return Reply(json={"data": self._show(found)})

    def _show(self, delivery: Delivery) -> dict[str, Any]:
        assert delivery.finished_at is not None
        return {
            "id": delivery.id,
            "record_type": "webhook_delivery",
            "user_id": self._account.user_id,
            "status": delivery.status,
            "started_at": iso_millis(delivery.started_at),
            "finished_at": iso_millis(delivery.finished_at),
            "webhook": delivery.webhook,
            "attempts": delivery.attempts,
        }


def show_event(event: CallEvent) -> dict[str, Any]:
    """A call event as REST shows it."""
    return {
        "record_type": "call_event",
        "type": event.type,
        "name": event.name,
        "call_leg_id": event.leg.leg_id,
        "call_session_id": event.leg.session_id,
        "event_timestamp": iso_millis(event.at),
        "metadata": event.metadata,
    }


FIDELITY: Final = (
    ("the fields of call events and of webhook deliveries with their attempts", "OpenAPI", "documented"),
    (
        "the metadata of a call event: the command's parameters, or the webhook's payload",
        "OpenAPI names none",
        "assumed",
    ),
    ("an attempt that failed has no error codes of the 75000 to 75599", "the list is not in our reference", "assumed"),
)
