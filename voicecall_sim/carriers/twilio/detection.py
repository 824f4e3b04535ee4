"""Answering machine detection: what answered, judged by what it says and when it is silent.

Thresholds, defaults and verdicts: Twilio docs, voice/answering-machine-detection.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from voicecall_sim.carriers.tasks import Tasks
from voicecall_sim.carriers.twilio.account import Detection
from voicecall_sim.sound.sound import Sound
from voicecall_sim.telephony.line import End
from voicecall_sim.telephony.signals import Gone, Signal, SoundBegan, SoundEnded
from voicecall_sim.world.clock import MILLISECOND, SECOND, Micros

TO_THE_END: Final = "DetectMessageEnd"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What answered, and how long it took to know (milliseconds)."""

    answered_by: str
    duration: int

    def parameters(self) -> dict[str, str]:
        """As webhooks tell it."""
        return {"AnsweredBy": self.answered_by, "MachineDetectionDuration": str(self.duration)}


class Detector:
    """Listens to a call from its answer on. `verdict` is done when it is clear; never, if the call ends before."""

    def __init__(self, end: End, wanted: Detection, tasks: Tasks, now: Callable[[], Micros]) -> None:
        self.verdict: asyncio.Future[Verdict] = asyncio.get_running_loop().create_future()
        self._wanted = wanted
        self._tasks = tasks
        self._now = now
        self._began = now()
        self._speech_began: Micros | None = None
        self._is_machine = False
        self._stop = end.listen(self._hear)
        self._whole = tasks.later(wanted.timeout * SECOND, self._time_is_up)
        self._timer = tasks.later(wanted.silence_timeout * MILLISECOND, self._conclude, "unknown")
        speaking = end.peer.playing
        if speaking is not None:
            self._sound_begins(speaking.sound)

    def close(self) -> None:
        """Listen no more. Harmless when it is over."""
        self._stop()
        self._whole.cancel()
        self._timer.cancel()

    def _hear(self, signal: Signal) -> None:
        match signal:
            case SoundBegan(playing):
                self._sound_begins(playing.sound)
            case SoundEnded(playing) if playing.sound.spoken:
                self._speech_ends()
            case Gone():
                self.close()
            case _:
                pass

    def _sound_begins(self, sound: Sound) -> None:
        if sound.spoken:
            self._speech_begins()
        elif is_fax(sound):
            self._conclude("fax")
        elif self._is_machine and is_beep(sound):
            self._conclude("machine_end_beep")

    def _speech_begins(self) -> None:
        self._timer.cancel()
        if self._is_machine:
            return
        if self._speech_began is None:
            self._speech_began = self._now()
        # pauses within a greeting do not start the count anew
        spoken = self._now() - self._speech_began
        self._after(self._wanted.speech_threshold - spoken // MILLISECOND, self._machine)

    def _speech_ends(self) -> None:
        then = "machine_end_silence" if self._is_machine else "human"
        self._after(self._wanted.speech_end_threshold, lambda: self._conclude(then))

    def _machine(self) -> None:
        self._is_machine = True
        if self._wanted.mode != TO_THE_END:
            self._conclude("machine_start")

    def _time_is_up(self) -> None:
        self._conclude("machine_end_other" if self._is_machine else "unknown")

    def _after(self, milliseconds: int, then: Callable[[], None]) -> None:
        self._timer.cancel()
        self._timer = self._tasks.later(max(0, milliseconds) * MILLISECOND, then)

    def _conclude(self, answered_by: str) -> None:
        self.close()
        if not self.verdict.done():
            self.verdict.set_result(Verdict(answered_by, (self._now() - self._began) // MILLISECOND))


def is_fax(sound: Sound) -> bool:
    """Whether this is what a fax machine answers with."""
    return str(getattr(sound, "name", "")).startswith("fax")


def is_beep(sound: Sound) -> bool:
    """Whether this is the beep of a voicemail."""
    return getattr(sound, "name", "") == "beep"


FIDELITY: Final = (
    ("modes, thresholds and verdicts", "voice/answering-machine-detection", "documented"),
    ("human: less than SpeechThreshold of speech, then SpeechEndThreshold of silence", "the same", "documented"),
    ("silence, and the timeout, are unknown", "voice/answering-machine-detection", "documented"),
    ("the end of a message by its beep, by silence, or otherwise by the timeout", "the same", "documented"),
    ("pauses shorter than SpeechEndThreshold count as speech", "no source", "assumed"),
)
