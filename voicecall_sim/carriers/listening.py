"""What a carrier hears while it asks for input: keys and speech, with the timers that end it. One timer runs at a time.

The first kind of input decides; the other kind is not listened to any more.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from voicecall_sim.carriers.tasks import Tasks
from voicecall_sim.sound.sound import CUT, Rest
from voicecall_sim.telephony.line import End, Playing
from voicecall_sim.telephony.signals import Pressed, Signal, SoundBegan, SoundEnded
from voicecall_sim.world.clock import Micros


class Kind(StrEnum):
    """The kinds of input."""

    KEYS = "dtmf"
    SPEECH = "speech"


@dataclass(frozen=True, slots=True, kw_only=True)
class Attention:
    """What is listened to, and for how long: for the first input, for another key, for more words after silence.

    `finish_on_key` ends it (empty: none does); one that is not `valid` ends it, too. `longest` is of all speech.
    """

    kinds: Collection[str]
    first: Micros
    key: Micros
    silence: Micros
    longest: Micros | None = None
    finish_on_key: str
    num_digits: int | None
    valid: str | None = None


@dataclass(frozen=True, slots=True)
class Heard:
    """What came of it. `kind` None: nothing. `invalid`: a key that is not; `spoken_for` is how long somebody spoke."""

    kind: Kind | None = None
    text: str = ""
    finished_on: str = ""
    spoken_for: Micros = 0
    invalid: bool = False


NOTHING: Final = Heard()


class Listening:
    """Listens from its making on. `begun` is done at the first input, `done` has what came of it in the end.

    `told` is called whenever more has been heard of speech, with all of it so far and whether the speaker paused.
    """

    def __init__(self, end: End, attention: Attention, tasks: Tasks, told: Callable[[str, bool], None]) -> None:
        loop = asyncio.get_running_loop()
        self.begun: asyncio.Future[None] = loop.create_future()
        self.done: asyncio.Future[Heard] = loop.create_future()
        self._attention = attention
        self._tasks = tasks
        self._told = told
        self._kind: Kind | None = None
        self._digits = ""
        self._said: list[str] = []
        self._spoken_for: Micros = 0
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
            self._arm(self._attention.first)

    def close(self) -> None:
        """Listen no more."""
        self._stop()
        self._disarm()
        if self._cap is not None:
            self._cap.cancel()

    def _hear(self, signal: Signal) -> None:
        match signal:
            case Pressed(key):
                self._key(key)
            case SoundBegan(playing):
                self._voice_begins(playing, 0)
            case SoundEnded(playing) if self._voice is not None and self._voice[0] is playing:
                self._voice_ends(playing, self._voice[1])
            case _:
                pass

    # --- keys ---

    def _key(self, key: str) -> None:
        if not self._turns_to(Kind.KEYS):
            return
        if key == self._attention.finish_on_key:
            self._finish(key)
        elif self._attention.valid is not None and key not in self._attention.valid:
            self._settle(Heard(Kind.KEYS, key, invalid=True))
        else:
            self._digits += key
            if len(self._digits) == self._attention.num_digits:
                self._finish()
            else:
                self._arm(self._attention.key)

    # --- speech ---

    def _voice_begins(self, playing: Playing, skipped: Micros) -> None:
        if not playing.sound.spoken or not self._turns_to(Kind.SPEECH):
            return
        self._voice = (playing, skipped)
        self._disarm()
        if self._cap is None and self._attention.longest is not None:
            self._cap = self._tasks.later(self._attention.longest, self._finish)
        self._told(self.speech, False)

    def _voice_ends(self, playing: Playing, skipped: Micros) -> None:
        said = self._under_way()
        self._spoken_for += playing.played - skipped
        self._voice = None
        if said:
            self._said.append(said)
        self._told(self.speech, True)
        self._arm(self._attention.silence)

    def _under_way(self) -> str:
        if self._voice is None:
            return ""
        playing, skipped = self._voice
        return Rest(playing.sound, skipped).text(playing.played - skipped).strip(CUT).strip()

    # --- both ---

    def _turns_to(self, kind: Kind) -> bool:
        if kind not in self._attention.kinds or self._kind not in {None, kind} or self.done.done():
            return False
        self._kind = kind
        if not self.begun.done():
            self.begun.set_result(None)
        return True

    def _finish(self, finished_on: str = "") -> None:
        text = self._digits if self._kind is Kind.KEYS else self.speech
        # a finish key before any digit is no input (Twilio docs, voice/twiml/gather)
        self._settle(Heard(self._kind, text, finished_on, self._spoken_for) if text else NOTHING)

    def _settle(self, heard: Heard) -> None:
        if not self.done.done():
            self.done.set_result(heard)
            self.close()

    def _arm(self, span: Micros) -> None:
        self._disarm()
        self._timer = self._tasks.later(span, self._finish)

    def _disarm(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None


class Interim:
    """Tells what has been said so far, at pauses and again and again while somebody speaks.

    `tell` gets the words, whether they are stable, and the result's number; without it nobody wants to know.
    """

    def __init__(self, tasks: Tasks, every: Micros, tell: Callable[[str, bool, int], None] | None) -> None:
        self._tasks = tasks
        self._every = every
        self._tell = tell
        self._listening: Listening | None = None
        self._told = 0
        self._timer: asyncio.TimerHandle | None = None

    def listen_to(self, listening: Listening) -> None:
        """Where the words come from."""
        self._listening = listening
        if listening.speaking:
            self.heard("", False)

    def heard(self, text: str, paused: bool) -> None:
        """Somebody began to speak, or paused."""
        if self._tell is None or self._listening is None:
            return
        self.close()
        if paused:
            self._result(text, stable=True)
        else:
            self._timer = self._tasks.later(self._every, self._again)

    def close(self) -> None:
        """Tell nothing more."""
        if self._timer is not None:
            self._timer.cancel()

    def _again(self) -> None:
        if self._listening is not None and self._listening.speaking:
            self._result(self._listening.speech, stable=False)
            self._timer = self._tasks.later(self._every, self._again)

    def _result(self, text: str, *, stable: bool) -> None:
        if self._tell is not None:
            self._tell(text, stable, self._told)
            self._told += 1
