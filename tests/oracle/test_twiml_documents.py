"""Documents that Twilio's own client builds: every verb, noun and attribute it knows is read, and performed."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import pytest
from twilio.twiml import voice_response as client
from twilio.twiml.voice_response import Dial, Gather, Say, VoiceResponse

from tests.tools.twilio_world import APP, BOB, Answer, Phone, Stage, staged
from voicecall_sim.carriers.twilio import markup
from voicecall_sim.carriers.twilio.markup import read_document
from voicecall_sim.carriers.twilio.verbs import Unemulated

GOOD: dict[str, Any] = {
    # what an attribute of this name may hold, wherever it is
    "action": "/next",
    "action_on_empty_result": True,
    "amd_status_callback": "/amd",
    "answer_on_bridge": True,
    "barge_in": False,
    "caller_id": BOB,
    "debug": True,
    "digits": "12w#",
    "enhanced": True,
    "finish_on_key": "#",
    "hangup_on_star": True,
    "hints": "yes, no",
    "input": "dtmf speech",
    "language": "en-GB",
    "length": 2,
    "loop": 2,
    "machine_detection": "Enable",
    "machine_detection_silence_timeout": 5000,
    "machine_detection_speech_end_threshold": 1200,
    "machine_detection_speech_threshold": 2400,
    "machine_detection_timeout": 30,
    "max_length": 30,
    "max_speech_time": 20,
    "num_digits": 4,
    "play_beep": False,
    "profanity_filter": False,
    "reason": "busy",
    "record": "record-from-answer-dual",
    "recording_status_callback_event": "in-progress completed",
    "recording_track": "inbound",
    "ring_tone": "de",
    "send_digits": "ww12",
    "sequential": True,
    "speech_model": "phone_call",
    "speech_timeout": "auto",
    "status_callback_event": "initiated ringing",
    "time_limit": 60,
    "timeout": 20,
    "transcribe": False,
    "trim": "do-not-trim",
    "voice": "Polly.Joanna",
}
REQUIRED = {"message": "Hello", "url": "/file.wav", "number": BOB, "phone_number": BOB}


def good(name: str) -> Any:
    if name.endswith("method"):
        return "GET"
    return GOOD.get(name, "x")


def attributes(build: Callable[..., Any]) -> list[str]:
    return [name for name in inspect.signature(build).parameters if name not in {"self", "kwargs", *REQUIRED}]


def required(build: Callable[..., Any]) -> dict[str, Any]:
    return {name: value for name, value in REQUIRED.items() if name in inspect.signature(build).parameters}


VERBS = {
    "say": VoiceResponse.say,
    "play": VoiceResponse.play,
    "pause": VoiceResponse.pause,
    "gather": VoiceResponse.gather,
    "record": VoiceResponse.record,
    "dial": VoiceResponse.dial,
    "redirect": VoiceResponse.redirect,
    "hangup": VoiceResponse.hangup,
    "reject": VoiceResponse.reject,
}


@pytest.mark.parametrize("verb", [verb for verb, build in VERBS.items() if attributes(build)])
def test_every_attribute_that_the_client_knows_is_understood(verb: str) -> None:
    found = {}
    for name in attributes(VERBS[verb]):
        response = VoiceResponse()
        VERBS[verb](response, **required(VERBS[verb]), **{name: good(name)})
        reading = read_document(str(response).encode())
        found[name] = (reading.notices, len(reading.verbs))
    assert found == dict.fromkeys(attributes(VERBS[verb]), ((), 1))


@pytest.mark.parametrize("name", attributes(Dial.number))
def test_every_attribute_of_a_number_is_understood(name: str) -> None:
    response = VoiceResponse()
    response.dial().number(BOB, **{name: good(name)})
    assert read_document(str(response).encode()).notices == ()


def test_a_list_of_events_is_no_list_to_the_client_and_warned_of() -> None:
    response = VoiceResponse()
    response.dial().number(BOB, status_callback_event=["answered", "completed"])
    (notice,) = read_document(str(response).encode()).notices
    assert "must be some of initiated, ringing, answered, completed" in notice.message


@pytest.mark.parametrize("verb", ["say", "play", "pause"])
def test_every_prompt_of_a_gather_is_understood(verb: str) -> None:
    response = VoiceResponse()
    build = getattr(Gather, verb)
    build(response.gather(), **required(build))
    (gather,) = read_document(str(response).encode()).verbs
    assert len(gather.prompts) == 1


def known_verbs() -> set[str]:
    """The elements that the client's response can hold."""
    plain = {"add_child", "append", "nest", "to_xml", "xml"}
    return {name for name in vars(VoiceResponse) if not name.startswith("_") and name not in plain}


