"""Calls coming into being: placed by REST, offered by the network, dialled from within another call."""

from __future__ import annotations

from typing import Final

from voicecall_sim.carriers.twilio import ids
from voicecall_sim.carriers.twilio.account import Callback, CallResource, NumberResource, Order
from voicecall_sim.carriers.twilio.live import LiveCall
from voicecall_sim.carriers.twilio.parameters import attestation
from voicecall_sim.carriers.twilio.plant import Plant
from voicecall_sim.carriers.twilio.states import CallStatus
from voicecall_sim.carriers.twilio.steps import Finish
from voicecall_sim.carriers.twilio.timing import POST_DIAL_DELAY
from voicecall_sim.carriers.twilio.verbs import Number
from voicecall_sim.telephony.line import End
from voicecall_sim.telephony.signals import Cause
from voicecall_sim.world.clock import Micros

HOLDER: Final = "app"
"""Whose end of a leg it is, in the network's eyes: the application's, whichever carrier holds it."""


def new_resource(plant: Plant, *, to: str, from_: str, direction: str, status: CallStatus) -> CallResource:
    """A call's resource, created now."""
    wall = plant.surroundings.clock.wall()
    own = plant.account.number(to if direction == "inbound" else from_)
    return CallResource(
        sid=ids.new_sid(plant.surroundings.chance, ids.CALL),
        account_sid=plant.account.sid,
        to=to,
        from_=from_,
        direction=direction,
        status=status,
        phone_number_sid=own.sid if own is not None else None,
        date_created=wall,
        date_updated=wall,
    )


def outbound(plant: Plant, order: Order) -> LiveCall:
    """A call that REST wants; queued."""
    resource = new_resource(plant, to=order.to, from_=order.from_, direction="outbound-api", status=CallStatus.QUEUED)
    resource.parent_call_sid = order.parent_sid
    registered = plant.network.accept(plant.name, "outbound", order.from_, order.to)
    registered.carrier_id = resource.sid
    return LiveCall(
        plant,
        resource,
        registered,
        callback=order.status_callback,
        events=order.status_events,
        fallback=order.fallback,
        time_limit=order.time_limit,
        extra=application(order.application_sid),
    )


def inbound(plant: Plant, end: End, number: NumberResource) -> LiveCall:
    """A call that the network offers to one of the account's numbers; it rings."""
    resource = new_resource(plant, to=end.number, from_=end.peer.number, direction="inbound", status=CallStatus.RINGING)
    registered = plant.network.accept(plant.name, "inbound", resource.from_, resource.to)
    registered.carrier_id = resource.sid
    handler = plant.account.applications.get(number.application_sid or "", number)
    call = LiveCall(
        plant,
        resource,
        registered,
        callback=handler.status_callback,
        fallback=handler.fallback,
        time_limit=plant.account.terms.time_limit,
        extra={**attestation(resource, plant.surroundings.chance), **application(number.application_sid)},
    )
    registered.follow(end.leg)
    call.join(end)
    end.ring()
    return call


def application(sid: str | None) -> dict[str, str]:
    """The parameter that names a TwiML application."""
    return {} if sid is None else {"ApplicationSid": sid}


def child(parent: LiveCall, number: Number, to: str, caller_id: str, callback: Callback | None) -> LiveCall:
    """A call dialled from within another; it is no call of its own to the network's register."""
    plant = parent.plant
    resource = new_resource(plant, to=to, from_=caller_id, direction="outbound-dial", status=CallStatus.RINGING)
    resource.parent_call_sid = parent.sid
    return LiveCall(plant, resource, parent.registered, callback=callback, events=number.status_events)


def ring(call: LiveCall, timeout: Micros, shown: str | None = None) -> None:
    """Dial the call's number: told at once, ringing after the network's delay, given up when nobody answers."""
    call.initiate()
    tasks = call.plant.tasks
    timers = [
        tasks.later(POST_DIAL_DELAY, reach, call, shown),
        tasks.later(POST_DIAL_DELAY + timeout, give_up, call),
    ]
    call.on_end.extend(timer.cancel for timer in timers)


def reach(call: LiveCall, shown: str | None) -> None:
    """The call gets to the network that it is for."""
    own = call.registered if call.resource.parent_call_sid is None else None
    leg = call.plant.network.dial(call.resource.from_, call.resource.to, holder=HOLDER, shown=shown, call=own)
    call.join(leg.calling)


def give_up(call: LiveCall) -> None:
    """Nobody answered in time."""
    if not call.answered:
        call.hang_up(Finish(cause=Cause.NO_ANSWER, by="carrier"))


FIDELITY: Final = (
    ("children are outbound-dial, have ParentCallSid and are never queued", "voice/twiml/dial", "documented"),
    ("a call to a number of the account is a second call, inbound", "live tests", "live-tested"),
)
