"""Two calls that hear each other, until one of them leaves, the star is pressed, or time is up."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final

from voicecall_sim.carriers.plivo.elements import Dial
from voicecall_sim.carriers.plivo.endings import NORMAL_BY_CALLER, SCHEDULED
from voicecall_sim.carriers.plivo.live import LiveCall
from voicecall_sim.carriers.plivo.steps import Finish
from voicecall_sim.telephony.bridge import bridge
from voicecall_sim.telephony.signals import Pressed, Signal
from voicecall_sim.world.clock import SECOND

STAR: Final = "*"


class Union:
    """The bridge of a Dial. `over` is done when the called party is gone, or was taken elsewhere by REST.

    `matched` is told the digits that were looked for and which leg pressed them.
    """

    def __init__(self, caller: LiveCall, called: LiveCall, dial: Dial, matched: Callable[[str, str], None]) -> None:
        self.over: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.called = called
        self._caller = caller
        self._bridge = bridge(caller.end, called.end)
        finish = Finish(ending=SCHEDULED, by="carrier")
        self._limit = caller.plant.tasks.later(dial.time_limit * SECOND, called.hang_up, finish)
        self._stop = [
            caller.end.listen(Matching(dial.digits_match, lambda digits: matched(digits, "ALeg")).hear),
            called.end.listen(Matching(dial.digits_match_b, lambda digits: matched(digits, "BLeg")).hear),
            caller.end.listen(self._hear) if dial.hangup_on_star else lambda: None,
        ]
        called.on_end.append(self.part)
        caller.union = self

    def part(self) -> None:
        """They hear each other no more. Harmless when it is over."""
        self._bridge.stop()
        self._limit.cancel()
        for stop in self._stop:
            stop()
        self._caller.union = None
        if not self.over.done():
            self.over.set_result(None)

    def _hear(self, signal: Signal) -> None:
        if signal == Pressed(STAR):
            self.called.hang_up(Finish(ending=NORMAL_BY_CALLER, by=self._caller.end.peer.holder))


class Matching:
    """Looks for digits among the keys pressed."""

    def __init__(self, wanted: tuple[str, ...], found: Callable[[str], None]) -> None:
        self._wanted = wanted
        self._found = found
        self._pressed = ""

    def hear(self, signal: Signal) -> None:
        """A signal of the leg."""
        if not isinstance(signal, Pressed):
            return
        self._pressed += signal.key
        for wanted in self._wanted:
            if self._pressed.endswith(wanted):
                self._pressed = ""
                self._found(wanted)
                return


FIDELITY: Final = (
    ("hangupOnStar and timeLimit end the called leg, the document goes on", "docs voice/xml/dial", "documented"),
    ("digitsMatch is told with who pressed", "docs voice/xml/dial", "documented"),
)
