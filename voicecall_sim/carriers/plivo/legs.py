"""How calls come into being: by REST, by the network, by a Dial."""

from __future__ import annotations

from typing import Final

from voicecall_sim.carriers.plivo import ids
from voicecall_sim.carriers.plivo.account import Application, CallRecord, Order
from voicecall_sim.carriers.plivo.endings import RING_TIMEOUT, Ending
from voicecall_sim.carriers.plivo.live import LiveCall
from voicecall_sim.carriers.plivo.numbering import address
from voicecall_sim.carriers.plivo.parameters import bare
from voicecall_sim.carriers.plivo.plant import Plant
from voicecall_sim.carriers.plivo.steps import Finish
from voicecall_sim.carriers.plivo.timing import POST_DIAL_DELAY
from voicecall_sim.telephony.line import End
from voicecall_sim.telephony.signals import Cause
from voicecall_sim.world.clock import SECOND, Micros

HOLDER: Final = "app"
"""Whose end of a leg it is, in the network's eyes: the application's, whichever carrier holds it."""

LONGEST: Final = 86_400
RUNG_LONG_ENOUGH: Final = Ending(code=1000, source="Plivo", raw="ORIGINATOR_CANCEL", status="cancel")


def new_record(plant: Plant, direction: str, from_: str, to: str) -> CallRecord:
    """A call's record, made now."""
    uuid = ids.new_uuid(plant.surroundings.chance, "call")
    return CallRecord(
        uuid=uuid,
        direction=direction,
        from_=from_,
        to=bare(to),
        initiated=plant.surroundings.clock.wall(),
        request_uuid=uuid,
    )


def outbound(plant: Plant, order: Order) -> LiveCall:
    """A call that REST wants; queued."""
    record = new_record(plant, "outbound", order.from_, order.to)
    record.parent, record.caller_name, record.owner = order.parent, order.caller_name, order.owner
    dialled = address(order.to) or order.to
    registered = plant.network.accept(plant.name, "outbound", caller(order.from_), dialled)
    registered.carrier_id = record.uuid
    call = LiveCall(
        plant,
        record,
        registered,
        ring=order.ring,
        hangup=order.hangup,
        time_limit=order.time_limit,
        headers=order.headers,
    )
    if order.hangup_on_ring is not None:
        finish = Finish(ending=RUNG_LONG_ENOUGH, cause=Cause.CANCELED)
        span = order.hangup_on_ring * SECOND
        call.on_ring = lambda: call.on_end.append(plant.tasks.later(span, call.hang_up, finish).cancel)
    return call


def inbound(plant: Plant, end: End, application: Application | None) -> LiveCall:
    """A call that the network offers to one of the account's numbers; it rings."""
    from_, to = end.peer.number, end.number
    record = new_record(plant, "inbound", from_, to)
    record.status, record.caller_name, record.session = "ringing", from_, record.initiated
    registered = plant.network.accept(plant.name, "inbound", from_, to)
    registered.carrier_id = record.uuid
    hangup = None if application is None else application.hangup
    call = LiveCall(plant, record, registered, hangup=hangup, time_limit=LONGEST)
    registered.follow(end.leg)
    call.join(end)
    end.ring()
    return call


def child(parent: LiveCall, to: str, caller_id: str) -> LiveCall:
    """A leg dialled from within another call; it is no call of its own to the network's register."""
    record = new_record(parent.plant, "outbound", caller_id, to)
    record.parent = parent.uuid
    record.status = "ringing"
    return LiveCall(parent.plant, record, parent.registered)


def ring(call: LiveCall, timeout: Micros) -> None:
    """Dial the call's number: reached after the network's delay, given up when nobody answers in time."""
    tasks = call.plant.tasks
    call.record.status = "ringing"
    timers = [
        tasks.later(POST_DIAL_DELAY, reach, call),
        tasks.later(POST_DIAL_DELAY + timeout, give_up, call),
    ]
    call.on_end.extend(timer.cancel for timer in timers)


def reach(call: LiveCall) -> None:
    """The call gets to the network that it is for."""
    record = call.record
    dialled = address(record.to) or record.to
    own = None if call.is_child else call.registered
    leg = call.plant.network.dial(caller(record.from_), dialled, holder=HOLDER, call=own)
    call.join(leg.calling)


def give_up(call: LiveCall) -> None:
    """Nobody answered in time."""
    if not call.answered:
        call.hang_up(Finish(ending=RING_TIMEOUT, cause=Cause.NO_ANSWER, by="carrier"))


def caller(written: str) -> str:
    """The calling number as the network knows it."""
    return address(written) or written


FIDELITY: Final = (
    ("a single destination's call has the identifier of the request", "captured payloads; SDK vectors", "captured"),
    ("hangup_on_ring ends as 1000, cancel", "no source", "assumed"),
    ("ring_timeout counts from the called network's being reached", "no source", "assumed"),
)