def test_every_verb_of_the_client_is_performed_or_said_to_be_missing() -> None:
    known = {name.lower() for name in (*markup.VERBS, *markup.UNEMULATED)}
    assert known_verbs() <= known


def test_every_noun_of_a_dial_is_performed_or_said_to_be_missing() -> None:
    nouns = {name.replace("_", "") for name in vars(Dial) if not name.startswith("_")}
    assert nouns <= {"number", *(name.lower() for name in markup.UNEMULATED_NOUNS)}


def test_every_ssml_element_of_a_say_is_heard() -> None:
    response = VoiceResponse()
    say: Say = response.say(voice="Polly.Joanna")
    builders = [name for name in vars(Say) if not name.startswith("_")]
    for name in builders:
        build = getattr(say, name)
        extra = {"alias": "word"} if name == "sub" else {}
        build("word", **extra) if "words" in inspect.signature(build).parameters else build()
    reading = read_document(str(response).encode())
    assert reading.notices == ()
    (spoken,) = reading.verbs
    heard = " ".join(run for run in spoken.words if isinstance(run, str))
    assert heard.replace(" ", "").count("word") == len(builders) - 1


@pytest.mark.parametrize("verb", sorted(known_verbs() - set(VERBS) - {"connect", "start", "stop"}))
def test_the_verbs_that_are_missing_are_read_as_such(verb: str) -> None:
    response = VoiceResponse()
    response.append(getattr(client, verb.capitalize())(*(["x"] if verb in {"sms", "queue"} else [])))
    (read,) = read_document(str(response).encode()).verbs
    assert isinstance(read, Unemulated)


def a_day_at_work() -> VoiceResponse:
    """Every verb once."""
    response = VoiceResponse()
    response.say("Welcome.", loop=1)
    response.play(f"{APP}/jingle.ulaw")
    response.play(digits="1w2")
    response.pause(length=1)
    gather = response.gather(input="dtmf speech", timeout=2, action="/gathered", num_digits=1)
    gather.say("Press one.")
    gather.pause(length=1)
    response.record(timeout=2, play_beep=True, action="/recorded", max_length=20)
    dial = response.dial(timeout=10)
    dial.number(BOB, status_callback="/leg", status_callback_event="answered completed")
    response.redirect("/last")
    return response


@staged
async def test_a_document_with_every_verb_is_performed(stage: Stage) -> None:
    last = VoiceResponse()
    last.say("Bye.")
    last.hangup()
    stage.app.answers |= {
        "/voice": Answer(str(a_day_at_work())),
        "/last": Answer(str(last)),
        "/jingle.ulaw": Answer(b"x" * 4000, type="audio/ulaw"),
    }
    bob = stage.phone(BOB, "bob", 1.0)
    anna = Phone(stage.now, None)
    stage.call_in(anna)
    await stage.wait(20)
    bob.hangs_up()
    assert await stage.ended() == ("normal", "app")
    assert stage.codes == []
    assert anna.words == ["Welcome.", "Press one.", "Bye."]
    assert anna.keys == "12"
    assert [name for _, name in anna.sounds] == ["speech", "jingle.ulaw", "speech", "beep", "speech"]
    assert stage.statuses("/leg") == [("in-progress", 2), ("completed", 3)]


@staged
async def test_a_rejection_is_performed(stage: Stage) -> None:
    response = VoiceResponse()
    response.reject(reason="busy")
    stage.app.answers["/voice"] = Answer(str(response))
    anna = Phone(stage.now, None)
    stage.call_in(anna)
    assert await stage.ended() == ("busy", "app")
