"""REST about queues and the calls that wait in them."""

from __future__ import annotations

from typing import Any, Final

from voicecall_sim.carriers.telnyx.asked import Asked, Reply, Route
from voicecall_sim.carriers.telnyx.events import iso_millis
from voicecall_sim.carriers.telnyx.fields import Fields, judge, text, whole
from voicecall_sim.carriers.telnyx.leg import CallLeg
from voicecall_sim.carriers.telnyx.paging import page
from voicecall_sim.carriers.telnyx.plant import Plant
from voicecall_sim.carriers.telnyx.queueing import LARGEST, Queue, leave, waited
from voicecall_sim.carriers.telnyx.refusals import Refused

MADE: Final[Fields] = {"queue_name": text(shortest=1), "max_size": whole(1, 1_000_000)}
OPERATIONS: Final = frozenset(
    {"create queue", "list queues", "fetch queue", "delete queue"}
    | {"list queued calls", "fetch queued call", "remove queued call"}
)
"""What can be asked for here."""


def routes(plant: Plant) -> list[Route]:
    """The routes of this room."""
    queues, all_, one = Queues(plant), "/v2/queues", "/v2/queues/{queue}"
    call = f"{one}/calls/{{call}}"
    return [
        Route(operation="create queue", method="POST", path=all_, handler=queues.create),
        Route(operation="list queues", method="GET", path=all_, handler=queues.listing),
        Route(operation="fetch queue", method="GET", path=one, handler=queues.fetch),
        Route(operation="delete queue", method="DELETE", path=one, handler=queues.delete),
        Route(operation="list queued calls", method="GET", path=f"{one}/calls", handler=queues.calls),
        Route(operation="fetch queued call", method="GET", path=call, handler=queues.call),
        Route(operation="remove queued call", method="DELETE", path=call, handler=queues.remove),
    ]


class Queues:
    """The handlers."""

    def __init__(self, plant: Plant) -> None:
        self._plant = plant

    def create(self, asked: Asked) -> Reply:
        """Make one."""
        judge(asked.given, MADE, ("queue_name",))
        name, size = asked.given["queue_name"], asked.given.get("max_size")
        if name in self._plant.queues:
            raise Refused("10015", pointer="/queue_name", title="Bad Request", detail="The queue exists already.")
        made = self._plant.queues[name] = Queue(self._plant, name, size or LARGEST)
        return Reply(json={"data": self._show(made)})

    def listing(self, asked: Asked) -> Reply:
        """All of them."""
        return page(asked, list(self._plant.queues.values()), self._show)

    def fetch(self, asked: Asked) -> Reply:
        """One."""
        return Reply(json={"data": self._show(self._find(asked))})

    def delete(self, asked: Asked) -> Reply:
        """One, if nobody waits in it."""
        queue = self._find(asked)
        if queue.waiting:
            raise Refused("90050")
        del self._plant.queues[queue.name]
        return Reply(status=204, data=b"")

    def calls(self, asked: Asked) -> Reply:
        """Who waits in one, the first first."""
        queue = self._find(asked)
        return page(asked, list(queue.waiting), lambda call: self._show_call(queue, call))

    def call(self, asked: Asked) -> Reply:
        """One who waits."""
        queue, leg = self._waiting(asked)
        return Reply(json={"data": self._show_call(queue, leg.id)})

    def remove(self, asked: Asked) -> Reply:
        """One who is to wait no more."""
        leave(self._waiting(asked)[1], "leave")
        return Reply(status=204, data=b"")

    def _find(self, asked: Asked) -> Queue:
        queue = self._plant.queues.get(asked.ids["queue"])
        if queue is None:
            raise Refused("10005")
        return queue

    def _waiting(self, asked: Asked) -> tuple[Queue, CallLeg]:
        queue, call = self._find(asked), asked.ids["call"]
        if call not in queue.waiting:
            raise Refused("10005")
        return queue, self._plant.account.legs[call]

    def _show(self, queue: Queue) -> dict[str, Any]:
        now = self._plant.now()
        times = [waited(since, now) for since in queue.waiting.values()]
        return {
            "id": queue.id,
            "record_type": "queue",
            "name": queue.name,
            "max_size": queue.size,
            "current_size": len(times),
            "average_wait_time_secs": sum(times) // len(times) if times else 0,
            "created_at": iso_millis(queue.created_at),
            "updated_at": iso_millis(queue.created_at),
        }

    def _show_call(self, queue: Queue, call: str) -> dict[str, Any]:
        leg, waits = self._plant.account.legs[call], waited(queue.waiting[call], self._plant.now())
        return {
            **leg.identity,
            "record_type": "queue_call",
            "queue_id": queue.id,
            "queue_position": list(queue.waiting).index(call) + 1,
            "wait_time_secs": waits,
            "enqueued_at": iso_millis(queue.since[call]),
            "from": leg.from_,
            "to": leg.to,
            "is_alive": not leg.over,
        }


FIDELITY: Final = (
    ("the fields of queues and of the calls in them; only empty queues can be deleted", "OpenAPI", "documented"),
    (
        "what is deleted or removed is a 204; a queue whose name is taken is refused",
        "client 4.189; no source",
        "assumed",
    ),
    ("queues and their calls cannot be changed", "our limit", "assumed"),
)
