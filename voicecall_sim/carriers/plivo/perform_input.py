"""GetDigits and GetInput: prompts, listening, tries, and what is told of the result."""

from __future__ import annotations

import re
from typing import Final

from voicecall_sim.carriers.listening import NOTHING, Attention, Heard, Interim, Listening
from voicecall_sim.carriers.plivo.account import Callback
from voicecall_sim.carriers.plivo.elements import Input
from voicecall_sim.carriers.plivo.live import LiveCall
from voicecall_sim.carriers.plivo.media import fetch_sound
from voicecall_sim.carriers.plivo.perform_speech import play_prompts, play_run
from voicecall_sim.carriers.plivo.results import act
from voicecall_sim.carriers.plivo.steps import Step
from voicecall_sim.carriers.plivo.timing import AUTO_DIGIT_END, AUTO_SPEECH_END, INTERIM_EVERY
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
    interim = interim_results(call, wish)
    listening = Listening(call.end, attention(wish), call.plant.tasks, interim.heard)
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


def interim_results(call: LiveCall, wish: Input) -> Interim:
    """Who tells interim results; one that tells nothing if nobody wants them."""
    if wish.interim is None:
        return Interim(call.plant.tasks, INTERIM_EVERY, None)
    callback = Callback(url=wish.interim, method=wish.interim_method)

    def tell(text: str, stable: bool, number: int) -> None:
        """One of them."""
        words = recognised(wish, text)
        params = {
            "StableSpeech": words if stable else "",
            "UnstableSpeech": "" if stable else words,
            "Stability": "0.9" if stable else "0.5",
            "SequenceNumber": str(number),
        }
        call.plant.tell(call.errand("partial", "interimSpeechResults", callback, params))

    return Interim(call.plant.tasks, INTERIM_EVERY, tell)


def attention(wish: Input) -> Attention:
    """What is listened to."""
    return Attention(
        kinds=wish.kinds,
        first=wish.timeout * SECOND,
        key=AUTO_DIGIT_END if wish.digit_timeout is None else wish.digit_timeout * SECOND,
        silence=AUTO_SPEECH_END if wish.speech_timeout is None else wish.speech_timeout * SECOND,
        finish_on_key=wish.finish_on_key,
        num_digits=wish.num_digits,
        valid=wish.valid_digits,
    )


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
