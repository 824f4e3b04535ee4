"""Bridge, transfer and refer: legs joined to each other, or handed on."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any, Final

from voicecall_sim.carriers.telnyx import ids
from voicecall_sim.carriers.telnyx.announcing import announcer, played_item
from voicecall_sim.carriers.telnyx.leg import CallLeg
from voicecall_sim.carriers.telnyx.queueing import leave
from voicecall_sim.carriers.telnyx.recording import record_from_answer
from voicecall_sim.carriers.telnyx.refusals import Refused
from voicecall_sim.carriers.telnyx.states import LegState
from voicecall_sim.telephony.bridge import Bridge
from voicecall_sim.telephony.bridge import bridge as join_lines
from voicecall_sim.telephony.signals import Cause
from voicecall_sim.world.clock import MILLISECOND, Micros

NOTIFIED_AFTER: Final[Micros] = 200 * MILLISECOND
"""From a REFER to the far end's last NOTIFY."""


def bridge(leg: CallLeg, given: Mapping[str, Any]) -> None:
    """Join two answered legs: this one and another, or the first of a queue."""
    other = first_of(leg, given["queue"]) if given.get("queue") else named(leg, given)
    if other.over:
        raise Refused("90018")
    other.must_be_answered()
    if given.get("prevent_double_bridge") and (leg.peer is not None or other.peer is not None):
        raise Refused("10027", detail="One of the calls is already bridged.")
    leg.parks = given.get("park_after_unbridge") == "self" or bool(given.get("hold_after_unbridge"))
    leave(other, "bridged")
    if given.get("record"):
        record_from_answer(leg, given, ids.new_uuid(leg.plant.surroundings.chance, "recording"))
    join(leg, other)


def named(leg: CallLeg, given: Mapping[str, Any]) -> CallLeg:
    """The other leg by its identifier. Raises `Refused`."""
    if given.get("video_room_id"):
        raise Refused("10027", pointer="/video_room_id", detail="Video rooms are not emulated.")
    if not given.get("call_control_id"):
        raise Refused("10004", pointer="/call_control_id", name="call_control_id")
    other = leg.plant.account.legs.get(given["call_control_id"])
    if other is None or other is leg:
        raise Refused("90015")
    return other


def first_of(leg: CallLeg, name: str) -> CallLeg:
    """Who has waited longest in a queue. Raises `Refused`."""
    queue = leg.plant.queues.get(name)
    waiting = [] if queue is None else [one for one in queue.waiting if one != leg.id]
    if not waiting:
        raise Refused("10005", pointer="/queue", detail="The queue does not exist or is empty.")
    return leg.plant.account.legs[waiting[0]]


def join(one: CallLeg, other: CallLeg) -> None:
    """Bridge two legs; an inbound one that waits is answered by that. Harmless if either is over."""
    if one.over or other.over:
        return
    for leg in (one, other):
        if leg.state is LegState.PARKED:
            leg.answer()
        if leg.unbridge is not None:
            leg.unbridge()
    lines = join_lines(one.end, other.end)
    one.peer, other.peer = other, one
    one.unbridge = other.unbridge = partial(part, lines, one, other)
    for leg in (one, other):
        leg.tell("call.bridged")
    one.plant.performances.start(accompany(lines, one, other))


def part(lines: Bridge, one: CallLeg, other: CallLeg) -> None:
    """End a bridge; nobody is hung up."""
    one.peer = other.peer = one.unbridge = other.unbridge = None
    lines.stop()


async def accompany(lines: Bridge, one: CallLeg, other: CallLeg) -> None:
    """When one leg ends the other one does, unless it parks."""
    await lines.over.wait()
    if lines.left is None:
        return
    part(lines, one, other)
    for leg in (one, other):
        if not leg.over and not leg.parks:
            leg.hang_up(Cause.NORMAL)


def transfer(leg: CallLeg, given: Mapping[str, Any]) -> None:
    """Dial somebody in the same session, and bridge when they answer. If they do not, this leg goes on as before."""
    from voicecall_sim.carriers.telnyx.switch import ring
    from voicecall_sim.carriers.telnyx.wishes import AUDIO, grant

    target = CallLeg(
        leg.plant,
        outbound=True,
        from_=given.get("from") or leg.to,
        to=given["to"],
        registered=leg.registered,
        session_id=leg.session_id,
        application=leg.application,
        client_state=given.get("target_leg_client_state"),
        given={"webhook_url": leg.hooks.url, "webhook_url_method": leg.hooks.method} | dict(given),
        child=True,
    )
    leg.parks = given.get("park_after_unbridge") == "self"
    rest = {name: value for name, value in given.items() if name not in AUDIO}
    _ = grant(target, rest)
    leg.on_end.append(lambda: None if target.answered else target.hang_up())
    target.on_answer.append(partial(connect, leg, target, given))
    ring(target, rest)


def connect(leg: CallLeg, target: CallLeg, given: Mapping[str, Any]) -> None:
    """The new party answered: first they hear a file, if that is wanted."""
    if leg.over:
        target.hang_up()
    elif given.get("audio_url") or given.get("media_name"):
        item = played_item(target, {name: given.get(name) for name in ("audio_url", "media_name")})
        item.over = partial(join, leg, target)
        announcer(target).add(item)
    else:
        join(leg, target)


def refer(leg: CallLeg, given: Mapping[str, Any]) -> None:
    """Ask the far end to call somebody else: it leaves if it could."""
    leg.tell("call.refer.started", sip_notify_response=100)
    leg.later(NOTIFIED_AFTER, notified, leg, given["sip_address"])


def notified(leg: CallLeg, sip_address: str) -> None:
    """The far end tells what came of it."""
    user = sip_address.partition(":")[2].partition("@")[0]
    if leg.plant.network.assigned(user):
        leg.tell("call.refer.completed", sip_notify_response=200)
        leg.hang_up(Cause.NORMAL, "network")
    else:
        leg.tell("call.refer.failed", sip_notify_response=603)


FIDELITY: Final = (
    ("call.bridged for both legs", "OpenAPI; observed traffic", "captured"),
    ("when one bridged leg ends so does the other, unless it parks", "OpenAPI", "documented"),
    ("bridge takes the first leg of a queue, which is told as dequeued: bridged", "OpenAPI", "documented"),
    ("an empty queue is a 404; play_ringtone and mute_dtmf change nothing here", "our limit", "assumed"),
    ("transfer: initiated, answered of the new leg, then bridged for both; one session", "OpenAPI", "documented"),
    ("a transfer that nobody takes leaves the leg as it was", "OpenAPI", "documented"),
    ("a transfer shows the original call's to, whoever owns it", "OpenAPI; not judged: assumed", "assumed"),
    ("transferring an inbound leg before its answer answers it when it is bridged", "no source", "assumed"),
    ("a leg that is bridged anew leaves its old peer, which stays", "no source", "assumed"),
    ("refer: completed with 200 if the network has the address's user, else failed with 603", "OpenAPI", "assumed"),
    ("the referred party does not really call anybody", "our limit", "assumed"),
)
