"""The switching side: takes outbound legs on, and those that the network offers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, Final

from voicecall_sim.carriers.telnyx.bridging import join
from voicecall_sim.carriers.telnyx.fields import address
from voicecall_sim.carriers.telnyx.leg import HOLDER, CallLeg
from voicecall_sim.carriers.telnyx.plant import Plant
from voicecall_sim.carriers.telnyx.refusals import Refused
from voicecall_sim.carriers.telnyx.states import TIMED_OUT, UNANSWERED, HangUp, LegState
from voicecall_sim.carriers.telnyx.stream import Stream
from voicecall_sim.carriers.telnyx.terms import DIAL_AFTER, POST_DIAL_DELAY
from voicecall_sim.carriers.telnyx.wishes import grant
from voicecall_sim.telephony.line import End
from voicecall_sim.telephony.signals import Cause
from voicecall_sim.world.clock import SECOND, Micros

FORBIDDEN: Final = HangUp("call_rejected", "403")
CODECS: Final = {"connection_codecs": "PCMA,PCMU,VP8,H264", "offered_codecs": "PCMU,G729"}
GATEWAY: Final = "206.147.72.186:5060"
PROXY: Final = "192.76.120.10:5060"
RING: Final = 30
LONGEST: Final = 14_400


class Switch:
    """Places legs for REST, and is the network's `Subscriber` for the account's numbers."""

    def __init__(self, plant: Plant) -> None:
        self._plant = plant

    # --- for REST ---

    def dial(self, given: Mapping[str, Any]) -> CallLeg:
        """Take a call on; `given` has been judged. Of several numbers all ring, and the first to answer has the call.

        Returns the (first) leg. Raises `Refused`.
        """
        to, digits = destinations(given["to"])
        application = self._plant.account.applications.get(given["connection_id"])
        if application is None or not application.webhook_event_url or not application.active:
            raise Refused("10015")
        if given.get("media_encryption") == "SRTP" and not to[0].startswith("sip"):
            raise Refused("10011", status=422, pointer="/media_encryption",
                          detail="Media encryption is not supported for PSTN calls.")  # fmt: skip
        linked = self._linked(given)
        if linked is not None and given.get("bridge_intent"):
            given = {**given, "from": linked.from_}
        if digits is not None:
            given = {"send_digits_on_answer": digits, **given}
        legs: list[CallLeg] = []
        for number in to:
            session = legs[0].session_id if legs else None if linked is None else linked.session_id
            legs.append(self._place(number, given, session))
            if linked is not None and (given.get("bridge_on_answer") or given.get("bridge_intent")):
                legs[-1].on_answer.append(partial(meet, linked, legs[-1], given))
        for leg in legs:
            leg.on_answer.append(partial(alone, leg, legs))
        return legs[0]

    def _linked(self, given: Mapping[str, Any]) -> CallLeg | None:
        for name in ("bridge_intent", "bridge_on_answer", "park_after_unbridge"):
            if given.get(name) and not given.get("link_to"):
                raise Refused("10004", pointer="/link_to", name="link_to")
        if not given.get("link_to"):
            return None
        linked = self._plant.account.legs.get(given["link_to"])
        if linked is None:
            raise Refused("90015", pointer="/link_to")
        return linked

    def _place(self, to: str, given: Mapping[str, Any], session: str | None) -> CallLeg:
        from_ = given["from"]
        registered = self._plant.network.accept(self._plant.name, "outbound", from_, to)
        leg = CallLeg(
            self._plant,
            outbound=True,
            from_=from_,
            to=to,
            registered=registered,
            session_id=session,
            application=self._plant.account.applications[given["connection_id"]],
            client_state=given.get("client_state"),
            given=given,
        )
        registered.carrier_id = leg.id
        grant(leg, given)
        leg.later(DIAL_AFTER, ring, leg, given)
        return leg

    # --- for the network ---

    def offered(self, end: End) -> None:
        """Somebody calls one of the account's numbers."""
        plant, to = self._plant, end.number
        registered = plant.network.accept(plant.name, "inbound", end.peer.number, to)
        leg = CallLeg(
            plant,
            outbound=False,
            from_=end.peer.number,
            to=to,
            registered=registered,
            default_url=plant.account.numbers.get(to),
        )
        registered.carrier_id = leg.id
        registered.follow(end.leg)
        leg.join(end)
        end.ring()
        leg.limit(LONGEST)
        leg.tell("call.initiated", **introduction(leg))
        application = plant.account.application
        if application.first_command_timeout:
            leg.later(application.first_command_timeout_secs * SECOND, unattended, leg)

    def hang_up_all(self) -> None:
        """The carrier goes out of service."""
        for leg in tuple(self._plant.live.values()):
            leg.hang_up(Cause.NORMAL if leg.answered else Cause.FAILED, "carrier")


