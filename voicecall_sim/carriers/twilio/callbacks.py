"""Status callbacks: which event of a call is told, under which number, with what."""

from __future__ import annotations

from typing import Final

from voicecall_sim.carriers.twilio.account import Callback
from voicecall_sim.carriers.twilio.cookies import CookieJar
from voicecall_sim.carriers.twilio.parameters import INITIATED, Params, progress
from voicecall_sim.carriers.twilio.plant import Plant
from voicecall_sim.carriers.twilio.states import CallStatus
from voicecall_sim.carriers.twilio.webhooks import Errand

EVENTS: Final = {
    INITIATED: INITIATED,
    CallStatus.RINGING: "ringing",
    CallStatus.IN_PROGRESS: "answered",
}
"""The event that a status belongs to; every other status is `completed`."""


class StatusCallbacks:
    """The status callbacks of one call. Every event takes a number, whether somebody wants it told or not.

    With `only_end` (inbound calls) the end is the only event there is.
    """

    def __init__(
        self,
        plant: Plant,
        base: Params,
        jar: CookieJar,
        *,
        callback: Callback | None,
        events: tuple[str, ...],
        only_end: bool = False,
    ) -> None:
        self.callback = callback
        self._plant = plant
        self._base = base
        self._jar = jar
        self._events = events
        self._only_end = only_end
        self._sequence = 0

    def tell(self, status: CallStatus | str, extra: Params) -> None:
        """Something happened in the call; tell it if it is wanted."""
        event = EVENTS.get(status, "completed")
        if self._only_end and event != "completed":
            return
        sequence, self._sequence = self._sequence, self._sequence + 1
        if self.callback is None or event not in self._events:
            return
        wall = self._plant.surroundings.clock.wall()
        self._plant.tell(
            Errand(
                kind="status",
                event=event,
                call_sid=self._base["CallSid"],
                callback=self.callback,
                params={**self._base, **progress(status, sequence, wall), **extra},
                jar=self._jar,
            )
        )


FIDELITY: Final = (
    ("the sequence counts all four events, subscribed or not", "observed traffic", "captured"),
    ("a number's status callback is told once, at the end, with number 0", "voice/api/incomingphonenumbers", "assumed"),
    ("callbacks are never control flow; 4xx and 5xx are a 15003", "error dictionary 15003", "documented"),
)
