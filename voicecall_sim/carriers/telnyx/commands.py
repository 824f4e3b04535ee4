"""The commands: what each action does to a leg. Which parameters they take is in `parameters`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, TypeAlias

from voicecall_sim.carriers.telnyx import (
    announcing,
    bridging,
    forking,
    gathering,
    queueing,
    recording,
    stream,
    transcribing,
)
from voicecall_sim.carriers.telnyx.keypad import send_dtmf
from voicecall_sim.carriers.telnyx.leg import CallLeg
from voicecall_sim.carriers.telnyx.refusals import Refused
from voicecall_sim.carriers.telnyx.states import HangUp, LegState
from voicecall_sim.carriers.telnyx.wishes import grant
from voicecall_sim.telephony.signals import Cause

Given: TypeAlias = Mapping[str, Any]
Command: TypeAlias = Callable[[CallLeg, Given], Mapping[str, Any] | None]
"""Does it; what it returns is added to `{"result": "ok"}`. Raises `Refused`."""

BEFORE_ANSWER: Final = frozenset({"answer", "reject", "hangup", "transfer", "client_state_update"})
"""What a leg takes before it is answered; anything else is a 90034."""

REJECTIONS: Final = {
    "CALL_REJECTED": (Cause.REJECTED, HangUp("call_rejected", "603")),
    "USER_BUSY": (Cause.BUSY, HangUp("user_busy", "486")),
    "NOT_FOUND": (Cause.UNASSIGNED, HangUp("not_found", "404")),
    "TEMPORARILY_UNAVAILABLE": (Cause.UNREACHABLE, HangUp("unspecified", "480")),
}


def answer(leg: CallLeg, given: Given) -> Given | None:
    """Answer an inbound leg. A second answer changes nothing."""
    if leg.outbound:
        raise Refused("90102")
    if leg.state is LegState.PARKED:
        told = grant(leg, given)
        leg.answer()
        return told
    return None


def reject(leg: CallLeg, given: Given) -> None:
    """Turn an inbound call away."""
    if leg.outbound or leg.answered:
        raise Refused("90102", detail="The reject command is only valid for incoming calls that are not answered.")
    cause, told = REJECTIONS[given["cause"]]
    leg.hang_up(cause, told=told)


def hang_up(leg: CallLeg, given: Given) -> None:
    """End it, whatever its state."""
    leg.hang_up()


def nothing(leg: CallLeg, given: Given) -> None:
    """Only what every command does: take the client_state."""


COMMANDS: Final[dict[str, Command]] = {
    "answer": answer,
    "reject": reject,
    "hangup": hang_up,
    "client_state_update": nothing,
    "send_dtmf": send_dtmf,
    "speak": announcing.speak,
    "playback_start": announcing.playback_start,
    "playback_stop": announcing.playback_stop,
    "gather": gathering.gather,
    "gather_using_speak": gathering.gather_using_speak,
    "gather_using_audio": gathering.gather_using_audio,
    "gather_stop": gathering.gather_stop,
    "transcription_start": transcribing.transcription_start,
    "transcription_stop": transcribing.transcription_stop,
    "suppression_start": nothing,
    "suppression_stop": nothing,
    "enqueue": queueing.enqueue,
    "leave_queue": queueing.leave_queue,
    "bridge": bridging.bridge,
    "transfer": bridging.transfer,
    "refer": bridging.refer,
    "streaming_start": stream.streaming_start,
    "streaming_stop": stream.streaming_stop,
    "fork_start": forking.fork_start,
    "fork_stop": forking.fork_stop,
    "siprec_start": forking.siprec_start,
    "siprec_stop": forking.siprec_stop,
    "send_sip_info": forking.send_sip_info,
    "record_start": recording.record_start,
    "record_stop": recording.record_stop,
    "record_pause": recording.record_pause,
    "record_resume": recording.record_resume,
}


def obey(leg: CallLeg, action: str, given: Given) -> Mapping[str, Any]:
    """Carry a command out on a leg. Raises `Refused`."""
    if leg.over:
        raise Refused("90018")
    if action not in BEFORE_ANSWER:
        leg.must_be_answered()
    before = leg.client_state
    if given.get("client_state") is not None:
        leg.client_state = given["client_state"]
    leg.commanded = True
    try:
        return COMMANDS[action](leg, given) or {}
    except Refused:
        leg.client_state = before
        raise


FIDELITY: Final = (
    ("commands on an ended leg are 90018, media commands before the answer 90034", "OpenAPI; live log", "captured"),
    ("answer on an outbound leg is 90102", "API error codes", "documented"),
    ("a second answer is ok and changes nothing", "no source", "assumed"),
    ("reject on anything but a ringing inbound leg is 90102", "no source", "assumed"),
    ("the causes of reject and their SIP responses", "client 4.189", "documented"),
    ("noise suppression is taken and changes nothing that is heard", "our limit", "assumed"),
    ("hangup ends a leg in any state", "OpenAPI", "documented"),
    ("the latest client_state is the leg's; a refused command leaves it", "sending commands", "documented"),
)
