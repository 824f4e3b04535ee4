"""Our commands as TwiML: the very form that Twilio's own client writes, and texts of any kind and length."""

from __future__ import annotations

from typing import Any
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st
from twilio.twiml.voice_response import VoiceResponse

from tests.sdk.carriers.twilio.requests import HOOK, view
from voicecall_sdk.carriers.forms import waits_in_w
from voicecall_sdk.carriers.twilio.markup import (
    EMPTY,
    MAX_SAY,
    document,
    notification,
    reply,
)
from voicecall_sdk.carriers.xml import pieces
from voicecall_sdk.commands import (
    Answer,
    AskStatus,
    Command,
    HangUp,
    Hold,
    Listen,
    Press,
    Prompt,
    Reject,
    Say,
    StopListening,
)
from voicecall_sdk.values import State, Turn

TURN = Turn("t1")


def back(flow: str, turn: bool = True) -> str:
    return f"{HOOK}?callId=c1&flow={flow}&step=s1{'&turn=t1' if turn else ''}"


def written(build: Any) -> str:
    response = VoiceResponse()
    build(response)
    return str(response)


def gather(response: VoiceResponse, text: str | None, language: str = "en-US") -> None:
    listening = response.gather(
        input="dtmf speech",
        action=back("heard"),
        method="POST",
        timeout=5,
        speech_timeout="auto",
        language=language,
    )
    if text is not None:
        listening.say(text, voice="Polly.Joanna", language=language)
    response.redirect(back("silence"), method="POST")


def say(response: VoiceResponse, text: str) -> None:
    response.say(text, voice="Polly.Joanna", language="en-US")
    response.redirect(back("spoken"), method="POST")


def hold(response: VoiceResponse) -> None:
    response.pause(length=60)
    response.redirect(back("hold", turn=False), method="POST")


def press(response: VoiceResponse, digits: str) -> None:
    response.play(digits=digits)
    response.redirect(back("pressed", turn=False), method="POST")


CASES: list[tuple[Command, Any]] = [
    (Say('Hello & <good> "day" it\'s', TURN), lambda r: say(r, 'Hello & <good> "day" it\'s')),
    (Prompt("How are you?", TURN), lambda r: gather(r, "How are you?")),
    (Listen(TURN), lambda r: gather(r, None)),
    (Hold(), hold),
    (Press("1w2W,p#*"), lambda r: press(r, "1w2WWW#*")),
    (HangUp(), lambda r: r.hangup()),
    (Reject(), lambda r: r.reject(reason="rejected")),
    (Reject(busy=True), lambda r: r.reject(reason="busy")),
]


@pytest.mark.parametrize(("command", "build"), CASES, ids=lambda case: type(case).__name__)
def test_a_document_is_what_twilios_client_would_write(command: Command, build: Any) -> None:
    assert document(command, view()) == written(build)


@given(st.text(alphabet=st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), min_size=1, max_size=50))
def test_texts_are_escaped_as_twilios_client_does(text: str) -> None:
    whole = text.strip()
    expected = written(lambda r: say(r, whole) if whole else r.redirect(back("spoken"), method="POST"))
    if "\ufffe" not in text and "\uffff" not in text:
        assert document(Say(text, TURN), view()) == expected


@pytest.mark.parametrize("command", [Answer(), StopListening(), AskStatus()])
def test_what_is_not_said_in_a_document(command: Command) -> None:
    assert document(command, view()) is None


@pytest.mark.parametrize(("silence", "written_"), [(None, "auto"), (0.3, "1"), (0.8, "1"), (1.6, "2"), (3.0, "3")])
def test_the_end_of_speech(silence: float | None, written_: str) -> None:
    assert f'speechTimeout="{written_}"' in (document(Listen(TURN), view(end_of_speech=silence)) or "")


def test_a_view_without_a_step_has_none_in_its_urls() -> None:
    assert "step" not in (document(Hold(), view(step="")) or "")


# --- texts ------------------------------------------------------------------------------------------------------


@given(st.text(max_size=200))
def test_no_text_breaks_a_document(text: str) -> None:
    """Control characters and lone surrogates are no XML, and what is no XML hangs up the call (error 12100)."""
    for command in (Say(text, TURN), Prompt(text, TURN)):
        found = document(command, view())
        assert found is not None
        ET.fromstring(found.encode())
    ET.fromstring(notification(text, 1.0, "Polly.Joanna", "en-US").encode())


@pytest.mark.parametrize("hostile", ["a\x00b", "a\x0bb", "a\x1bb", "a\ud800b", "a\ufffeb", "a\uffffb"])
def test_what_xml_cannot_write_becomes_a_blank(hostile: str) -> None:
    assert ">a b</Say>" in (document(Say(hostile, TURN), view()) or "")


@pytest.mark.parametrize("text", ["", "  ", "\x00\x01"])
def test_nothing_to_say_is_not_said(text: str) -> None:
    assert "<Say" not in (document(Say(text, TURN), view()) or "")
    assert "<Say" not in (document(Prompt(text, TURN), view()) or "")


def test_a_long_text_takes_several_says() -> None:
    sentence = "This is a sentence of no consequence at all. "
    text = sentence * 200
    found = ET.fromstring((document(Prompt(text, TURN), view()) or "").encode())
    said = [element.text or "" for element in found.iter("Say")]
    assert len(said) == 4
    assert all(len(part) <= MAX_SAY and part.endswith(".") for part in said)
    assert " ".join(said) == text.strip()


@given(st.text(alphabet="ab .!?\n", max_size=120), st.integers(3, 20))
def test_pieces_lose_nothing_but_blanks(text: str, most: int) -> None:
    whole = text.strip()
    parts = list(pieces(whole, most))
    assert all(len(part) <= most for part in parts)
    assert "".join("".join(parts).split()) == "".join(whole.split())


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("One. Two three. Four", ["One.", "Two", "three.", "Four"]),
        ("Abcdefghijklmno", ["Abcdefghij", "klmno"]),
        ("ab cdefghijklm", ["ab", "cdefghijkl", "m"]),
    ],
)
def test_pieces_end_where_sentences_or_words_do(text: str, parts: list[str]) -> None:
    assert [part for part in pieces(text, 10) if part] == parts


# --- notifications ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("pause", "length"), [(0.4, 1), (1.0, 1), (3.0, 3)])
def test_a_notification_says_waits_and_hangs_up(pause: float, length: int) -> None:
    def build(response: VoiceResponse) -> None:
        response.say("Ciao & a presto", voice="Polly.Bianca", language="it-IT")
        response.pause(length=length)
        response.hangup()

    assert notification("Ciao & a presto", pause, "Polly.Bianca", "it-IT") == written(build)


def test_a_notification_need_not_wait() -> None:
    assert "Pause" not in notification("Hello", 0.0, "Polly.Joanna", "en-US")


# --- replies ----------------------------------------------------------------------------------------------------


def test_the_last_word_counts() -> None:
    assert "<Hangup" in reply([Say("Hello", TURN), Answer(), HangUp(), Answer()], view()).body
    assert reply([], view()).content_type == "application/xml"


def test_a_live_call_is_never_given_a_document_that_ends_it() -> None:
    assert reply([Answer()], view()).body == document(Hold(), view())


def test_a_call_that_is_over_is_hung_up() -> None:
    assert "<Hangup" in reply([], view(state=State.COMPLETED)).body


def test_a_call_nobody_knows_gets_the_empty_document() -> None:
    assert reply([], None).body == EMPTY == str(VoiceResponse())


def test_digits() -> None:
    assert waits_in_w("0123456789*#wWpP,") == "0123456789*#wWWWW"
