"""Queues: legs that wait for somebody, by the queue's name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import InitVar, dataclass, field
from datetime import datetime
from typing import Any, Final

from voicecall_sim.carriers.telnyx import ids
from voicecall_sim.carriers.telnyx.leg import CallLeg
from voicecall_sim.carriers.telnyx.plant import Plant
from voicecall_sim.carriers.telnyx.refusals import Refused
from voicecall_sim.world.clock import SECOND, Micros

LARGEST: Final = 100


@dataclass(slots=True)
class Queue:
    """One queue; its size is fixed when it is made. `waiting` has the legs with the instants at which they came."""

    plant: InitVar[Plant]
    name: str
    size: int
    waiting: dict[str, Micros] = field(default_factory=dict)
    since: dict[str, datetime] = field(default_factory=dict)
    """The same instants by the clock on the wall, of all that ever waited."""
    id: str = field(init=False)
    created_at: datetime = field(init=False)

    def __post_init__(self, plant: Plant) -> None:
        self.id = ids.new_uuid(plant.surroundings.chance, "queue")
        self.created_at = plant.surroundings.clock.wall()


def waited(since: Micros, now: Micros) -> int:
    """Whole seconds."""
    return (now - since) // SECOND


def enqueue(leg: CallLeg, given: Mapping[str, Any]) -> None:
    """Wait in a queue, which is made if it is not there."""
    queues = leg.plant.queues
    if queue_of(leg) is not None:
        raise Refused("90038")
    name, size = given["queue_name"], given.get("max_size")
    queue = queues.get(name) or queues.setdefault(name, Queue(leg.plant, name, size or LARGEST))
    if size is not None and size != queue.size:
        raise Refused("90037", pointer="/max_size")
    if len(queue.waiting) >= queue.size:
        raise Refused("90036")
    now = leg.plant.now()
    times = [waited(since, now) for since in queue.waiting.values()]
    average = sum(times) // len(times) if times else 0
    queue.waiting[leg.id], queue.since[leg.id] = now, leg.plant.surroundings.clock.wall()
    leg.on_end.append(lambda: leave(leg, "hangup"))
    if given.get("max_wait_time_secs"):
        leg.later(given["max_wait_time_secs"] * SECOND, leave, leg, "timeout")
    leg.tell("call.enqueued", queue=name, current_position=len(queue.waiting), queue_avg_wait_time_secs=average)


def leave_queue(leg: CallLeg, given: Mapping[str, Any]) -> None:
    """Wait no more."""
    if queue_of(leg) is None:
        raise Refused("90035")
    leave(leg, "leave")


def leave(leg: CallLeg, reason: str) -> None:
    """Take a leg out of its queue and tell why; nothing if it is in none."""
    queue = queue_of(leg)
    if queue is None:
        return
    position = list(queue.waiting).index(leg.id) + 1
    waits = waited(queue.waiting.pop(leg.id), leg.plant.now())
    leg.tell("call.dequeued", queue=queue.name, queue_position=position, reason=reason, wait_time_secs=waits)


def queue_of(leg: CallLeg) -> Queue | None:
    """The queue that a leg waits in."""
    return next((queue for queue in leg.plant.queues.values() if leg.id in queue.waiting), None)


FIDELITY: Final = (
    ("enqueued and dequeued with position, reason and waiting time", "OpenAPI", "documented"),
    ("90035 to 90038; a queue's size is fixed when it is made, 100 by default", "API error codes", "documented"),
    ("the average waiting time is that of who waits already", "client 4.189, of queues", "assumed"),
    ("a wait that lasts too long ends with reason timeout, and the leg stays", "OpenAPI", "assumed"),
)
