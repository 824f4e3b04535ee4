"""Copies of a call's media to elsewhere, forks and SIPREC, and SIP INFO: what is told of them, not the media."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from voicecall_sim.carriers.telnyx.leg import CallLeg
from voicecall_sim.carriers.telnyx.refusals import Refused

DECRYPTED: Final = "decrypted"
REPLACED: Final = "fork_start"


def fork_start(leg: CallLeg, given: Mapping[str, Any]) -> None:
    """Copy the call's RTP to addresses of UDP; a media stream of the leg ends with that."""
    if leg.forked is not None:
        raise Refused("90045")
    if given.get("rx") is None and given.get("tx") is None:
        raise Refused("10004", pointer="/rx", name="rx")
    if leg.stream is not None:
        leg.stream.stop(REPLACED)
    leg.forked = given.get("stream_type") or DECRYPTED
    leg.on_end.append(lambda: unfork(leg))
    leg.tell("call.fork.started", stream_type=leg.forked)


def fork_stop(leg: CallLeg, given: Mapping[str, Any]) -> None:
    """Copy no more."""
    if leg.forked is None:
        raise Refused("90031")
    unfork(leg)


def unfork(leg: CallLeg) -> None:
    """The fork ends, if there is one."""
    if leg.forked is not None:
        kind, leg.forked = leg.forked, None
        leg.tell("call.fork.stopped", stream_type=kind)


def siprec_start(leg: CallLeg, given: Mapping[str, Any]) -> None:
    """Have the call recorded by a server of the customer's, by the name of its connector."""
    name = given.get("connector_name")
    if name not in leg.plant.account.terms.siprec_connectors:
        leg.tell("siprec.failed", failure_cause=f"no connector {name}")
        return
    leg.siprec = True
    leg.on_end.append(lambda: end_siprec(leg))
    leg.tell("siprec.started")


def siprec_stop(leg: CallLeg, given: Mapping[str, Any]) -> None:
    """Have it recorded no more. Harmless when it is not."""
    end_siprec(leg)


def end_siprec(leg: CallLeg) -> None:
    """The recording by SIPREC ends, if there is one."""
    if leg.siprec:
        leg.siprec = False
        leg.tell("siprec.stopped")


def send_sip_info(leg: CallLeg, given: Mapping[str, Any]) -> None:
    """Send a SIP INFO; the leg that it is bridged with tells that it came."""
    if leg.peer is not None and not leg.peer.over:
        leg.peer.tell("call.sip_info.received", content_type=given["content_type"], body=given["body"])


FIDELITY: Final = (
    ("call.fork.started and stopped, siprec.started, stopped and failed", "OpenAPI", "documented"),
    (
        "a fork ends the leg's media stream; without a fork to stop it is 90031",
        "OpenAPI; API error codes",
        "documented",
    ),
    ("a second fork, or a media stream beside one, is 90045", "one stream or fork per call; code assumed", "assumed"),
    ("no RTP is sent to a fork, none to a SIPREC server", "our limit", "assumed"),
    ("SIP INFO is told by the leg that it is bridged with, and lost without one", "OpenAPI", "assumed"),
    ("forks and SIPREC end with the call, and tell so before its end", "no source", "assumed"),
)
