"""The switching side: takes calls on, and does what REST says with them."""

from __future__ import annotations

from collections import deque
from collections.abc import Coroutine, Sequence
from typing import Any, Final

from voicecall_sim.carriers.control import HungUp, Interrupted
from voicecall_sim.carriers.plivo import legs
from voicecall_sim.carriers.plivo.account import Callback, Order
from voicecall_sim.carriers.plivo.detection import DETECTED, may_go_on, tell_later
from voicecall_sim.carriers.plivo.documents import failed
from voicecall_sim.carriers.plivo.endings import ALL_BY_API, BY_API, CANCELLED_BY_API, OUT_OF_SERVICE, TOO_MANY_CALLS
from voicecall_sim.carriers.plivo.live import LiveCall
from voicecall_sim.carriers.plivo.perform_speech import press
from voicecall_sim.carriers.plivo.plant import Plant
from voicecall_sim.carriers.plivo.steps import Fetch, Finish, Step
from voicecall_sim.carriers.plivo.timing import DIAL_AFTER
from voicecall_sim.telephony.line import End
from voicecall_sim.telephony.signals import Cause
from voicecall_sim.world.clock import SECOND, Micros


class PlivoExchange:
    """Commands of REST, and `Subscriber` for the network."""

    def __init__(self, plant: Plant) -> None:
        self._plant = plant
        self._slots: deque[Micros] = deque()
        self._offers: deque[Micros] = deque()

    # --- for REST ---

    def place(self, orders: Sequence[Order]) -> tuple[list[LiveCall], bool]:
        """Take on calls, and whether any of them has to wait for its turn."""
        calls = [legs.outbound(self._plant, order) for order in orders]
        waits = [self._schedule(call, order) for call, order in zip(calls, orders, strict=True)]
        return calls, any(waits)

    def transfer(self, call: LiveCall, callback: Callback) -> None:
        """Perform the document of that URL from now on, on a call in progress."""
        step = Fetch(callback=callback, where="transfer", kind="voice", event="transfer")
        call.leave()
        if call.performing:
            call.control.redirect(step)
        else:
            self.start(call, self.perform(call, step))

    def hang_up(self, call: LiveCall) -> None:
        """Hang up one call whatever its state."""
        call.hang_up(Finish(ending=BY_API) if call.answered else CANCELLED)

    def hang_up_each(self) -> None:
        """Hang up all calls by one request."""
        for call in tuple(self._plant.live.values()):
            cause = Cause.NORMAL if call.answered else Cause.CANCELED
            call.hang_up(Finish(ending=ALL_BY_API, cause=cause))

    # --- for the account's numbers ---

    def connect(self, number: str) -> None:
        """The account has this number from now on. `ValueError` if somebody else has it."""
        self._plant.network.connect(number, legs.HOLDER, self)

    # --- for the network ---

    def offered(self, end: End) -> None:
        """Somebody calls one of the account's numbers."""
        if self._crowded():
            end.hang_up(Cause.BUSY, "carrier")
            return
        application = self._plant.account.application_of(end.number)
        call = legs.inbound(self._plant, end, application)
        if application is None or application.answer is None:
            call.hang_up(failed("answer"))
            return
        fetch = answer_fetch(application.answer, application.fallback)
        self.start(call, self.perform(call, fetch))

    def close_down(self) -> None:
        """The carrier goes out of service."""
        for call in tuple(self._plant.live.values()):
            cause = Cause.NORMAL if call.answered else Cause.FAILED
            call.hang_up(Finish(ending=OUT_OF_SERVICE, cause=cause, by="carrier"))

    # --- performances ---

    def start(self, call: LiveCall, work: Coroutine[Any, Any, None]) -> None:
        """Begin to perform on a call."""
        call.performing = True
        self._plant.performances.start(work)

    async def perform(self, call: LiveCall, step: Step) -> None:
        """Perform on a call until its end."""
        try:
            finish = await self._plant.perform(call, step)
        except HungUp:
            return
        finally:
            call.performing = False
        call.hang_up(finish)

    async def _converse(self, call: LiveCall, order: Order) -> None:
        """An outbound call, from its answer on."""
        step: Step = answer_fetch(order.answer, order.fallback)
        try:
            if not await screened(call, order):
                call.hang_up(DETECTED)
                return
        except Interrupted:
            if call.over:
                return
            step = call.control.take()
        await self.perform(call, step)

    # --- one by one ---

    def _schedule(self, call: LiveCall, order: Order) -> bool:
        call.on_answer = lambda: self.start(call, self._converse(call, order))
        now = self._plant.now()
        if self._full():
            timer = self._plant.tasks.later(DIAL_AFTER, call.hang_up, OVERFULL)
            call.on_end.append(timer.cancel)
            return False
        wait = self._slot(now) - now
        timer = self._plant.tasks.later(wait + DIAL_AFTER, legs.ring, call, order.ring_timeout * SECOND)
        call.on_end.append(timer.cancel)
        return wait > 0

    def _crowded(self) -> bool:
        """Whether too many calls come in this second."""
        now = self._plant.now()
        while self._offers and self._offers[0] + SECOND <= now:
            self._offers.popleft()
        if len(self._offers) >= self._plant.account.terms.inbound_cps:
            return True
        self._offers.append(now)
        return False

    def _full(self) -> bool:
        """Whether the newest call is one too many."""
        most = self._plant.account.terms.concurrency
        outbound = [call for call in self._plant.live.values() if not call.inbound and not call.is_child]
        return most is not None and len(outbound) > most

    def _slot(self, now: Micros) -> Micros:
        """When the next call may be dialled: so many in any second."""
        while self._slots and self._slots[0] + SECOND <= now:
            self._slots.popleft()
        cps = self._plant.account.terms.cps
        slot = now if len(self._slots) < cps else max(now, self._slots[-cps] + SECOND)
        self._slots.append(slot)
        return slot


async def screened(call: LiveCall, order: Order) -> bool:
    """What comes before the first document: digits, and what answered. Whether the call goes on."""
    await press(call, order.send_digits)
    if order.detection is None:
        return True
    if order.detection.callback is not None:
        tell_later(call, order.detection)
        return True
    return await may_go_on(call, order.detection)


def answer_fetch(callback: Callback, fallback: Callback | None) -> Fetch:
    """The first document of a call."""
    return Fetch(callback=callback, where="answer", kind="voice", event="StartApp", fallback=fallback)


OVERFULL: Final = Finish(ending=TOO_MANY_CALLS, cause=Cause.FAILED, by="carrier")
CANCELLED: Final = Finish(ending=CANCELLED_BY_API, cause=Cause.CANCELED)

FIDELITY: Final = (
    ("each destination of a bulk call is a call of its own", "docs voice/api/call/make-a-call", "documented"),
    ("calls over the limit a second are dialled in their turn", "docs voice/concepts/account-limits", "documented"),
    ("send_digits are pressed before the answer URL is requested", "no source", "assumed"),
    (
        "a transfer interrupts the element and drops the rest; failing it is 7013 or 8013",
        "docs voice/api/calls",
        "documented",
    ),
    ("a call to a number without an application ends as 7011", "no source", "assumed"),
)
