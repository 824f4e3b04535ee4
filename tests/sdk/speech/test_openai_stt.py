"""The ear: the session it asks for, the order of what it tells, and how it is refused."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from openai.types.realtime import (
    InputAudioBufferAppendEventParam,
    InputAudioBufferCommitEventParam,
    RealtimeTranscriptionSessionCreateRequestParam,
)
from pydantic import TypeAdapter

from tests.sdk.speech.ear import LOUD, Ear, frame
from tests.sdk.speech.stage import KEY, Session, now, playing, until, virtual
from voicecall_sdk.errors import SpeechFailed
from voicecall_sdk.speech.openai_socket import APPEND
from voicecall_sdk.speech.openai_stt import State
from voicecall_sdk.speech.vendor import Final, Partial, Recognizer, SpeechStarted, SpeechStopped


@virtual
async def test_the_session_that_is_asked_for() -> None:
    async with playing() as openai:
        ear = Ear()
        assert isinstance(ear, Recognizer)
        await ear.open()
        assert ear.state is State.READY
        session = openai.session
        assert session.path == "/v1/realtime?intent=transcription"
        assert session.headers["Authorization"] == f"Bearer {KEY}"
        assert "OpenAI-Beta" not in session.headers
        (update,) = session.sent("session.update")
        assert update["session"] == {
            "type": "transcription",
            "audio": {
                "input": {
                    "format": {"type": "audio/pcmu"},
                    "transcription": {"model": "gpt-4o-transcribe", "language": "it", "prompt": "names of dishes"},
                    "turn_detection": {
                        "type": "server_vad",
                        "threshold": 0.0,
                        "prefix_padding_ms": 300,
                        "silence_duration_ms": 650,
                    },
                }
            },
        }
        adapter: TypeAdapter[Any] = TypeAdapter(RealtimeTranscriptionSessionCreateRequestParam)
        assert adapter.validate_python(update["session"], strict=True, extra="forbid")
        await ear.close()


@virtual
async def test_frames_are_appended_as_they_come() -> None:
    async with playing() as openai:
        ear, raw = Ear(), []
        await ear.open()
        for number in range(5):
            ear.hear(frame(number))
            await asyncio.sleep(0.02)
            raw.append(len(openai.session.audio))
        assert raw == [160, 320, 480, 640, 800]
        assert openai.session.audio == b"".join(map(frame, range(5)))
        await ear.close()


def test_messages_have_the_form_that_the_vendors_client_sends() -> None:
    append = json.loads(APPEND % b"AAAA")
    TypeAdapter(InputAudioBufferAppendEventParam).validate_python(append, strict=True, extra="forbid")
    commit = {"type": "input_audio_buffer.commit"}
    TypeAdapter(InputAudioBufferCommitEventParam).validate_python(commit, strict=True, extra="forbid")


@virtual
async def test_one_utterance() -> None:
    async with playing() as openai:
        ear = Ear()
        await ear.open()
        session = openai.session
        await session.say("input_audio_buffer.speech_started", item_id="a", audio_start_ms=0)
        await session.delta("a", "Yes, ")
        await session.delta("a", "that works.")
        await session.say("input_audio_buffer.speech_stopped", item_id="a", audio_end_ms=900)
        await session.committed("a")
        await session.completed("a", " Yes, that works. ")
        await until(lambda: ear.finals)
        assert ear.heard == [
            SpeechStarted(),
            Partial("Yes, "),
            Partial("Yes, that works."),
            SpeechStopped(),
            Final("Yes, that works."),
        ]
        await ear.close()


@virtual
async def test_utterances_are_told_in_the_order_in_which_they_were_said() -> None:
    async with playing() as openai:
        ear = Ear()
        await ear.open()
        session = openai.session
        await session.committed("a")
        await session.committed("b", "a")
        await session.committed("c", "b")
        await session.completed("c", "three")
        await session.completed("b", "two")
        await asyncio.sleep(1)
        assert ear.finals == []
        await session.completed("a", "one")
        await until(lambda: len(ear.finals) == 3)
        assert ear.finals == ["one", "two", "three"]
        await ear.close()


@pytest.mark.parametrize("how", ["failed", "empty", "never"])
@virtual
async def test_an_utterance_without_text_does_not_hold_back_the_next(how: str) -> None:
    async with playing() as openai:
        ear = Ear()
        await ear.open()
        session = openai.session
        await session.committed("a")
        await session.committed("b", "a")
        await session.completed("b", "two")
        if how == "failed":
            await session.failed("a")
        elif how == "empty":
            await session.completed("a", "  ")
        before = now()
        await until(lambda: ear.finals)
        assert ear.finals == ["two"]
        assert (now() - before > 4) is (how == "never")
        if how == "never":
            await session.completed("a", "too late")
            await asyncio.sleep(1)
            assert ear.finals == ["two"]
        await ear.close()


# --- refusals -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "body", "reason"),
    [
        (401, '{"error": {"code": "invalid_api_key", "message": "Incorrect: %s"}}', "(401): the API key is refused"),
        (403, "", "(403): the API key is refused"),
        (404, "", "(404)"),
        (429, '{"error": {"message": "Rate limit  reached"}}', "(429): Rate limit reached"),
        (500, "<html>", "(500)"),
        (503, '{"error": {"message": "key %s is overloaded"}}', "(503): key <apiKey> is overloaded"),
    ],
)
@virtual
async def test_an_upgrade_that_is_refused(status: int, body: str, reason: str) -> None:
    async with playing() as openai:
        openai.refuse, openai.refusal = [status], body.replace("%s", KEY)
        ear = Ear()
        with pytest.raises(SpeechFailed) as refused:
            await ear.open()
        assert str(refused.value) == f"Realtime STT API error {reason}"
        assert ear.state is State.CLOSED
        assert ear.heard == []
        await ear.close()


@pytest.mark.parametrize(
    ("code", "message", "reason"),
    [
        ("invalid_api_key", f"Incorrect API key provided: {KEY}", "Realtime STT: the API key is refused"),
        ("invalid_value", "Unknown model 'x'.", "Realtime STT: Unknown model 'x'."),
        ("beta_api_shape_disabled", "", "Realtime STT: beta_api_shape_disabled"),
    ],
)
@virtual
async def test_a_session_that_is_refused(code: str, message: str, reason: str) -> None:
    async with playing() as openai:

        async def refuse(session: Session) -> None:
            await session.say("session.created", session={})
            await session.error(code, message)

        openai.confirm = refuse
        ear = Ear()
        with pytest.raises(SpeechFailed) as refused:
            await ear.open()
        assert str(refused.value) == reason
        await until(lambda: openai.session.socket.close_code is not None)


@virtual
async def test_a_service_that_hangs_up_at_once() -> None:
    async with playing() as openai:

        async def close(session: Session) -> None:
            await session.socket.close(3000, "invalid_request_error.invalid_api_key")

        openai.confirm = close
        with pytest.raises(SpeechFailed, match=r"closed the connection with 3000 \(invalid_request_error"):
            await Ear().open()


@virtual
async def test_a_service_that_never_confirms_is_left_after_ten_seconds() -> None:
    async with playing() as openai:

        async def nothing(session: Session) -> None:
            await session.say("session.created", session={})

        openai.confirm = nothing
        with pytest.raises(SpeechFailed, match=r"^Realtime STT connection timeout$"):
            await Ear().open()
        assert now() == pytest.approx(10, abs=0.1)
        await until(lambda: openai.session.socket.close_code is not None, within=1)


@virtual
async def test_a_handshake_that_never_ends_is_left_after_ten_seconds() -> None:
    async with playing() as openai:
        openai.handshake_takes = 30
        with pytest.raises(SpeechFailed, match=r"^Realtime STT connection timeout$"):
            await Ear().open()
        assert now() == pytest.approx(10, abs=0.1)
        openai.handshake_takes = 0
        await asyncio.sleep(30)
        assert openai.sessions == []


@virtual
async def test_nobody_there() -> None:
    with pytest.raises(SpeechFailed, match="cannot be reached"):
        await Ear().open()


@virtual
async def test_it_is_opened_once() -> None:
    async with playing():
        ear = Ear()
        await ear.open()
        with pytest.raises(SpeechFailed, match="twice"):
            await ear.open()
        await ear.close()
        await ear.close()


@virtual
async def test_closed_while_it_opens() -> None:
    async with playing() as openai:
        openai.handshake_takes = 5
        ear = Ear()
        opening = asyncio.ensure_future(ear.open())
        await asyncio.sleep(1)
        await ear.close()
        with pytest.raises(SpeechFailed, match="closed while it was being opened"):
            await opening
        ear.hear(LOUD)
        assert ear.heard == []


@virtual
async def test_cancelled_while_it_opens() -> None:
    async with playing() as openai:
        openai.handshake_takes = 5
        ear = Ear()
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(1):
                await ear.open()
        assert ear.state is State.CLOSED
