"""GetDigits and GetInput: prompts, listening, tries, and what is told of the result."""

from __future__ import annotations

import asyncio
import re
from typing import Final

from voicecall_sim.carriers.plivo.account import Callback
from voicecall_sim.carriers.plivo.elements import Input
from voicecall_sim.carriers.plivo.listening import NOTHING, Heard, Listening
from voicecall_sim.carriers.plivo.live import LiveCall
from voicecall_sim.carriers.plivo.media import fetch_sound
from voicecall_sim.carriers.plivo.perform_speech import play_prompts, play_run
from voicecall_sim.carriers.plivo.results import act
from voicecall_sim.carriers.plivo.steps import Step
from voicecall_sim.carriers.plivo.timing import INTERIM_EVERY
from voicecall_sim.sound.tones import BEEP
from voicecall_sim.world.clock import SECOND, Micros

PROFANITY: Final = re.compile(r"\b(?:fuck|shit|bitch|asshole)\w*", re.IGNORECASE)
SPEECH_STEP: Final[Micros] = 15 * SECOND
SPEECH_PRICE: Final = 0.02


async def perform_input(call: LiveCall, wish: Input) -> Step | None:
    """Collect input and send it to the action; without input go on. Raises `Interrupted`."""
    heard = NOTHING
    for _ in range(wish.retries):
        heard = await one_try(call, wish)
        if heard.invalid:
            await play_invalid(call, wish)
        elif heard.kind is not None:
            break
    if heard.kind is None or heard.invalid:
        return None
    return await act(call, wish.name, wish.action, wish.method, told(call, wish, heard), redirect=wish.redirect)


async def one_try(call: LiveCall, wish: Input) -> Heard:
    """The prompts and what comes of them."""
    interim = Interim(call, wish)
    listening = Listening(call.end, wish, call.plant.tasks, interim.heard)
    interim.listen_to(listening)
    try:
        await play_prompts(call, wish.prompts, listening.begun)
        if wish.beep and not listening.begun.done():
            await play_run(call, BEEP, listening.begun)
        listening.wait_for_input()
        return await call.control.wait(listening.done)
    finally:
        listening.close()
        interim.close()


async def play_invalid(call: LiveCall, wish: Input) -> None:
    """What is heard after a key that is not valid."""
    sound = None if wish.invalid_sound is None else await fetch_sound(call, wish.invalid_sound)
    if sound is not None:
        await play_run(call, sound, None)


def told(call: LiveCall, wish: Input, heard: Heard) -> dict[str, str]:
    """What the action is told; GetInput's unused fields are there and empty."""
    if wish.name == "GetDigits":
        return {"Digits": heard.text}
    if heard.kind == "dtmf":
        return {
            "InputType": "dtmf",
            "Digits": heard.text,
            "Speech": "",
            "SpeechConfidenceScore": "",
            "BilledAmount": "",
        }
    confidence = call.plant.surroundings.chance("plivo.confidence").uniform(0.85, 0.99)
    return {
        "InputType": "speech",
        "Digits": "",
        "Speech": recognised(wish, heard.text),
        "SpeechConfidenceScore": f"{confidence:.4f}",
        "BilledAmount": f"{SPEECH_PRICE * max(1, -(-heard.spoken_for // SPEECH_STEP)):.4f}",
    }


def recognised(wish: Input, text: str) -> str:
    """The words as they are told: profanity masked but its first letter, if that is wanted."""
    if not wish.profanity_filter:
        return text
    return PROFANITY.sub(lambda word: word[0][0] + "*" * (len(word[0]) - 1), text)


class Interim:
    """Tells interim results, at pauses and about once a second while somebody speaks; nothing if nobody wants them."""

    def __init__(self, call: LiveCall, wish: Input) -> None:
        self._call = call
        self._wish = wish
        self._listening: Listening | None = None
        self._sequence = 0
        self._timer: asyncio.TimerHandle | None = None

    def listen_to(self, listening: Listening) -> None:
        """Where the words come from."""
        self._listening = listening
        if listening.speaking:
            self.heard("", False)

    def heard(self, text: str, paused: bool) -> None:
        """Somebody began to speak, or paused."""
        self.close()
        if paused:
            self._tell(text, stable=True)
        elif self._wish.interim is not None:
            self._timer = self._call.plant.tasks.later(INTERIM_EVERY, self._again)

    def close(self) -> None:
        """Tell nothing more."""
        if self._timer is not None:
            self._timer.cancel()

    def _again(self) -> None:
        if self._listening is not None and self._listening.speaking:
            self._tell(self._listening.speech, stable=False)
            self._timer = self._call.plant.tasks.later(INTERIM_EVERY, self._again)

    def _tell(self, text: str, *, stable: bool) -> None:
        if self._wish.interim is None:
            return
        words = recognised(self._wish, text)
        params = {
            "StableSpeech": words if stable else "",
            "UnstableSpeech": "" if stable else words,
            "Stability": "0.9" if stable else "0.5",
            "SequenceNumber": str(self._sequence),
        }
        self._sequence += 1
        callback = Callback(url=self._wish.interim, method=self._wish.interim_method)
        self._call.plant.tell(self._call.errand("partial", "interimSpeechResults", callback, params))


FIDELITY: Final = (
    ("keys and speech interrupt the prompts; for speech it is inferred", "docs voice/xml/getinput", "documented"),
    (
        "digits without the finish key; ended by their number, the key or the time after one",
        "docs getdigits, getinput",
        "documented",
    ),
    ("without input the next element, and no request; GetDigits tries again as often as it says", "docs", "documented"),
    ("a key that is not valid plays invalidDigitsSound and counts as a try", "docs voice/xml/getdigits", "documented"),
    ("GetInput's unused fields are there and empty", "a clone's docs", "reimplemented"),
    ("BilledAmount is 0.02 for each 15 s of speech, empty for keys", "docs give the step", "assumed"),
    ("the first kind of input decides", "docs voice/xml/getinput", "documented"),
    ("interim results count from 0: stable at pauses, unstable in between", "no source", "assumed"),
    ("the caller's hang-up during input requests nothing", "no source", "assumed"),
)
