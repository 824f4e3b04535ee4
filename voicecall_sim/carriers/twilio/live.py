"""A call that is not over: its resource, its leg, its callbacks, and what is being performed on it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Final

from voicecall_sim.carriers.control import Control
from voicecall_sim.carriers.twilio.account import Callback, CallResource
from voicecall_sim.carriers.twilio.callbacks import StatusCallbacks
from voicecall_sim.carriers.twilio.cookies import CookieJar
from voicecall_sim.carriers.twilio.debugger import Notice
from voicecall_sim.carriers.twilio.parameters import INITIATED, ending, identity, signed_by_us, with_status
from voicecall_sim.carriers.twilio.plant import Plant, whole_seconds
from voicecall_sim.carriers.twilio.states import CallStatus, advance
from voicecall_sim.carriers.twilio.steps import Finish, Step
from voicecall_sim.carriers.twilio.webhooks import Errand
from voicecall_sim.telephony.line import End
from voicecall_sim.telephony.network import Call
from voicecall_sim.telephony.signals import Cause, Gone, PickedUp, Rang, Signal
from voicecall_sim.world.clock import SECOND, Micros

if TYPE_CHECKING:
    from voicecall_sim.carriers.twilio.recordings import Recorder
    from voicecall_sim.carriers.twilio.stream import Stream

UNANSWERED: Final[Mapping[tuple[bool, Cause], CallStatus]] = {
    (False, Cause.NORMAL): CallStatus.NO_ANSWER,
    (False, Cause.BUSY): CallStatus.BUSY,
    (False, Cause.REJECTED): CallStatus.BUSY,
    (False, Cause.NO_ANSWER): CallStatus.NO_ANSWER,
    (False, Cause.CANCELED): CallStatus.CANCELED,
    (False, Cause.UNREACHABLE): CallStatus.FAILED,
    (False, Cause.UNASSIGNED): CallStatus.FAILED,
    (False, Cause.FAILED): CallStatus.FAILED,
    (True, Cause.NORMAL): CallStatus.NO_ANSWER,
    (True, Cause.BUSY): CallStatus.BUSY,
    (True, Cause.REJECTED): CallStatus.NO_ANSWER,
    (True, Cause.NO_ANSWER): CallStatus.NO_ANSWER,
    # the caller gave up; cancelled by REST it is told apart by `Finish.status`
    (True, Cause.CANCELED): CallStatus.NO_ANSWER,
    (True, Cause.UNREACHABLE): CallStatus.FAILED,
    (True, Cause.UNASSIGNED): CallStatus.FAILED,
    (True, Cause.FAILED): CallStatus.FAILED,
}
"""How a call that nobody answered ended, by whether it is inbound and by the network's cause."""

CALL_ENDED: Final = "call ended"
"""Why its streams end."""


