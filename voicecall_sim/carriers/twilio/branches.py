"""One number of a Dial: its leg from the first ringing to being ready for the bridge."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from voicecall_sim.carriers.control import HungUp, Interrupted
from voicecall_sim.carriers.twilio import amd, legs
from voicecall_sim.carriers.twilio.account import Callback, Detection
from voicecall_sim.carriers.twilio.live import LiveCall
from voicecall_sim.carriers.twilio.perform_speech import press
from voicecall_sim.carriers.twilio.steps import Fetch, Finish
from voicecall_sim.carriers.twilio.verbs import Number
from voicecall_sim.telephony.signals import Cause
from voicecall_sim.world.clock import Micros


@dataclass(frozen=True, slots=True)
class Dialled:
    """A number that can be dialled: in E.164, with its URLs resolved."""

    number: Number
    to: str
    whisper: Callback | None
    callback: Callback | None
    detection: Detection | None


class Branch:
    """A leg being built. `answered` and `ready` become true or false; false when the leg ended before."""

    def __init__(self, parent: LiveCall, dialled: Dialled, caller_id: str, timeout: Micros) -> None:
        loop = asyncio.get_running_loop()
        self.answered: asyncio.Future[bool] = loop.create_future()
        self.ready: asyncio.Future[bool] = loop.create_future()
        self.taken = False
        """Whether REST has sent it elsewhere."""
        self.on_taken: Callable[[], None] = lambda: None
        self._dialled = dialled
        self.call = legs.child(parent, dialled.number, dialled.to, caller_id, dialled.callback)
        self.call.leave = self._take
        self.call.on_answer = self._picked_up
        self.call.on_end.append(self._over)
        legs.ring(self.call, timeout)

    def drop(self, by: str) -> None:
        """It is not wanted any more. Harmless when it is over, or goes its own way."""
        if self.taken:
            return
        self.call.hang_up(Finish(cause=Cause.NORMAL if self.call.answered else Cause.CANCELED, by=by))

    def _picked_up(self) -> None:
        settle(self.answered, True)
        if self._dialled.detection is not None:
            amd.tell_later(self.call, self._dialled.detection)
        self.call.plant.performances.start(self._prepare())

    async def _prepare(self) -> None:
        """Digits and whisper, before the parties hear each other; or what REST wants instead."""
        self.call.performing = True
        try:
            finish = await self._prepared()
        except HungUp:
            return
        finally:
            self.call.performing = self.call.whispering = False
        if finish.spent and not self.taken:
            settle(self.ready, True)
        else:
            self.call.hang_up(finish)

    async def _prepared(self) -> Finish:
        perform = self.call.plant.perform
        try:
            await press(self.call, self._dialled.number.send_digits or "")
        except Interrupted:
            return await perform(self.call, self.call.control.take())
        if self._dialled.whisper is None:
            return SPENT
        self.call.whispering = True
        return await perform(self.call, Fetch(callback=self._dialled.whisper, kind="voice", event="whisper"))

    def _take(self) -> None:
        self.taken = True
        self.call.whispering = False
        settle(self.ready, False)
        self.on_taken()

    def _over(self) -> None:
        settle(self.answered, False)
        settle(self.ready, False)


def settle(future: asyncio.Future[bool], value: bool) -> None:
    """Decide it, unless it is decided."""
    if not future.done():
        future.set_result(value)


SPENT: Final = Finish(spent=True)

FIDELITY: Final = (
    ("a whisper runs on the called leg with its own base set, before the bridge", "voice/twiml/number", "documented"),
    ("a whisper that hangs up ends the leg unbridged", "observed traffic (DialBridged=false)", "captured"),
    ("sendDigits are pressed before the whisper", "no source", "assumed"),
)
