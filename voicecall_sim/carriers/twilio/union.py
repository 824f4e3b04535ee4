"""Two calls that hear each other, until one of them leaves, the star is pressed, or time is up."""

from __future__ import annotations

import asyncio
from typing import Final

from voicecall_sim.carriers.twilio.branches import Branch
from voicecall_sim.carriers.twilio.live import LiveCall
from voicecall_sim.carriers.twilio.steps import Finish
from voicecall_sim.carriers.twilio.verbs import Dial
from voicecall_sim.telephony.bridge import bridge
from voicecall_sim.telephony.signals import Pressed, Signal
from voicecall_sim.world.clock import SECOND

STAR: Final = "*"


class Union:
    """The bridge of a Dial. `over` is done when the called party is gone, or was taken elsewhere by REST."""

    def __init__(self, caller: LiveCall, branch: Branch, dial: Dial) -> None:
        self.over: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._caller = caller
        called = self._called = branch.call
        self._bridge = bridge(caller.end, called.end)
        self._limit = caller.plant.tasks.later(dial.time_limit * SECOND, self._hang_up, "carrier")
        self._stop = caller.end.listen(self._hear) if dial.hangup_on_star else lambda: None
        called.on_end.append(self.part)
        branch.on_taken = self.part

    def part(self) -> None:
        """They hear each other no more. Harmless when it is over."""
        self._bridge.stop()
        self._limit.cancel()
        self._stop()
        if not self.over.done():
            self.over.set_result(None)

    def _hear(self, signal: Signal) -> None:
        if signal == Pressed(STAR):
            self._hang_up(self._caller.end.peer.holder)

    def _hang_up(self, by: str) -> None:
        self._called.hang_up(Finish(by=by))


FIDELITY: Final = (
    ("keys and sounds go both ways", "voice/twiml/dial", "documented"),
    ("hangupOnStar and timeLimit end the called leg, the document goes on", "voice/twiml/dial", "documented"),
    ("a called leg that REST redirects leaves the bridge and goes on alone", "no source", "assumed"),
)