class LiveCall:
    """One call from its beginning to its end. Everything that changes its resource is here."""

    def __init__(
        self,
        plant: Plant,
        resource: CallResource,
        registered: Call,
        *,
        callback: Callback | None = None,
        events: tuple[str, ...] = ("completed",),
        fallback: Callback | None = None,
        time_limit: int | None = None,
        extra: Mapping[str, str] | None = None,
    ) -> None:
        self.plant = plant
        self.resource = resource
        self.registered = registered
        self.fallback = fallback
        self.time_limit = time_limit
        self.control: Control[Step] = Control()
        self.jar = CookieJar()
        self.inbound = resource.direction == "inbound"
        self.base = {**identity(resource), **(extra or {})}
        self.callbacks = StatusCallbacks(
            plant, self.base, self.jar, callback=callback, events=events, only_end=self.inbound
        )
        self.last_words: dict[str, str] = {}
        """What the `completed` callback tells besides."""
        self.answered_at: Micros | None = None
        self.performing = False
        """Whether a document is being performed on it."""
        self.whispering = False
        """Whether that document is one that the called party hears alone, before the bridge."""
        self.leave: Callable[[], None] = lambda: None
        """Takes it away from the Dial that it belongs to."""
        self.recorders: dict[str, Recorder] = {}
        """What records it, or did."""
        self.streams: dict[str, Stream] = {}
        """Its media streams that are not over, by identifier."""
        self.on_answer: Callable[[], None] = lambda: None
        self.on_end: list[Callable[[], None]] = []
        self._end: End | None = None
        self._begun = False
        self._finish: Finish | None = None
        self._limit: asyncio.TimerHandle | None = None
        plant.post.numbers[resource.sid] = registered.number
        plant.account.calls[resource.sid] = resource
        plant.live[resource.sid] = self

    @property
    def sid(self) -> str:
        """Its identifier."""
        return self.resource.sid

    @property
    def over(self) -> bool:
        """Whether it has ended."""
        return self.resource.status.over

    @property
    def answered(self) -> bool:
        """Whether it has been answered."""
        return self.answered_at is not None

    @property
    def end(self) -> End:
        """Our end of its leg. `RuntimeError` before it was dialled."""
        if self._end is None:
            raise RuntimeError(f"call {self.sid} has not been dialled yet")
        return self._end

    # --- what happens to it ---

    def initiate(self) -> None:
        """It is being dialled."""
        self._begin()
        self.callbacks.tell(INITIATED, {})

    def join(self, end: End) -> None:
        """It has a leg now; this is our end."""
        self._end = end
        end.listen(self._hear)
        self._begin()

    def answer(self) -> None:
        """Answer an inbound call. Harmless when it is answered; a call that is over stays so."""
        if not self.answered and not self.over:
            self.end.answer()
            self._picked_up()

    def hang_up(self, finish: Finish) -> None:
        """End it. Harmless when it is over."""
        if self.over:
            return
        self._finish = finish
        if self._end is None:
            if self.resource.parent_call_sid is None:
                self.registered.end(finish.cause, finish.by)
            self._over(Gone(finish.cause, finish.by))
        else:
            self._end.hang_up(finish.cause, finish.by)

    def limit(self, longest: int) -> None:
        """Let it last at most so many seconds, counted from the answer."""
        self.time_limit = longest
        if self.answered_at is not None:
            self._arm(self.answered_at + longest * SECOND - self.plant.now())

    def warn(self, notice: Notice) -> None:
        """Tell the debugger."""
        self.plant.debugger.note(notice, self.registered.number)

    def errand(self, kind: str, event: str, callback: Callback, params: Mapping[str, str]) -> Errand:
        """A webhook of this call with its base set at this moment."""
        return Errand(
            kind=kind,
            event=event,
            call_sid=self.sid,
            callback=callback,
            params={**with_status(self.base, self.resource.status), **params},
            jar=self.jar,
        )

    def bare_errand(self, kind: str, event: str, callback: Callback, params: Mapping[str, str]) -> Errand:
        """A webhook that names the call and nothing else of it."""
        named = {"AccountSid": self.resource.account_sid, "CallSid": self.sid, **params}
        return Errand(kind=kind, event=event, call_sid=self.sid, callback=callback, params=named, jar=self.jar)

    def media_errand(self, event: str, callback: Callback, limit: int) -> Errand:
        """A request for a file."""
        return Errand(
            kind="media", event=event, call_sid=self.sid, callback=callback, params={}, jar=self.jar, limit=limit
        )

    # --- its life ---

    def _begin(self) -> None:
        self._begun = True
        if self.resource.start_time is None:
            self.resource.start_time = self.plant.surroundings.clock.wall()

    def _hear(self, signal: Signal) -> None:
        match signal:
            case Rang():
                self._become(CallStatus.RINGING)
            case PickedUp():
                self._picked_up()
                self.on_answer()
            case Gone():
                self._over(signal)
            case _:
                pass

    def _picked_up(self) -> None:
        self.answered_at = self.plant.now()
        self._become(CallStatus.IN_PROGRESS)
        if self.time_limit is not None:
            self._arm(self.time_limit * SECOND)

    def _become(self, status: CallStatus) -> None:
        if self.resource.status is not status:
            self._enter(status)
        self.callbacks.tell(status, signed_by_us(self.resource))

    def _enter(self, status: CallStatus) -> None:
        self.resource.status = advance(self.resource.status, status)
        self.resource.date_updated = self.plant.surroundings.clock.wall()

    def _over(self, gone: Gone) -> None:
        resource = self.resource
        self._enter(self._verdict(gone))
        resource.end_time = resource.date_updated
        resource.duration = 0 if self.answered_at is None else whole_seconds(self.plant.now() - self.answered_at)
        if self._limit is not None:
            self._limit.cancel()
        del self.plant.live[self.sid]
        self.control.hang_up()
        for stream in tuple(self.streams.values()):
            stream.stop(CALL_ENDED)
        for tell in self.on_end:
            tell()
        # a call that was still queued ends without a word (voice/api/call-resource)
        if self._begun:
            last = ending(resource.duration, gone.cause.sip, resource.answered_by)
            self.callbacks.tell(resource.status, last | signed_by_us(resource) | self.last_words)

    def _verdict(self, gone: Gone) -> CallStatus:
        if self.answered:
            return CallStatus.COMPLETED
        # who ended it first counts: our own wish may have come too late
        if self._finish is not None and self._finish.status is not None and gone.by == self._finish.by:
            return self._finish.status
        return UNANSWERED[self.inbound, gone.cause]

    def _arm(self, span: Micros) -> None:
        if self._limit is not None:
            self._limit.cancel()
        self._limit = self.plant.tasks.later(max(0, span), self.hang_up, Finish(by="carrier"))


FIDELITY: Final = (
    (
        "busy and rejected are busy; no answer is no-answer; the rest is failed",
        "call-resource; observed 486",
        "captured",
    ),
    ("an inbound call whose caller gives up unanswered is no-answer", "call-resource, meaning of the word", "assumed"),
    ("a call that ends while queued sends no callback", "voice/api/call-resource", "documented"),
    ("durations are rounded to the nearest second, from the answer on", "no source", "assumed"),
    ("TimeLimit counts from the answer", "voice/api/call-resource", "assumed"),
)
