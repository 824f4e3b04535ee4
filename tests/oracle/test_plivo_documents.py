"""Documents made by Plivo's own XML classes are read by the emulator as they were meant."""

from __future__ import annotations

from plivo import plivoxml

from voicecall_sim.carriers.plivo.elements import (
    Conference,
    Dial,
    Dialled,
    Dtmf,
    Hangup,
    Input,
    Play,
    PreAnswer,
    Record,
    Redirect,
    Speak,
    Stream,
    Unemulated,
    Wait,
)
from voicecall_sim.carriers.plivo.markup import read_document

URL = "https://app.example/x"


def read(*elements: object) -> tuple[object, ...]:
    """What the emulator makes of these."""
    response = plivoxml.ResponseElement()
    for element in elements:
        response.add(element)
    return read_document(response.to_string().encode())


def test_sounds_and_waits() -> None:
    assert read(
        plivoxml.SpeakElement("Hello.", voice="WOMAN", language="en-GB", loop=2),
        plivoxml.PlayElement(URL, loop=0),
        plivoxml.WaitElement(length=7, silence=True, min_silence=1500),
        plivoxml.DTMFElement("12w#", async_=False),
    ) == (
        Speak(words=("Hello.",), loop=2),
        Play(url=URL, loop=0),
        Wait(length=7, silence=True, min_silence=1500),
        Dtmf(digits="12w#", asynchronous=False),
    )


def test_ssml() -> None:
    speak = plivoxml.SpeakElement("Now", voice="Polly.Joanna", language="en-US")
    speak.add_break(time="2s")
    speak.add_emphasis("listen", level="strong")
    assert read(speak) == (Speak(words=("Now", 2_000_000, "listen")),)


def test_input() -> None:
    digits = plivoxml.GetDigitsElement(action=URL, num_digits=4, timeout=9, digit_timeout=3, retries=2)
    digits.add(plivoxml.SpeakElement("Digits."))
    words = plivoxml.GetInputElement(
        action=URL, method="GET", input_type="dtmf speech", execution_timeout=20, speech_end_timeout=3, redirect=False
    )
    assert read(digits, words) == (
        Input(
            name="GetDigits",
            action=URL,
            num_digits=4,
            timeout=9,
            digit_timeout=3,
            retries=2,
            prompts=(Speak(words=("Digits.",)),),
        ),
        Input(
            name="GetInput",
            action=URL,
            method="GET",
            redirect=False,
            kinds=("dtmf", "speech"),
            timeout=20,
            digit_timeout=None,
            speech_timeout=3,
            num_digits=32,
        ),
    )


def test_the_course_of_a_call() -> None:
    dial = plivoxml.DialElement(action=URL, timeout=20, hangup_on_star=True, digits_match="1,22", confirm_key="1")
    dial.add(plivoxml.NumberElement("15551230001", send_digits="ww1"))
    dial.add(plivoxml.UserElement("sip:anna@phone.plivo.com"))
    early = plivoxml.PreAnswerElement().add(plivoxml.SpeakElement("Hold."))
    assert read(
        dial,
        early,
        plivoxml.RecordElement(action=URL, max_length=30, finish_on_key="*", play_beep=False, file_format="wav"),
        plivoxml.ConferenceElement("room", muted=True, max_members=3, end_conference_on_exit=True),
        plivoxml.MessageElement("Hi.", src="1", dst="2"),
        plivoxml.RedirectElement(URL, method="GET"),
        plivoxml.HangupElement(schedule=60),
    ) == (
        Dial(
            dialled=(Dialled(address="15551230001", send_digits="ww1"), Dialled(address="sip:anna@phone.plivo.com")),
            action=URL,
            timeout=20,
            hangup_on_star=True,
            digits_match=("1", "22"),
            confirm_key="1",
        ),
        PreAnswer(inside=(Speak(words=("Hold.",)),)),
        Record(action=URL, max_length=30, finish_on_key="*", beep=False, format="wav"),
        Conference(room="room", muted=True, max_members=3, end_on_exit=True),
        Unemulated(name="Message", attributes={"src": "1", "dst": "2"}),
        Redirect(url=URL, method="GET"),
        Hangup(schedule=60),
    )


def test_a_stream() -> None:
    stream = plivoxml.StreamElement(
        "wss://app.example/ws",
        bidirectional=True,
        keepCallAlive=True,
        contentType="audio/x-mulaw;rate=8000",
        extraHeaders="userId=1",
        statusCallbackUrl=URL,
    )
    (made,) = read(stream)
    assert made == Stream(
        url="wss://app.example/ws",
        bidirectional=True,
        keep_call_alive=True,
        content_type="audio/x-mulaw;rate=8000",
        extra_headers="userId=1",
        status_url=URL,
    )
