"""What the SDK asks of Telnyx and Plivo, held against the vendors' own packages: parameter names, words, elements."""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from typing import Any, Final, get_args, get_type_hints
from xml.etree.ElementTree import canonicalize

import pytest
from plivo import plivoxml

from tests.sdk.carriers.plivo import requests as plivo_calls
from tests.sdk.carriers.telnyx import requests as telnyx_calls
from voicecall_sdk.carriers.plivo.markup import document
from voicecall_sdk.carriers.telnyx.lexicon import transcribed
from voicecall_sdk.carriers.telnyx.rest import authorize, express
from voicecall_sdk.commands import (
    Answer,
    Command,
    Connect,
    Dial,
    FallSilent,
    HangUp,
    Hold,
    Listen,
    Press,
    Prompt,
    Reject,
    Say,
    StopListening,
)
from voicecall_sdk.values import Turn

TURN: Final = Turn("t1")
DIAL: Final = Dial(to="+15551230002", from_="+15551230001", ring_timeout=30.0, max_duration=300.0, digits="1")

# --- Telnyx: the client's parameter types -----------------------------------------------------------------------

PARAMS: Final = {
    "calls": "call_dial_params.CallDialParams",
    "answer": "calls.action_answer_params.ActionAnswerParams",
    "reject": "calls.action_reject_params.ActionRejectParams",
    "hangup": "calls.action_hangup_params.ActionHangupParams",
    "speak": "calls.action_speak_params.ActionSpeakParams",
    "playback_stop": "calls.action_stop_playback_params.ActionStopPlaybackParams",
    "send_dtmf": "calls.action_send_dtmf_params.ActionSendDtmfParams",
    "transcription_start": "calls.action_start_transcription_params.ActionStartTranscriptionParams",
    "transcription_stop": "calls.action_stop_transcription_params.ActionStopTranscriptionParams",
    "streaming_start": "calls.action_start_streaming_params.ActionStartStreamingParams",
}
COMMANDS: Final[Sequence[Command]] = (
    DIAL,
    Answer(),
    Reject(),
    HangUp(),
    Prompt("Hi", TURN),
    FallSilent(),
    Press("1"),
    StopListening(),
    Connect(TURN),
)


def parameters(action: str) -> set[str]:
    """The names that the client's method takes, as they go over the wire."""
    module, _, name = PARAMS[action].rpartition(".")
    kind: Any = getattr(importlib.import_module(f"telnyx.types.{module}"), name)
    bases = [base for base in kind.__orig_bases__ if hasattr(base, "__annotations__")]
    names = {name for each in (kind, *bases) for name in each.__annotations__}
    return {"from" if name == "from_" else name for name in names}


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: type(command).__name__)
def test_the_client_knows_every_parameter(command: Command) -> None:
    for request in express(command, telnyx_calls.view()):
        content = authorize(request, telnyx_calls.CREDENTIALS).json or {}
        assert set(content) <= parameters(request.path.rpartition("/")[2])


def test_every_action_is_one_of_these() -> None:
    requests = [request for command in COMMANDS for request in express(command, telnyx_calls.view())]
    assert {request.path.rpartition("/")[2] for request in requests} == set(PARAMS)


def test_the_recognizer_knows_the_languages() -> None:
    from telnyx.types.calls.google_transcription_language import GoogleTranscriptionLanguage

    known = set(get_args(GoogleTranscriptionLanguage))
    spoken = [
        "en-US",
        "en-GB",
        "de-DE",
        "fr-FR",
        "es-ES",
        "pt-BR",
        "it-IT",
        "nl-NL",
        "sv-SE",
        "da-DK",
        "nb-NO",
        "pl-PL",
    ]
    spoken += ["ru-RU", "he-IL", "cmn-CN", "zh-TW", "hi-IN", "tl-PH", "ja-JP", "ko-KR"]
    assert {language for language in spoken if transcribed(language) not in known} == set()


def test_the_words_are_the_clients() -> None:
    from telnyx.types.calls.action_reject_params import ActionRejectParams

    causes = set(get_args(get_type_hints(ActionRejectParams)["cause"]))
    told = {(express(Reject(busy), telnyx_calls.view())[0].json or {})["cause"] for busy in (True, False)}
    assert told <= causes


# --- Plivo: the package's own elements --------------------------------------------------------------------------

HOOK: Final = plivo_calls.HOOK


def back(flow: str, turn: str = "") -> str:
    return f"{HOOK}?callId=c1&flow={flow}&step=s1{'&turn=' + turn if turn else ''}"


def redirect(flow: str, turn: str = "") -> Any:
    return plivoxml.RedirectElement(back(flow, turn), method="POST")


def spoken() -> Any:
    return plivoxml.SpeakElement("Fish & <chips>", voice="WOMAN", language="en-US")


def listening() -> Any:
    return plivoxml.GetInputElement(
        action=back("heard", "t1"),
        method="POST",
        input_type="dtmf speech",
        execution_timeout=15,
        digit_end_timeout=5,
        speech_end_timeout=2,
        language="en-US",
        redirect=True,
    )


def stream() -> Any:
    url = "wss://voice.example.com/voice/stream?token=t1"
    return plivoxml.StreamElement(url, bidirectional=True, keepCallAlive=True, contentType="audio/x-mulaw;rate=8000")


DOCUMENTS: Final = {
    Say("Fish & <chips>", TURN): lambda: [spoken(), redirect("spoken", "t1")],
    Prompt("Fish & <chips>", TURN): lambda: [listening().add(spoken()), redirect("silence", "t1")],
    Listen(TURN): lambda: [listening(), redirect("silence", "t1")],
    Hold(): lambda: [plivoxml.WaitElement(length=60), redirect("hold")],
    Press("12#"): lambda: [plivoxml.DTMFElement("12#", async_=False), redirect("pressed")],
    Connect(TURN): lambda: [stream(), redirect("streamed")],
    HangUp(): lambda: [plivoxml.HangupElement()],
    Reject(): lambda: [plivoxml.HangupElement(reason="rejected")],
    Reject(busy=True): lambda: [plivoxml.HangupElement(reason="busy")],
}


@pytest.mark.parametrize("command", DOCUMENTS, ids=lambda command: type(command).__name__)
def test_documents_are_what_the_package_writes(command: Command) -> None:
    response = plivoxml.ResponseElement()
    for each in DOCUMENTS[command]():
        response.add(each)
    ours = document(command, plivo_calls.view(end_of_speech=2.0))
    assert ours is not None
    assert canonicalize(ours) == canonicalize(response.to_string(), strip_text=True)
