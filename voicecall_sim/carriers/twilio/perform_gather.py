"""Gather: prompts, listening, and what is told of the result."""

from __future__ import annotations

import re
from typing import Final

from voicecall_sim.carriers.listening import Attention, Heard, Interim, Kind, Listening
from voicecall_sim.carriers.twilio.live import LiveCall
from voicecall_sim.carriers.twilio.parameters import rfc2822
from voicecall_sim.carriers.twilio.perform_speech import play_prepared, prepare
from voicecall_sim.carriers.twilio.steps import Document, Fetch, Step, target
from voicecall_sim.carriers.twilio.timing import AUTO_SPEECH_TIMEOUT, MAX_SPEECH, PARTIAL_EVERY
from voicecall_sim.carriers.twilio.verbs import Gather
from voicecall_sim.world.clock import SECOND


async def perform_gather(call: LiveCall, gather: Gather, document: Document) -> Step | None:
    """Collect input and send it to the action; without input go on. Raises `ApplicationFault`, `Interrupted`."""
    if gather.action:
        target(document, gather.action, gather.method)
    partials = partial_results(call, gather, document)
    prepared = await prepare(call, gather.prompts, document)
    call.control.check()
    if not gather.barge_in:
        await play_prepared(call, prepared, None)
        prepared = []
    listening = Listening(call.end, attention(gather), call.plant.tasks, partials.heard)
    partials.listen_to(listening)
    try:
        await play_prepared(call, prepared, listening.begun)
        listening.wait_for_input()
        heard = await call.control.wait(listening.done)
    finally:
        listening.close()
        partials.close()
    return outcome(call, gather, heard, document)


def outcome(call: LiveCall, gather: Gather, heard: Heard, document: Document) -> Step | None:
    """What a result leads to. Raises `ApplicationFault` if there is no action that could be requested."""
    if heard.kind is None and not gather.action_on_empty_result:
        return None
    params = {
        "msg": "Gather End",
        "FinishedOnKey": heard.finished_on,
        **TOLD[told_as(gather, heard)](call, gather, heard),
    }
    return Fetch(callback=target(document, gather.action, gather.method), kind="action", event="Gather", params=params)


def told_as(gather: Gather, heard: Heard) -> Kind:
    """How a result is told; an empty one as keys, if keys were wanted."""
    if heard.kind is not None:
        return heard.kind
    return Kind.KEYS if Kind.KEYS in gather.inputs else Kind.SPEECH


def told_keys(call: LiveCall, gather: Gather, heard: Heard) -> dict[str, str]:
    """The digits, without the finish key."""
    return {"Digits": heard.text}


def told_speech(call: LiveCall, gather: Gather, heard: Heard) -> dict[str, str]:
    """The words, and how sure the recognition is."""
    if not heard.text:
        return {"SpeechResult": ""}
    confidence = call.plant.surroundings.chance("twilio.confidence").uniform(0.85, 0.99)
    return {
        "SpeechResult": recognised(gather, heard.text),
        "Confidence": f"{confidence:.8f}",
        "Language": gather.language,
    }


TOLD: Final = {Kind.KEYS: told_keys, Kind.SPEECH: told_speech}


def recognised(gather: Gather, text: str) -> str:
    """The words as they are told: profanity masked, if that is wanted."""
    return PROFANITY.sub(lambda word: word[0][0] + "***", text) if gather.profanity_filter else text


PROFANITY: Final = re.compile(r"\b(?:fuck|shit|bitch|asshole)\w*", re.IGNORECASE)


# --- partial results --------------------------------------------------------------------------------------------


def partial_results(call: LiveCall, gather: Gather, document: Document) -> Interim:
    """Who tells partial results; one that tells nothing if nobody wants them. Raises `ApplicationFault`."""
    if gather.partial_callback is None or Kind.SPEECH not in gather.inputs:
        return Interim(call.plant.tasks, PARTIAL_EVERY, None)
    callback = target(document, gather.partial_callback, gather.partial_method)

    def tell(text: str, stable: bool, number: int) -> None:
        """One of them."""
        words = recognised(gather, text)
        params = {
            "StableSpeechResult": words if stable else "",
            "UnstableSpeechResult": "" if stable else words,
            "Stability": "0.9" if stable else "0.5",
            "SequenceNumber": str(number),
            "Language": gather.language,
            "Timestamp": rfc2822(call.plant.surroundings.clock.wall()),
        }
        call.plant.tell(call.errand("partial", "partialResult", callback, params))

    return Interim(call.plant.tasks, PARTIAL_EVERY, tell)


def attention(gather: Gather) -> Attention:
    """What a Gather listens to."""
    match gather.speech_timeout:
        case "auto":
            silence = AUTO_SPEECH_TIMEOUT
        case None:
            silence = gather.timeout * SECOND
        case whole:
            silence = whole * SECOND
    return Attention(
        kinds=gather.inputs,
        first=gather.timeout * SECOND,
        key=gather.timeout * SECOND,
        silence=silence,
        longest=MAX_SPEECH if gather.max_speech_time is None else gather.max_speech_time * SECOND,
        finish_on_key=gather.finish_on_key,
        num_digits=gather.num_digits,
    )


FIDELITY: Final = (
    ("the time to begin runs after the prompts and restarts per key", "voice/twiml/gather", "documented"),
    ("the first kind of input decides", "voice/twiml/gather", "documented"),
    ("a finish key before any digit counts as no input", "voice/twiml/gather", "documented"),
    ("Digits, FinishedOnKey and msg=Gather End", "observed traffic", "captured"),
    ("SpeechResult joins utterances with a space; Confidence 0.85 to 0.99", "no source", "assumed"),
    ("Language comes with SpeechResult", "no source", "assumed"),
    ("empty results: Digits= if keys were wanted, else SpeechResult=", "voice/twiml/gather", "assumed"),
    ("speech that began before the Gather is heard from there on", "no source", "assumed"),
    ("partial results: stable at pauses, unstable in between", "observed traffic (names)", "assumed"),
    ("profanity is masked as f***; four words are known", "voice/twiml/gather", "assumed"),
    ("the caller's hang-up during a Gather requests nothing", "voice/twiml", "documented"),
)
