"""The SDK's TwiML is byte for byte what Twilio's own builder writes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from twilio.twiml.voice_response import VoiceResponse

from voicecall_sdk.carriers import CARRIERS
from voicecall_sdk.carriers.carrier import CallView
from voicecall_sdk.carriers.twilio.markup import document, notification
from voicecall_sdk.commands import Command, HangUp, Hold, Listen, Press, Prompt, Reject, Say
from voicecall_sdk.values import CallId, Direction, ProviderCallId, State, Turn

HOOK = "https://voice.example.com/voice/webhook?callId=c1"
VIEW = CallView(
    call_id=CallId("c1"),
    provider_call_id=ProviderCallId("CA1"),
    direction=Direction.OUTBOUND,
    webhook_url="https://voice.example.com/voice/webhook",
    voice="Polly.Joanna",
    language="en-US",
    state=State.ANSWERED,
    step="s1",
)
VOICED = {"voice": "Polly.Joanna", "language": "en-US"}


def back(response: VoiceResponse, marks: str) -> None:
    response.redirect(f"{HOOK}&{marks}", method="POST")


def said(response: VoiceResponse, text: str) -> None:
    response.say(text, **VOICED)
    back(response, "flow=spoken&step=s1&turn=t")


def gathered(response: VoiceResponse, text: str | None, speech_timeout: str = "auto") -> None:
    gather = response.gather(
        input="dtmf speech",
        action=f"{HOOK}&flow=heard&step=s1&turn=t",
        method="POST",
        timeout=5,
        speech_timeout=speech_timeout,
        language="en-US",
    )
    if text is not None:
        gather.say(text, **VOICED)
    back(response, "flow=silence&step=s1&turn=t")


def held(response: VoiceResponse) -> None:
    response.pause(length=60)
    back(response, "flow=hold&step=s1")


def pressed(response: VoiceResponse) -> None:
    response.play(digits="1ww4711#")
    back(response, "flow=pressed&step=s1")


DOCUMENTS: list[tuple[Command, Callable[[VoiceResponse], Any]]] = [
    (Say('Fish & <chips> "today", it\'s 5 > 3.', Turn("t")), lambda r: said(r, 'Fish & <chips> "today", it\'s 5 > 3.')),
    (Prompt("Ciao! Perché no?", Turn("t")), lambda r: gathered(r, "Ciao! Perché no?")),
    (Listen(Turn("t")), lambda r: gathered(r, None)),
    (Hold(), held),
    (Press("1ww4711#"), pressed),
    (HangUp(), lambda r: r.hangup()),
    (Reject(), lambda r: r.reject(reason="rejected")),
    (Reject(busy=True), lambda r: r.reject(reason="busy")),
]


@pytest.mark.parametrize(("command", "build"), DOCUMENTS, ids=lambda each: type(each).__name__)
def test_each_document_is_what_twilio_writes(command: Command, build: Callable[[VoiceResponse], Any]) -> None:
    response = VoiceResponse()
    build(response)
    assert document(command, VIEW) == str(response)


def test_a_set_end_of_speech() -> None:
    response = VoiceResponse()
    gathered(response, None, "2")
    assert document(Listen(Turn("t")), replace(VIEW, end_of_speech=2.2)) == str(response)


def test_a_notification() -> None:
    response = VoiceResponse()
    response.say("Your parcel.", **VOICED)
    response.pause(length=3)
    response.hangup()
    assert notification("Your parcel.", 3.0, "Polly.Joanna", "en-US") == str(response)


@given(st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Zs", "Zl", "Zp", "Cn"]), min_size=1))
def test_any_words(text: str) -> None:
    response = VoiceResponse()
    said(response, text)
    assert document(Say(text, Turn("t")), VIEW) == str(response)


def test_the_empty_reply() -> None:
    assert CARRIERS["twilio"].document((), None).body == str(VoiceResponse())
