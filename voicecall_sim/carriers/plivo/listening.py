"""What GetDigits and GetInput hear: keys and speech, with the timers that end it. One timer runs at a time.

The first kind of input decides; the other kind is not listened to any more (docs voice/xml/getinput).
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from voicecall_sim.carriers.plivo.elements import Input
from voicecall_sim.carriers.plivo.timing import AUTO_DIGIT_END, AUTO_SPEECH_END
from voicecall_sim.carriers.tasks import Tasks
from voicecall_sim.sound.sound import CUT, Rest
from voicecall_sim.telephony.line import End, Playing
from voicecall_sim.telephony.signals import Pressed, Signal, SoundBegan, SoundEnded
from voicecall_sim.world.clock import SECOND, Micros


@dataclass(frozen=True, slots=True)
class Heard:
    """What came of it: `dtmf` with digits or `speech` with words; no kind: nothing. `invalid`: a key that is not."""

    kind: str | None = None
    text: str = ""
    spoken_for: Micros = 0
    invalid: bool = False


NOTHING: Final = Heard()


class Listening:
    """Listens from its making on. `begun` is done at the first input, `done` has what came of it in the end.

    `told` is called whenever more has been heard of speech, with all of it so far and whether the speaker paused.
    """

    def __init__(self, end: End, wish: Input, tasks: Tasks, told: Callable[[str, bool], None]) -> None:
        loop = asyncio.get_running_loop()
        self.begun: asyncio.Future[None] = loop.create_future()
        self.done: asyncio.Future[Heard] = loop.create_future()
        self._wish = wish
        self._tasks = tasks
        self._told = told
        self._kind: str | None = None
        self._digits = ""
        self._said: list[str] = []
        self._spoken_for: Micros = 0
        self._voice: tuple[Playing, Micros] | None = None
        self._timer: asyncio.TimerHandle | None = None
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
            self._arm(self._wish.timeout * SECOND)

    def close(self) -> None:
        """Listen no more."""
        self._stop()
        self._disarm()

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

    def _key(self, key: str) -> None:
        if not self._turns_to("dtmf"):
            return
        if key == self._wish.finish_on_key:
            self._finish()
        elif key not in self._wish.valid_digits:
            self._settle(Heard("dtmf", key, invalid=True))
        else:
            self._digits += key
            if len(self._digits) == self._wish.num_digits:
                self._finish()
            else:
                self._arm(span_of(self._wish.digit_timeout, AUTO_DIGIT_END))

    def _voice_begins(self, playing: Playing, skipped: Micros) -> None:
        if playing.sound.spoken and self._turns_to("speech"):
            self._voice = (playing, skipped)
            self._disarm()
            self._told(self.speech, False)

    def _voice_ends(self) -> None:
        said = self._under_way()
        if self._voice is not None:
            self._spoken_for += self._voice[0].played - self._voice[1]
        self._voice = None
        if said:
            self._said.append(said)
        self._told(self.speech, True)
        self._arm(span_of(self._wish.speech_timeout, AUTO_SPEECH_END))

    def _under_way(self) -> str:
        if self._voice is None:
            return ""
        playing, skipped = self._voice
        return Rest(playing.sound, skipped).text(playing.played - skipped).strip(CUT).strip()

    def _turns_to(self, kind: str) -> bool:
        if kind not in self._wish.kinds or self._kind not in {None, kind} or self.done.done():
            return False
        self._kind = kind
        if not self.begun.done():
            self.begun.set_result(None)
        return True

    def _finish(self) -> None:
        text = self._digits if self._kind == "dtmf" else self.speech
        self._settle(Heard(self._kind, text, self._spoken_for) if text else NOTHING)

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


def span_of(whole: int | None, automatic: Micros) -> Micros:
    """Seconds, or what automatic means."""
    return automatic if whole is None else whole * SECOND
