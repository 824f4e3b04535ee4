"""The life of a leg, as a table; and how a leg's end is told."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Final, NamedTuple

from voicecall_sim.telephony.signals import Cause


class LegState(StrEnum):
    """Where a leg stands; the words of `call.initiated` and of the documents."""

    PARKED = "parked"
    BRIDGING = "bridging"
    ANSWERED = "answered"
    ENDED = "hangup"


MOVES: Final[Mapping[LegState, frozenset[LegState]]] = {
    LegState.PARKED: frozenset({LegState.ANSWERED, LegState.ENDED}),
    LegState.BRIDGING: frozenset({LegState.ANSWERED, LegState.ENDED}),
    LegState.ANSWERED: frozenset({LegState.ENDED}),
    LegState.ENDED: frozenset(),
}


class HangUp(NamedTuple):
    """How the end of a leg is told: `hangup_cause`, and the SIP status as a text."""

    cause: str
    sip: str


ENDS: Final[Mapping[tuple[bool, Cause], HangUp]] = {
    (True, Cause.NORMAL): HangUp("normal_clearing", "200"),
    (True, Cause.BUSY): HangUp("normal_clearing", "200"),
    (True, Cause.REJECTED): HangUp("normal_clearing", "200"),
    (True, Cause.NO_ANSWER): HangUp("normal_clearing", "200"),
    (True, Cause.CANCELED): HangUp("normal_clearing", "200"),
    (True, Cause.UNREACHABLE): HangUp("unspecified", "480"),
    (True, Cause.UNASSIGNED): HangUp("unspecified", "404"),
    (True, Cause.FAILED): HangUp("unspecified", "503"),
    (False, Cause.NORMAL): HangUp("originator_cancel", "487"),
    (False, Cause.BUSY): HangUp("user_busy", "486"),
    (False, Cause.REJECTED): HangUp("call_rejected", "603"),
    (False, Cause.NO_ANSWER): HangUp("no_answer", "480"),
    (False, Cause.CANCELED): HangUp("originator_cancel", "487"),
    (False, Cause.UNREACHABLE): HangUp("unspecified", "480"),
    (False, Cause.UNASSIGNED): HangUp("not_found", "404"),
    (False, Cause.FAILED): HangUp("unspecified", "503"),
}
"""By whether it was answered, and by the network's cause."""

TIMED_OUT: Final = HangUp("timeout", "487")
UNANSWERED: Final = HangUp("no_answer", "487")
TOO_LONG: Final = HangUp("time_limit", "200")
BY_COMMAND: Final = HangUp("normal_clearing", "unspecified")
"""An inbound leg that the API hung up (observed traffic)."""

SOURCES: Final[Mapping[tuple[bool, bool], str]] = {
    # (outbound, by the application)
    (True, True): "caller",
    (True, False): "callee",
    (False, True): "callee",
    (False, False): "caller",
}
"""`hangup_source`: the caller is the originating side of that leg."""


def source(by: str, *, outbound: bool, app: str) -> str:
    """Who ended it; neither side if the network or the carrier did."""
    return "unknown" if by in {"network", "carrier"} else SOURCES[outbound, by == app]


FIDELITY: Final = (
    ("parked or bridging, answered, ended", "observed traffic; OpenAPI", "captured"),
    ("a caller who gives up is originator_cancel with 487", "observed traffic", "captured"),
    ("an inbound leg hung up by the API: hangup_source callee, SIP unspecified", "observed traffic", "captured"),
    ("busy 486, declined 603, unknown number 404, time limit, ring timeout", "OpenAPI enum", "assumed"),
    ("a ring timeout is timeout, or no_answer with retry_on_timeout false", "OpenAPI", "documented"),
    ("hangup_source unknown for time limits and the network", "no source", "assumed"),
)
