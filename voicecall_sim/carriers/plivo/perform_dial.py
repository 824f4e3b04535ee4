"""Dial: others rung at once, the first to answer bridged to the call, and what is told meanwhile and afterwards."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Final

from voicecall_sim.carriers.control import Interrupted
from voicecall_sim.carriers.plivo import legs
from voicecall_sim.carriers.plivo.account import Callback
from voicecall_sim.carriers.plivo.confirming import confirmed
from voicecall_sim.carriers.plivo.elements import Dial, Dialled
from voicecall_sim.carriers.plivo.endings import CALLER_GAVE_UP, LOST_RACE, NORMAL_BY_CALLER, RING_TIMEOUT, UNCONFIRMED
from voicecall_sim.carriers.plivo.live import LiveCall
from voicecall_sim.carriers.plivo.numbering import address
from voicecall_sim.carriers.plivo.parameters import bare
from voicecall_sim.carriers.plivo.perform_speech import press_along
from voicecall_sim.carriers.plivo.results import act
from voicecall_sim.carriers.plivo.room_sounds import entertain
from voicecall_sim.carriers.plivo.steps import Finish, Step
from voicecall_sim.carriers.plivo.union import Union
from voicecall_sim.telephony.signals import Cause
from voicecall_sim.world.clock import SECOND

LONGEST_RING: Final = 120


async def perform_dial(call: LiveCall, dial: Dial) -> Step | None:
    """Connect the call with others. Raises `Interrupted`."""
    dialling = Dialling(call, dial)
    try:
        await dialling.connect()
    except Interrupted:
        dialling.drop()
        if call.over and dial.action:
            target = Callback(url=dial.action, method=dial.method)
            call.plant.tell(call.errand("action", "Dial", target, dialling.parameters()))
        raise
    finally:
        dialling.drop()
    return await act(call, "Dial", dial.action, dial.method, dialling.parameters(), redirect=dial.redirect)


class Dialling:
    """One Dial being performed."""

    def __init__(self, call: LiveCall, dial: Dial) -> None:
        self._call = call
        self._dial = dial
        self._legs: list[LiveCall] = []
        self._winner: LiveCall | None = None
        self._union: Union | None = None
        self._first: asyncio.Future[LiveCall | None] = asyncio.get_running_loop().create_future()

    async def connect(self) -> None:
        """Dial, bridge, and wait for the end of it. Raises `Interrupted`."""
        for dialled in self._dial.dialled:
            self._ring(dialled)
        if not self._legs:
            return
        entertain(self._call, self._dial.music, self._first, "dialMusic")
        winner = await self._call.control.wait(self._first)
        if winner is None:
            return
        self._winner = winner
        if not await confirmed(self._call, winner, self._dial):
            winner.hang_up(Finish(ending=UNCONFIRMED, by="carrier"))
            return
        await self._bridge(winner)

    def drop(self) -> None:
        """Nothing of it goes on. Harmless when it is over."""
        gone = self._call.end.leg.gone
        by = "app" if gone is None else gone.by
        if self._union is not None:
            self._union.part()
        for leg in self._legs:
            if leg.leave is not stay:
                answered = leg.answered
                ending = NORMAL_BY_CALLER if answered else CALLER_GAVE_UP
                leg.hang_up(Finish(ending=ending, cause=Cause.NORMAL if answered else Cause.CANCELED, by=by))

    def parameters(self) -> dict[str, str]:
        """What the action is told."""
        leg = self._winner or (self._legs[-1] if self._legs else None)
        answered = self._winner is not None
        return {
            "DialStatus": "failed" if leg is None else status_of(leg),
            "DialRingStatus": str(any(one.record.session is not None for one in self._legs)).lower(),
            "DialHangupCause": "" if leg is None or leg.record.ending is None else leg.record.ending.raw,
            "DialALegUUID": self._call.uuid,
            "DialBLegUUID": leg.uuid if leg is not None and answered else "",
        }

    # --- ringing ---

    def _ring(self, dialled: Dialled) -> None:
        number = address(dialled.address)
        if number is None:
            self._call.note(0, f"<Dial>: {dialled.address!r} cannot be dialled")
            return
        leg = legs.child(self._call, number, self._dial.caller_id or self._call.record.from_)
        self._legs.append(leg)
        leg.leave = lambda: self._take(leg)
        leg.on_answer = lambda: self._answered(leg, dialled)
        leg.on_end.append(lambda: self._over(leg))
        timeout = self._dial.timeout or LONGEST_RING
        legs.ring(leg, timeout * SECOND)

    def _answered(self, leg: LiveCall, dialled: Dialled) -> None:
        if self._first.done():
            return
        self._first.set_result(leg)
        self._tell(leg, "answer")
        if dialled.send_digits:
            self._call.plant.tasks.start(press_along(leg, dialled.send_digits))
        for other in self._legs:
            if other is not leg:
                other.hang_up(Finish(ending=LOST_RACE, cause=Cause.CANCELED, by="carrier"))

    def _over(self, leg: LiveCall) -> None:
        self._tell(leg, "hangup")
        if all(one.over for one in self._legs) and not self._first.done():
            self._first.set_result(None)

    def _take(self, leg: LiveCall) -> None:
        """REST sends it elsewhere: it goes its own way."""
        leg.leave = stay
        if self._union is not None:
            self._union.part()

    # --- talking ---

    async def _bridge(self, winner: LiveCall) -> None:
        self._call.control.check()
        self._call.answer()
        if winner.over:
            return
        self._union = Union(self._call, winner, self._dial, self._matched)
        waiting, self._call.on_bridge = self._call.on_bridge, []
        for begin in waiting:
            begin()
        self._tell(winner, "connected")
        await self._call.control.wait(self._union.over)

    def _matched(self, digits: str, who: str) -> None:
        if self._winner is not None:
            self._tell(self._winner, "digits", {"DialDigitsMatch": digits, "DialDigitsPressedBy": who})

    def _tell(self, leg: LiveCall, action: str, more: Mapping[str, str] | None = None) -> None:
        if self._dial.callback is None:
            return
        record = leg.record
        params = {
            "DialAction": action,
            "DialBLegStatus": action,
            "DialALegUUID": self._call.uuid,
            "DialBLegUUID": leg.uuid,
            "DialBLegFrom": bare(record.from_),
            "DialBLegTo": record.to,
            "STIRVerification": "Not Applicable",
            **ended(leg),
            **(more or {}),
        }
        callback = Callback(url=self._dial.callback, method=self._dial.callback_method)
        self._call.plant.tell(self._call.bare_errand("status", f"Dial {action}", callback, params))


def stay() -> None:
    """A leg that goes its own way has nothing to leave."""


def status_of(leg: LiveCall) -> str:
    """`DialStatus`: an answered leg is completed, whether it is over or goes on by itself."""
    if leg.answered:
        return "completed"
    if leg.record.ending is not None and leg.record.ending.code == RING_TIMEOUT.code:
        return "timeout"
    return leg.record.status


def ended(leg: LiveCall) -> dict[str, str]:
    """What is told of a leg that is over."""
    ending = leg.record.ending
    if ending is None:
        return {}
    return {
        "DialBLegDuration": str(leg.record.duration),
        "DialBLegBillDuration": str(leg.record.billed),
        "DialBLegHangupCause": ending.raw,
        "DialBLegHangupCauseName": ending.name,
        "DialBLegHangupCauseCode": str(ending.code),
        "DialBLegHangupSource": ending.source,
    }


FIDELITY: Final = (
    ("all ring at once, the first answer wins, the others end as 9000", "docs voice/xml/dial", "documented"),
    ("DialStatus, DialRingStatus, DialHangupCause, DialALegUUID, DialBLegUUID", "docs voice/xml/dial", "documented"),
    ("callbackUrl is told answer, connected, digits, hangup", "docs voice/xml/dial", "documented"),
    (
        "dialMusic: a URL whose document is played to the caller till somebody answers",
        "docs voice/xml/dial",
        "documented",
    ),
    ("dialMusic real and none are silence: nobody hears a ringing tone here", "our choice", "assumed"),
    ("DialBLegStatus has the same words as DialAction", "plivoframework", "reimplemented"),
    ("without timeout a leg rings for 120 s", "make-a-call's ring_timeout", "assumed"),
    ("the caller's hang-up is told to the action", "no source", "assumed"),
    ("a transferred B leg leaves the bridge; the A leg goes on after its Dial", "inferred", "assumed"),
)
