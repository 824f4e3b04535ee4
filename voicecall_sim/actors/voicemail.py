"""A voicemail: greets, beeps, and records what is said after the beep.

It journals a `message` when the recording is over: `{call, text, utterances, began, ended, why}`, with `why` one of
`hung up` (by the caller), `silence` and `full`. What was said before the end of the beep is not on the tape.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from voicecall_sim.actors import options
from voicecall_sim.actors.ear import Ear
from voicecall_sim.actors.handset import Handset
from voicecall_sim.actors.hearing import Hearing
from voicecall_sim.sound.tones import BEEP
from voicecall_sim.world.clock import SECOND, Micros

READERS: Final[Mapping[str, options.Reader]] = {
    "greeting": options.words,
    "beep": options.flag,
    "length": options.duration,
    "silence": options.duration,
}

GREETING: Final = "You have reached my voicemail. Please leave a message after the tone."


@dataclass(frozen=True, slots=True, kw_only=True)
class Voicemail:
    """Records for `length` at most; hangs up when it is full or after a `silence`."""

    greeting: str = GREETING
    beep: bool = True
    length: Micros = 60 * SECOND
    silence: Micros = 5 * SECOND

    async def __call__(self, handset: Handset) -> None:
        """One call."""
        await handset.say(self.greeting)
        if self.beep:
            await handset.sound(BEEP)
        recording = Recording(handset)
        recording.close(await recording.reason_to_stop(self.length, self.silence))
        handset.end.hang_up()


class Recording:
    """A tape that runs from now on until it is closed or the leg ends."""

    def __init__(self, handset: Handset) -> None:
        self._handset = handset
        self._clock = handset.end.leg.surroundings.clock
        self._began = self._clock.now()
        self._hearing = Hearing(self._clock)
        self._ear = Ear(handset.end, self._hearing)
        self._closed = False
        self._ear.open()
        handset.at_end(lambda: self.close("hung up"))

    async def reason_to_stop(self, length: Micros, silence: Micros) -> str:
        """Return when the tape is full or nothing was said for too long, saying which."""
        full = self._began + length
        while True:
            limit = min(full, self._ear.quiet_since + silence)
            if self._clock.now() >= limit:
                return "full" if limit == full else "silence"
            await self._hearing.change(until=limit)

    def close(self, why: str) -> None:
        """Stop, and journal the message. Only the first time counts."""
        if self._closed:
            return
        self._closed = True
        self._ear.close()
        texts = [utterance.text for utterance in self._ear.utterances]
        self._handset.journal(
            "message", text=" ".join(texts), utterances=texts, began=self._began, ended=self._clock.now(), why=why
        )
