"""What our commands look like as Plivo XML: documents of a live call ask us on, and for nothing Plivo refuses."""

from __future__ import annotations

from xml.etree.ElementTree import Element

import pytest
from defusedxml.ElementTree import fromstring
from hypothesis import given
from hypothesis import strategies as st

from tests.sdk.carriers.plivo.requests import HOOK, view
from voicecall_sdk.carriers.plivo.markup import EMPTY, document, reply
from voicecall_sdk.commands import (
    Answer,
    AskStatus,
    Command,
    Connect,
    HangUp,
    Hold,
    Listen,
    Press,
    Prompt,
    Reject,
    Say,
)
from voicecall_sdk.values import State, Turn

TURN = Turn("t1")
LIVE = [Say("Hi", TURN), Prompt("Hi?", TURN), Listen(TURN), Hold(), Press("1"), Connect(TURN)]


def written(command: Command, **changes: object) -> Element:
    text = document(command, view(**changes))
    assert text is not None
    root: Element = fromstring(text)
    assert root.tag == "Response"
    return root


@pytest.mark.parametrize("command", LIVE, ids=lambda command: type(command).__name__)
def test_no_live_document_ends_the_call(command: Command) -> None:
    redirect = written(command)[-1]
    assert (redirect.tag, redirect.attrib) == ("Redirect", {"method": "POST"})
    assert redirect.text is not None
    assert redirect.text.startswith(f"{HOOK}?callId=c1&flow=")
    assert "&step=s1" in redirect.text


def test_what_is_said() -> None:
    speak, redirect = written(Say("Fish & <chips>", TURN))
    assert (speak.tag, speak.text, speak.attrib) == ("Speak", "Fish & <chips>", {"voice": "WOMAN", "language": "en-US"})
    assert redirect.text == f"{HOOK}?callId=c1&flow=spoken&step=s1&turn=t1"


def test_a_prompt_is_said_inside_of_what_listens() -> None:
    listening, redirect = written(Prompt("Your name?", TURN))
    assert listening.attrib == {
        "action": f"{HOOK}?callId=c1&flow=heard&step=s1&turn=t1",
        "method": "POST",
        "inputType": "dtmf speech",
        "executionTimeout": "15",
        "digitEndTimeout": "5",
        "speechEndTimeout": "auto",
        "language": "en-US",
        "redirect": "true",
    }
    assert [child.text for child in listening] == ["Your name?"]
    assert redirect.text == f"{HOOK}?callId=c1&flow=silence&step=s1&turn=t1"
    assert len(written(Listen(TURN))[0]) == 0


@pytest.mark.parametrize(
    ("wanted", "asked"), [(None, "auto"), (0.8, "2"), (1.0, "2"), (3.4, "3"), (10.0, "10"), (60.0, "10")]
)
def test_the_end_of_speech_is_asked_for_within_what_plivo_takes(wanted: float | None, asked: str) -> None:
    assert written(Listen(TURN), end_of_speech=wanted)[0].attrib["speechEndTimeout"] == asked


@pytest.mark.parametrize(
    ("voice", "language", "attributes"),
    [
        ("WOMAN", "de-de", {"voice": "WOMAN", "language": "de-DE"}),
        ("MAN", "hi-IN", {"voice": "MAN"}),
        ("Polly.Amy", "en-GB", {"voice": "Polly.Amy"}),
    ],
)
def test_no_voice_is_asked_for_what_it_cannot_speak(voice: str, language: str, attributes: dict[str, str]) -> None:
    assert written(Say("Hi", TURN), voice=voice, language=language)[0].attrib == attributes


def test_a_stream_is_held_until_it_ends() -> None:
    stream, redirect = written(Connect(Turn("a_b-c")))
    assert (stream.text, stream.attrib) == (
        "wss://voice.example.com/voice/stream?token=a_b-c",
        {"bidirectional": "true", "keepCallAlive": "true", "contentType": "audio/x-mulaw;rate=8000"},
    )
    assert redirect.text == f"{HOOK}?callId=c1&flow=streamed&step=s1"


@pytest.mark.parametrize(("busy", "reason"), [(True, "busy"), (False, "rejected")])
def test_a_refused_call_is_never_answered(busy: bool, reason: str) -> None:
    (hangup,) = written(Reject(busy))
    assert (hangup.tag, hangup.attrib) == ("Hangup", {"reason": reason})


def test_keys_and_hanging_up() -> None:
    keys, _ = written(Press("1w,p#"))
    assert (keys.tag, keys.text, keys.attrib) == ("DTMF", "1wWW#", {"async": "false"})
    assert document(HangUp(), view()) == '<?xml version="1.0" encoding="UTF-8"?><Response><Hangup /></Response>'


def test_what_is_not_said_in_a_document() -> None:
    assert document(AskStatus(), view()) is None
    assert document(Answer(), view()) is None


@pytest.mark.parametrize(
    ("commands", "state", "tag"),
    [
        ([Answer(), Say("Hi", TURN)], State.SPEAKING, "Speak"),
        ([], State.LISTENING, "Wait"),
        ([AskStatus()], State.LISTENING, "Wait"),
        ([], State.COMPLETED, "Hangup"),
    ],
)
def test_the_reply_holds_the_last_that_can_be_written(commands: list[Command], state: State, tag: str) -> None:
    answer = reply(commands, view(state=state))
    assert (fromstring(answer.body)[0].tag, answer.content_type) == (tag, "application/xml")


def test_the_acknowledgement_is_empty() -> None:
    assert reply((), None).body == EMPTY


@given(st.text(max_size=100))
def test_every_text_makes_a_document(text: str) -> None:
    assert written(Say(text, TURN))[-1].tag == "Redirect"


def test_a_long_text_is_spoken_in_pieces() -> None:
    spoken = written(Say("A sentence. " * 500, TURN))[:-1]
    assert [each.tag for each in spoken] == ["Speak", "Speak"]
    assert all(len(each.text or "") <= 3000 for each in spoken)
