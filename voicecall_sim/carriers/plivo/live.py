"""A call that is not over: its record, its leg, its callbacks, and what is being performed on it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Final

from voicecall_sim.carriers.control import Control
from voicecall_sim.carriers.plivo import parameters
from voicecall_sim.carriers.plivo.account import Callback, CallRecord
from voicecall_sim.carriers.plivo.endings import SCHEDULED, Ending, ending
from voicecall_sim.carriers.plivo.plant import Plant
from voicecall_sim.carriers.plivo.steps import Finish, Step
from voicecall_sim.carriers.plivo.webhooks import Errand
from voicecall_sim.telephony.line import End
from voicecall_sim.telephony.network import Call
from voicecall_sim.telephony.signals import Gone, PickedUp, Rang, Signal
from voicecall_sim.world.clock import SECOND, Micros

if TYPE_CHECKING:
    from voicecall_sim.carriers.plivo.recordings import Recorder
    from voicecall_sim.carriers.plivo.stream import AudioStream
    from voicecall_sim.carriers.plivo.union import Union

CALL_ENDED: Final = "Call hangup"
"""Why its streams end."""


class LiveCall:
    """One call from its beginning to its end. Everything that changes its record is here.

    `registered` is the network's call; a leg of a Dial has its parent's and tells nobody anything by itself.
    """

    def __init__(
        self,
        plant: Plant,
        record: CallRecord,
        registered: Call,
        *,
        ring: Callback | None = None,
        hangup: Callback | None = None,
        time_limit: int | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        self.plant = plant
        self.record = record
        self.registered = registered
        self.headers = headers or {}
        self.time_limit = time_limit
        self.control: Control[Step] = Control()
        self.inbound = record.direction == "inbound"
        self.answered_at: Micros | None = None
        self.performing = False
        """Whether a document is being performed on it."""
        self.union: Union | None = None
        """The bridge of the Dial that it made, while it stands."""
        self.leave: Callable[[], None] = lambda: None
        """Takes it away from the Dial that it belongs to."""
        self.recorders: dict[str, Recorder] = {}
        """What records it, or did."""
        self.streams: dict[str, AudioStream] = {}
        """Its audio streams that are not over, by identifier: one at most."""
        self.sounds: dict[str, asyncio.Task[None]] = {}
        """What REST has it play, by `Speak` and `Play`."""
        self.on_ring: Callable[[], None] = lambda: None
        self.on_answer: Callable[[], None] = lambda: None
        self.on_end: list[Callable[[], None]] = []
        self.on_bridge: list[Callable[[], object]] = []
        """What waits for a Dial of it to be answered; done once."""
        self._ring = ring
        self._hangup = hangup
        self._end: End | None = None
        self._finish: Finish | None = None
        self._limits: list[asyncio.TimerHandle] = []
        plant.post.numbers[record.uuid] = registered.number
        plant.account.calls[record.uuid] = record
        plant.live[record.uuid] = self

    @property
    def uuid(self) -> str:
        """Its identifier."""
        return self.record.uuid

    @property
    def over(self) -> bool:
        """Whether it has ended."""
        return self.record.ended is not None

    @property
    def answered(self) -> bool:
        """Whether it has been answered."""
        return self.answered_at is not None

    @property
    def is_child(self) -> bool:
        """Whether it is a leg of a Dial."""
        return self.registered.carrier_id != self.uuid

    @property
    def end(self) -> End:
        """Our end of its leg. `RuntimeError` before it was dialled."""
        if self._end is None:
            raise RuntimeError(f"call {self.uuid} has not been dialled yet")
        return self._end

    # --- what happens to it ---

    def join(self, end: End) -> None:
        """It has a leg now; this is our end."""
        self._end = end
        end.listen(self._hear)

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
            if not self.is_child:
                self.registered.end(finish.cause, finish.by)
            self._over(Gone(finish.cause, finish.by))
        else:
            self._end.hang_up(finish.cause, finish.by)

    def limit(self, span: Micros) -> None:
        """Hang it up when this much time has passed."""
        finish = Finish(ending=SCHEDULED, by="carrier")
        self._limits.append(self.plant.tasks.later(max(0, span), self.hang_up, finish))

    def note(self, code: int, message: str) -> None:
        """Tell the debug log."""
        self.plant.note(code, message, self.registered.number)

    # --- its errands ---

    def errand(self, kind: str, event: str, callback: Callback, params: Mapping[str, str]) -> Errand:
        """A webhook of this call with the standard parameters of this moment."""
        account = self.plant.account
        told = {**parameters.standard(account, self.record, EVENTS.get(event, "Redirect"), self.headers), **params}
        return Errand(kind=kind, event=event, call_uuid=self.uuid, callback=callback, params=told)

    def bare_errand(self, kind: str, event: str, callback: Callback, params: Mapping[str, str]) -> Errand:
        """A webhook that names the call and nothing else of it."""
        told = {"CallUUID": self.uuid, **params}
        return Errand(kind=kind, event=event, call_uuid=self.uuid, callback=callback, params=told)

    # --- its life ---

    def _hear(self, signal: Signal) -> None:
        match signal:
            case Rang():
                self._rang()
            case PickedUp():
                self._picked_up()
                self.on_answer()
            case Gone():
                self._over(signal)
            case _:
                pass

    def _rang(self) -> None:
        if self.record.session is not None:
            return
        self.record.status = "ringing"
        self.record.session = self._wall()
        if self._ring is not None:
            params = parameters.ring(self.plant.account, self.record)
            self.plant.tell(
                Errand(kind="status", event="Ring", call_uuid=self.uuid, callback=self._ring, params=params)
            )
        self.on_ring()

    def _picked_up(self) -> None:
        self.answered_at = self.plant.now()
        self.record.status = "in-progress"
        self.record.answered = self._wall()
        self.record.session = self.record.session or self.record.answered
        if self.time_limit is not None:
            self.limit(self.time_limit * SECOND)

    def _over(self, gone: Gone) -> None:
        record = self.record
        record.ending = self._ending(gone)
        record.status = record.ending.status
        record.ended = self._wall()
        if self.answered_at is not None:
            record.duration = -(-(self.plant.now() - self.answered_at) // SECOND)
        for timer in self._limits:
            timer.cancel()
        for sound in self.sounds.values():
            sound.cancel()
        del self.plant.live[self.uuid]
        self.control.hang_up()
        for stream in tuple(self.streams.values()):
            stream.stop(CALL_ENDED)
        for tell in self.on_end:
            tell()
        self._tell_end()

    def _ending(self, gone: Gone) -> Ending:
        # who ended it first counts: our own wish may have come too late
        finish = self._finish
        if finish is not None and (gone.by, gone.cause) == (finish.by, finish.cause):
            return finish.ending.when(self.answered)
        return ending(inbound=self.inbound, answered=self.answered, cause=gone.cause)

    def _tell_end(self) -> None:
        if self._hangup is None:
            return
        params = parameters.hangup(self.plant.account, self.record, self.headers)
        errand = Errand(kind="status", event="Hangup", call_uuid=self.uuid, callback=self._hangup, params=params)
        self.plant.tell(errand)

    def _wall(self) -> datetime:
        return self.plant.surroundings.clock.wall()


EVENTS: Final[Mapping[str, str]] = {
    "MachineDetection": "MachineDetection",
    "Dial callback": "DialEvent",
    "Conference callback": "ConferenceEvent",
}
"""`Event` of a webhook, by our word for it, where it is not Redirect."""

FIDELITY: Final = (
    ("a B leg has its own record and no webhooks", "docs voice/xml/dial", "documented"),
    ("a queued call that is cancelled is told as hung up", "no source", "assumed"),
    ("time_limit counts from the answer", "docs voice/api/call/make-a-call", "documented"),
)
