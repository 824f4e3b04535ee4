"""Queues: legs that wait for somebody, by the queue's name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from voicecall_sim.carriers.telnyx.leg import CallLeg
from voicecall_sim.carriers.telnyx.refusals import Refused
from voicecall_sim.world.clock import SECOND, Micros

LARGEST: Final = 100


@dataclass(slots=True)
class Queue:
    """One queue; its size is fixed when it is made. `waiting` has the legs with the instants at which they came."""

    name: str
    size: int
    waiting: dict[str, Micros] = field(default_factory=dict)


def enqueue(leg: CallLeg, given: Mapping[str, Any]) -> None:
    """Wait in a queue, which is made if it is not there."""
    queues = leg.plant.queues
    if queue_of(leg) is not None:
        raise Refused("90038")
    name, size = given["queue_name"], given.get("max_size")
    queue = queues.setdefault(name, Queue(name, size or LARGEST))
    if size is not None and size != queue.size:
        raise Refused("90037", pointer="/max_size")
    if len(queue.waiting) >= queue.size:
        raise Refused("90036")
    queue.waiting[leg.id] = leg.plant.now()
    leg.on_end.append(lambda: leave(leg, "hangup"))
    if given.get("max_wait_time_secs"):
        leg.later(given["max_wait_time_secs"] * SECOND, leave, leg, "timeout")
    leg.tell("call.enqueued", queue=name, current_position=len(queue.waiting), queue_avg_wait_time_secs=0)


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
    waited = (leg.plant.now() - queue.waiting.pop(leg.id)) // SECOND
    leg.tell("call.dequeued", queue=queue.name, queue_position=position, reason=reason, wait_time_secs=waited)


def queue_of(leg: CallLeg) -> Queue | None:
    """The queue that a leg waits in."""
    return next((queue for queue in leg.plant.queues.values() if leg.id in queue.waiting), None)


FIDELITY: Final = (
    ("enqueued and dequeued with position, reason and waiting time", "OpenAPI", "documented"),
    ("90035 to 90038; a queue's size is fixed when it is made, 100 by default", "API error codes", "documented"),
    ("the average waiting time is told as 0", "our limit", "assumed"),
    ("a wait that lasts too long ends with reason timeout, and the leg stays", "OpenAPI", "assumed"),
)
