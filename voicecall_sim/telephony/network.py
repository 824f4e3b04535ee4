"""The public telephone network: which number belongs to whom, and the register of calls.

A *call* is what a scenario speaks of: a connection between the application's number and somebody else, numbered when
a carrier accepts it. A leg is a piece of it that the network carries.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from enum import StrEnum
from typing import Final

from voicecall_sim.telephony.line import Leg, Subscriber
from voicecall_sim.telephony.signals import Cause, LegState
from voicecall_sim.world.surroundings import Surroundings


class CallState(StrEnum):
    """Where a call stands. It never goes back."""

    ACCEPTED = "accepted"
    RINGING = "ringing"
    ANSWERED = "answered"
    ENDED = "ended"


ORDER: Final = tuple(CallState)

CALL_STATES: Final[Mapping[LegState, CallState]] = {
    LegState.OFFERED: CallState.ACCEPTED,
    LegState.RINGING: CallState.RINGING,
    LegState.ANSWERED: CallState.ANSWERED,
    LegState.ENDED: CallState.ENDED,
}
"""What a leg's state means for the call that follows it."""


class Call:
    """One call of the application, as the network knows it, numbered from 1 in the order of acceptance.

    `carrier_id` is the carrier's name for it; `cause` and `by` say how it ended.
    """

    def __init__(
        self, surroundings: Surroundings, number: int, carrier: str, direction: str, from_: str, to: str
    ) -> None:
        self.number = number
        self.carrier = carrier
        self.direction = direction
        self.from_ = from_
        self.to = to
        self.carrier_id = ""
        self.state = CallState.ACCEPTED
        self.cause: Cause | None = None
        self.by: str | None = None
        self._journal = surroundings.journal
        self._write()

    def follow(self, leg: Leg) -> None:
        """Take this leg's life as the call's: its ringing, its answer, its end, those that have been included."""
        before, leg.call = leg.on_move, self

        def moved(leg: Leg) -> None:
            before(leg)
            self._take_over(leg)

        leg.on_move = moved
        self._take_over(leg)

    def end(self, cause: Cause, by: str) -> None:
        """The call is over. Only the first end counts."""
        if self.state != CallState.ENDED:
            self.cause, self.by = cause, by
            self._become(CallState.ENDED)

    def _take_over(self, leg: Leg) -> None:
        if leg.gone is not None:
            self.end(leg.gone.cause, leg.gone.by)
        else:
            self._become(CALL_STATES[leg.state])

    def _become(self, state: CallState) -> None:
        # a further leg (a transfer) rings while the call is answered
        if ORDER.index(state) > ORDER.index(self.state):
            self.state = state
            self._write()

    def _write(self) -> None:
        data: dict[str, object] = {
            "call": self.number,
            "state": self.state.value,
            "direction": self.direction,
            "from": self.from_,
            "to": self.to,
        }
        if self.cause is not None:
            data |= {"cause": self.cause.value, "by": self.by}
        self._journal.write(self.carrier, "call", data)


class PhoneNetwork:
    """Numbers, legs and calls of one world. `watchers` are told of each leg in the instant of dialling."""

    def __init__(self, surroundings: Surroundings) -> None:
        self.surroundings = surroundings
        self.calls: list[Call] = []
        self.legs: list[Leg] = []
        self.watchers: list[Callable[[Leg], None]] = []
        self._subscribers: dict[str, tuple[str, Subscriber]] = {}

    def connect(self, number: str, holder: str, subscriber: Subscriber) -> None:
        """Give a number (E.164) to a subscriber; `holder` is the name used in the journal and in `by`.

        Raises `ValueError` if it is somebody's already.
        """
        if number in self._subscribers:
            raise ValueError(f"{number} belongs to {self._subscribers[number][0]} already")
        self._subscribers[number] = (holder, subscriber)

    def disconnect(self, number: str) -> None:
        """Take a number out of service. Raises `ValueError` if nobody has it."""
        if number not in self._subscribers:
            raise ValueError(f"nobody has the number {number}")
        del self._subscribers[number]

    def assigned(self, number: str) -> bool:
        """Whether somebody has this number."""
        return number in self._subscribers

    def accept(self, carrier: str, direction: str, from_: str, to: str) -> Call:
        """Register a call that a carrier took on, outbound or inbound."""
        call = Call(self.surroundings, len(self.calls) + 1, carrier, direction, from_, to)
        self.calls.append(call)
        return call

    def dial(self, from_: str, to: str, *, holder: str, shown: str | None = None, call: Call | None = None) -> Leg:
        """Offer a call to the holder of `to`. `holder` names who dials; `shown` is the caller id presented if it is not
        `from_`. With `call` the leg's life becomes the call's.

        The called subscriber is offered its end in this instant but after this returned, so that the dialler can
        listen first. A number that nobody has ends the leg likewise, with `Cause.UNASSIGNED`.
        """
        called_holder, subscriber = self._subscribers.get(to, ("network", None))
        leg = Leg(
            self.surroundings, len(self.legs) + 1, (from_ if shown is None else shown, holder), (to, called_holder)
        )
        self.legs.append(leg)
        for watcher in self.watchers:
            watcher(leg)
        if call is not None:
            call.follow(leg)
        offer_soon(leg, subscriber)
        return leg

    def live_legs(self) -> Sequence[Leg]:
        """The legs that are not over."""
        return [leg for leg in self.legs if leg.state is not LegState.ENDED]


def offer_soon(leg: Leg, subscriber: Subscriber | None) -> None:
    """Offer the leg at this instant, but after the dialler could begin to listen."""
    loop = asyncio.get_running_loop()
    if subscriber is None:
        loop.call_soon(leg.end, Cause.UNASSIGNED, "network")
    else:
        loop.call_soon(offer, leg, subscriber)


def offer(leg: Leg, subscriber: Subscriber) -> None:
    """Hand the called end over, unless the caller has given up in the meantime."""
    if leg.state is not LegState.ENDED:
        subscriber.offered(leg.called)
