"""Machine detection: what answered, judged by what it says and when it is silent."""

from __future__ import annotations

import asyncio
from typing import Final

from voicecall_sim.carriers.plivo.account import Detection
from voicecall_sim.carriers.plivo.endings import MACHINE
from voicecall_sim.carriers.plivo.live import LiveCall
from voicecall_sim.carriers.plivo.parameters import identity
from voicecall_sim.carriers.plivo.quiet import BEEP
from voicecall_sim.carriers.plivo.steps import Finish
from voicecall_sim.carriers.plivo.webhooks import Errand
from voicecall_sim.telephony.signals import Signal, SoundBegan, SoundEnded
from voicecall_sim.world.clock import MILLISECOND, Micros

HUMAN_PAUSE: Final[Micros] = 400 * MILLISECOND
"""Silence after a greeting by which a human being waits for an answer."""
DETECTED: Final = Finish(ending=MACHINE, by="carrier")
HANG_UP: Final = "hangup"


class Detector:
    """Listens to a call from its answer on. `verdict` is true for a machine; not done if the call ends before."""

    def __init__(self, call: LiveCall, wanted: Detection) -> None:
        self.verdict: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._tasks = call.plant.tasks
        self._longest = wanted.longest_speech * MILLISECOND
        self._whole = self._tasks.later(wanted.time * MILLISECOND, self._conclude, False)
        self._timer = self._tasks.later(wanted.initial_silence * MILLISECOND, self._conclude, True)
        self._stop = call.end.listen(self._hear)
        call.on_end.append(self.close)
        if call.end.peer.playing is not None:
            self._arm(self._longest, machine=True)

    def close(self) -> None:
        """Listen no more. Harmless when it is over."""
        self._stop()
        self._whole.cancel()
        self._timer.cancel()

    def _hear(self, signal: Signal) -> None:
        match signal:
            case SoundBegan():
                self._arm(self._longest, machine=True)
            case SoundEnded(playing) if str(playing.sound) == BEEP:
                self._conclude(True)
            case SoundEnded():
                self._arm(HUMAN_PAUSE, machine=False)
            case _:
                pass

    def _arm(self, span: Micros, *, machine: bool) -> None:
        self._timer.cancel()
        if not self.verdict.done():
            self._timer = self._tasks.later(span, self._conclude, machine)

    def _conclude(self, machine: bool) -> None:
        self.close()
        if not self.verdict.done():
            self.verdict.set_result(machine)


async def may_go_on(call: LiveCall, wanted: Detection) -> bool:
    """Synchronous detection: whether the call goes on. Raises `Interrupted`."""
    machine = await call.control.wait(Detector(call, wanted).verdict)
    call.record.machine = machine
    return not (machine and wanted.mode == HANG_UP)


def tell_later(call: LiveCall, wanted: Detection) -> None:
    """Asynchronous detection: a machine is told to its callback, beside whatever goes on; a human being is not."""
    Detector(call, wanted).verdict.add_done_callback(lambda verdict: detected(call, wanted, machine=verdict.result()))


def detected(call: LiveCall, wanted: Detection, *, machine: bool) -> None:
    """What an asynchronous verdict leads to."""
    if not machine or wanted.callback is None or call.over:
        return
    record = call.record
    params = {
        name: value
        for name, value in identity(call.plant.account, record, "MachineDetection").items()
        if name not in {"ParentAuthID", "SessionStart", "CallerName"}
    }
    params |= {
        "Machine": "true",
        "ALegUUID": record.uuid,
        "ALegRequestUUID": record.request_uuid,
        "IfMachine": "hangup" if wanted.mode == HANG_UP else "continue",
    }
    errand = Errand(
        kind="amd", event="MachineDetection", call_uuid=record.uuid, callback=wanted.callback, params=params
    )
    call.plant.tell(errand)
    if wanted.mode == HANG_UP:
        call.hang_up(DETECTED)


FIDELITY: Final = (
    (
        "synchronously: nothing of the answer URL before the verdict; Machine=true for a machine alone",
        "docs voice/concepts/machine-detection",
        "documented",
    ),
    (
        "hangup ends the call as 9100, Machine=true in the hang-up callback",
        "docs voice/concepts/machine-detection",
        "documented",
    ),
    ("asynchronously: the URL is requested for a machine only, with IfMachine", "docs machine-detection", "documented"),
    (
        "a beep, a long silence at first, or a voice without a pause for long is a machine",
        "the parameters' meaning",
        "assumed",
    ),
    ("0.4 s of silence after a voice is a human being; so is who is not judged in time", "no source", "assumed"),
    (
        "maximum_words, initial_greeting, silence and answer_time change nothing here",
        "figures are not known",
        "assumed",
    ),
)