def meet(linked: CallLeg, leg: CallLeg, given: Mapping[str, Any]) -> None:
    """Bridge with the linked leg, or give up if that is bridged already and may not be twice."""
    if given.get("prevent_double_bridge") and linked.peer is not None:
        leg.hang_up()
    else:
        leg.parks = given.get("park_after_unbridge") == "self"
        join(linked, leg)


def alone(winner: CallLeg, legs: Sequence[CallLeg]) -> None:
    """Of legs that rang together the others are given up."""
    for leg in legs:
        if leg is not winner:
            leg.hang_up()


def destinations(to: Any) -> tuple[list[str], str | None]:
    """Whom to call, and the digits after a comma. Raises `Refused`."""
    if isinstance(to, str):
        number, comma, digits = to.partition(",")
        address("to", number)
        if comma and not all(key in "0123456789ABCD*#wW" for key in digits):
            raise Refused("90014", pointer="/to")
        return [number], digits if comma else None
    if not isinstance(to, list) or not to:
        raise Refused("10026", pointer="/to", wanted="a string or an array of strings")
    for number in to:
        address("to", number)
    return to, None


def introduction(leg: CallLeg) -> dict[str, Any]:
    """What `call.initiated` of an inbound leg tells besides."""
    return {
        **CODECS,
        "caller_id_name": leg.from_,
        "direction": "incoming",
        "state": LegState.PARKED.value,
        "from_sip_uri": f"{leg.from_.removeprefix('+1')}@{GATEWAY}",
        "to_sip_uri": f"{leg.to}@{PROXY}",
    }


def ring(leg: CallLeg, given: Mapping[str, Any]) -> None:
    """Dial: told at once, ringing after the network's delay, given up when nobody answers."""
    leg.tell("call.initiated", direction="outgoing", state=LegState.BRIDGING.value)
    refusal = forbidden(leg)
    if refusal is not None:
        leg.hang_up(Cause.FAILED, "carrier", refusal)
        return
    leg.limit(given.get("time_limit_secs") or LONGEST)
    timeout: Micros = (given.get("timeout_secs") or RING) * SECOND
    if given.get("stream_establish_before_call_originate") and given.get("stream_url"):
        leg.plant.tasks.start(once_connected(leg, given))
    else:
        leg.later(POST_DIAL_DELAY, reach, leg)
    unanswered = UNANSWERED if given.get("retry_on_timeout") is False else TIMED_OUT
    leg.later(POST_DIAL_DELAY + timeout, give_up, leg, unanswered)


def forbidden(leg: CallLeg) -> HangUp | None:
    """Why a leg does not get out: a caller id that is not the account's, too many calls."""
    account = leg.plant.account
    if len(leg.plant.live) > account.terms.concurrent_calls:
        return FORBIDDEN
    own = leg.child or leg.from_ in account.numbers or leg.from_.startswith("sip")
    return None if own else FORBIDDEN


async def once_connected(leg: CallLeg, given: Mapping[str, Any]) -> None:
    """Dial when the stream's connection is there, or cannot be had."""
    await Stream(leg, given).settled.wait()
    if not leg.over:
        leg.later(POST_DIAL_DELAY, reach, leg)


def reach(leg: CallLeg) -> None:
    """The leg gets to the network that it is for."""
    call = None if leg.child else leg.registered
    leg.join(leg.plant.network.dial(leg.from_, leg.to, holder=HOLDER, call=call).calling)


def give_up(leg: CallLeg, told: HangUp) -> None:
    """Nobody answered in time."""
    if leg.answered_at is None:
        leg.hang_up(Cause.NO_ANSWER, "carrier", told)


def unattended(leg: CallLeg) -> None:
    """No command came for an inbound leg."""
    if leg.state is LegState.PARKED and not leg.commanded:
        leg.hang_up(Cause.NO_ANSWER, "carrier")


FIDELITY: Final = (
    ("outbound: initiated with direction outgoing and state bridging, without codecs", "observed traffic", "captured"),
    ("inbound: the shape of call.initiated, SIP addresses without sip:", "observed traffic", "captured"),
    ("the caller hears ringback until the answer command", "voice API webhooks", "documented"),
    ("digits after a comma of a single destination are pressed on the answer", "OpenAPI", "documented"),
    ("send_digits_on_answer counts more than digits after a comma", "client 4.189", "documented"),
    ("prevent_double_bridge hangs up when the linked leg is bridged", "client 4.189", "documented"),
    ("several destinations ring together; the first to answer has the call", "OpenAPI", "documented"),
    ("of several destinations REST answers with the first leg; all have one session", "no source", "assumed"),
    ("a caller id that is not the account's ends the call with 403", "SIP response codes D35, D36", "assumed"),
    ("too many calls: 403, D1", "concurrent call limits", "documented"),
    ("first_command_timeout ends inbound legs that no command came for", "OpenAPI", "documented"),
)
