"""What a Gather hears: keys and speech, with the timers that end it. One timer runs at a time, none while nobody acts.

The first kind of input decides; the other kind is not listened to any more (Twilio docs, voice/twiml/gather).
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from voicecall_sim.carriers.tasks import Tasks
from voicecall_sim.carriers.twilio.timing import AUTO_SPEECH_TIMEOUT, MAX_SPEECH
from voicecall_sim.carriers.twilio.verbs import Gather
from voicecall_sim.sound.sound import CUT, Rest
from voicecall_sim.telephony.line import End, Playing
from voicecall_sim.telephony.signals import Pressed, Signal, SoundBegan, SoundEnded
from voicecall_sim.world.clock import SECOND, Micros


class Kind(StrEnum):
    """The kinds of input."""

    KEYS = "dtmf"
    SPEECH = "speech"


@dataclass(frozen=True, slots=True)
class Heard:
    """What came of it. `kind` None: nothing."""

    kind: Kind | None = None
    text: str = ""
    finished_on: str = ""


NOTHING: Final = Heard()


class Listening:
    """Listens from its making on. `begun` is done at the first input, `done` has what came of it in the end.

    `told` is called whenever more has been heard of speech, with all of it so far and whether the speaker paused.
    """

    def __init__(self, end: End, gather: Gather, tasks: Tasks, told: Callable[[str, bool], None]) -> None:
        loop = asyncio.get_running_loop()
        self.begun: asyncio.Future[None] = loop.create_future()
        self.done: asyncio.Future[Heard] = loop.create_future()
        self._gather = gather
        self._tasks = tasks
        self._told = told
        self._kind: Kind | None = None
        self._digits = ""
        self._said: list[str] = []
        self._voice: tuple[Playing, Micros] | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._cap: asyncio.TimerHandle | None = None
        self._stop = end.listen(self._hear)
        speaking = end.peer.playing
        if speaking is not None:
            self._voice_begins(speaking, speaking.played)

    @property
    def speech(self) -> str:
        """All that has been said by now, as one text."""
        return " ".join(text for text in (*self._said, self._under_way()) if text)

    @property
    def speaking(self) -> bool:
        """Whether somebody speaks right now."""
        return self._voice is not None

    def wait_for_input(self) -> None:
        """The prompts are over: the time to begin runs from now, unless something has come already."""
        if not self.begun.done():
            self._arm(self._gather.timeout * SECOND, self._finish)

    def close(self) -> None:
        """Listen no more."""
        self._stop()
        for timer in (self._timer, self._cap):
            if timer is not None:
                timer.cancel()

    def _hear(self, signal: Signal) -> None:
        match signal:
            case Pressed(key):
                self._key(key)
            case SoundBegan(playing):
                self._voice_begins(playing, 0)
            case SoundEnded(playing) if self._voice is not None and self._voice[0] is playing:
                self._voice_ends()
            case _:
                pass

    # --- keys ---

    def _key(self, key: str) -> None:
        if not self._turns_to(Kind.KEYS):
            return
        if key == self._gather.finish_on_key:
            self._finish(key)
            return
        self._digits += key
        if len(self._digits) == self._gather.num_digits:
            self._finish()
        else:
            self._arm(self._gather.timeout * SECOND, self._finish)

    # --- speech ---

    def _voice_begins(self, playing: Playing, skipped: Micros) -> None:
        if not playing.sound.spoken or not self._turns_to(Kind.SPEECH):
            return
        self._voice = (playing, skipped)
        self._disarm()
        if self._cap is None:
            longest = self._gather.max_speech_time
            self._cap = self._tasks.later(MAX_SPEECH if longest is None else longest * SECOND, self._finish)
        self._told(self.speech, False)

    def _voice_ends(self) -> None:
        said = self._under_way()
        self._voice = None
        if said:
            self._said.append(said)
        self._told(self.speech, True)
        self._arm(self._silence(), self._finish)

    def _under_way(self) -> str:
        if self._voice is None:
            return ""
        playing, skipped = self._voice
        return Rest(playing.sound, skipped).text(playing.played - skipped).strip(CUT).strip()

    def _silence(self) -> Micros:
        match self._gather.speech_timeout:
            case "auto":
                return AUTO_SPEECH_TIMEOUT
            case None:
                return self._gather.timeout * SECOND
            case whole:
                return whole * SECOND

    # --- both ---

    def _turns_to(self, kind: Kind) -> bool:
        if kind not in self._gather.inputs or self._kind not in {None, kind} or self.done.done():
            return False
        self._kind = kind
        if not self.begun.done():
            self.begun.set_result(None)
        return True

    def _finish(self, finished_on: str = "") -> None:
        if self.done.done():
            return
        text = self._digits if self._kind is Kind.KEYS else self.speech
        # a finish key before any digit is no input (voice/twiml/gather)
        self.done.set_result(Heard(self._kind, text, finished_on) if text else NOTHING)
        self.close()

    def _arm(self, span: Micros, then: Callable[[], None]) -> None:
        self._disarm()
        self._timer = self._tasks.later(span, then)

    def _disarm(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
