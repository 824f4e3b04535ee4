"""How calls end, in Plivo's words: status, code, name, source, and the raw cause. A table, and what maps onto it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import IntEnum
from typing import Final

from voicecall_sim.telephony.signals import Cause

NAMES: Final[Mapping[int, str]] = {
    0: "Unknown",
    1000: "Cancelled",
    1010: "Cancelled (Out Of Credits)",
    1020: "Cancelled (Simultaneous dial limit reached)",
    2000: "Invalid Destination Address",
    2010: "Destination Out Of Service",
    3000: "No Answer",
    3010: "Busy Line",
    3020: "Rejected",
    3050: "Unallocated Number",
    3080: "Carrier Internal Error",
    4000: "Normal Hangup",
    4010: "End Of XML Instructions",
    5000: "Network Error",
    5010: "Internal Error",
    5030: "Concurrency Limit Breached",
    6000: "Scheduled Hangup",
    6010: "Ring Timeout Reached",
    7011: "Error Reaching Answer URL",
    7012: "Error Reaching Action URL",
    7013: "Error Reaching Transfer URL",
    7014: "Error Reaching Redirect URL",
    7022: "Invalid Action URL",
    7023: "Invalid Transfer URL",
    7024: "Invalid Redirect URL",
    7032: "Invalid Method For Action URL",
    7033: "Invalid Method For Transfer URL",
    7034: "Invalid Method For Redirect URL",
    8011: "Invalid Answer XML",
    8012: "Invalid Action XML",
    8013: "Invalid Transfer XML",
    8014: "Invalid Redirect XML",
    9000: "Lost Race",
    9100: "Machine Detected",
    9110: "Confirm Key Challenge Failed",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """`HangupCauseCode` with what goes with it. `status` is the call's last one unless it was answered."""

    code: int
    source: str
    raw: str = "NORMAL_CLEARING"
    status: str = "completed"

    @property
    def name(self) -> str:
        """`HangupCauseName`."""
        return NAMES[self.code]

    def when(self, answered: bool) -> Ending:
        """As it is told of a call that was answered, or was not."""
        return replace(self, status="completed") if answered else self


NORMAL_BY_CALLER: Final = Ending(code=4000, source="Caller")
NORMAL_BY_CALLEE: Final = Ending(code=4000, source="Callee")
END_OF_XML: Final = Ending(code=4010, source="Plivo")
BY_API: Final = Ending(code=4000, source="API Request")
CANCELLED_BY_API: Final = Ending(code=1000, source="API Request", raw="ORIGINATOR_CANCEL", status="cancel")
ALL_BY_API: Final = Ending(code=0, source="Unknown", status="cancel")
BY_XML: Final = Ending(code=4000, source="Answer XML", status="cancel")
REJECTED_BY_XML: Final = Ending(code=3020, source="Answer XML", raw="CALL_REJECTED", status="failed")
BUSY_BY_XML: Final = Ending(code=3010, source="Answer XML", raw="USER_BUSY", status="busy")
SCHEDULED: Final = Ending(code=6000, source="Plivo", raw="ALLOTTED_TIMEOUT")
RING_TIMEOUT: Final = Ending(code=6010, source="Plivo", raw="NO_ANSWER", status="timeout")
CALLER_GAVE_UP: Final = Ending(code=1000, source="Caller", raw="ORIGINATOR_CANCEL", status="cancel")
LOST_RACE: Final = Ending(code=9000, source="Plivo", raw="LOSE_RACE", status="cancel")
UNCONFIRMED: Final = Ending(code=9110, source="Plivo", status="cancel")
MACHINE: Final = Ending(code=9100, source="Plivo")
TOO_MANY_CALLS: Final = Ending(code=5030, source="Plivo", raw="CALL_REJECTED", status="failed")
OUT_OF_SERVICE: Final = Ending(code=5010, source="Plivo", raw="NETWORK_OUT_OF_ORDER", status="failed")

UNANSWERED: Final[Mapping[Cause, Ending]] = {
    Cause.NORMAL: Ending(code=3000, source="Carrier", raw="NO_ANSWER", status="no-answer"),
    Cause.BUSY: Ending(code=3010, source="Carrier", raw="USER_BUSY", status="busy"),
    Cause.REJECTED: Ending(code=3020, source="Carrier", raw="CALL_REJECTED", status="failed"),
    Cause.NO_ANSWER: Ending(code=3000, source="Carrier", raw="NO_ANSWER", status="no-answer"),
    Cause.CANCELED: CANCELLED_BY_API,
    Cause.UNREACHABLE: Ending(code=2010, source="Carrier", raw="DESTINATION_OUT_OF_ORDER", status="failed"),
    Cause.UNASSIGNED: Ending(code=3050, source="Carrier", raw="UNALLOCATED_NUMBER", status="failed"),
    Cause.FAILED: Ending(code=5000, source="Carrier", raw="NETWORK_OUT_OF_ORDER", status="failed"),
}
"""How an outbound call that nobody answered ended, by the network's cause."""


def ending(*, inbound: bool, answered: bool, cause: Cause) -> Ending:
    """How a call ended that the emulator itself did not end: by the other party, or by the network."""
    if answered and cause is Cause.NORMAL:
        return NORMAL_BY_CALLER if inbound else NORMAL_BY_CALLEE
    if answered:
        return Ending(code=5000, source="Carrier", raw="NETWORK_OUT_OF_ORDER")
    return CALLER_GAVE_UP if inbound else UNANSWERED[cause]


class Fault(IntEnum):
    """What is wrong with a URL or its document; the code of an answer URL."""

    HTTP = 7011
    URL = 7021
    METHOD = 7031
    XML = 8011


def unreachable(where: str, fault: Fault) -> Ending:
    """What an `answer`, `action`, `transfer` or `redirect` URL that fails does to the call."""
    return Ending(code=fault + WHERE.index(where), source="Error", status="failed")


WHERE: Final = ("answer", "action", "transfer", "redirect")

FIDELITY: Final = (
    ("codes and names of hang-up causes", "docs voice/troubleshooting/hangup-causes", "documented"),
    ("names of 3080 and of 7011 to 8014 in full", "the table gives numbers and prose", "assumed"),
    ("busy 3010, Busy Line, Carrier, USER_BUSY; 4010 by Plivo", "captured hang-up callbacks", "captured"),
    ("reject and busy in <Hangup> are 3020 and 3010, Answer XML", "captured hang-up callbacks", "captured"),
    ("a rejected call is failed", "docs say so; busy was seen", "assumed"),
    ("ring_timeout is 6010 with status timeout; the network's no answer is 3000, no-answer", "call-status", "assumed"),
    ("hanging up by REST is 4000 API Request, 1000 before the answer", "hangup-causes", "assumed"),
    ("hanging up all calls at once is code 0, Unknown", "reported oddity of DELETE Call/", "reported"),
    ("an inbound caller who gives up is 1000, cancel", "hangup-causes, meaning of the words", "assumed"),
    ("a plain <Hangup/> is 4000 Answer XML; unanswered with status cancel", "no capture", "assumed"),
)
