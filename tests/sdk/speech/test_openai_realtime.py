"""The speech-to-speech model: its session, what it tells, what it is told, truncation."""

from __future__ import annotations

import asyncio
from base64 import b64encode
from dataclasses import replace
from typing import Any

import pytest
from openai.types.realtime import (
    ConversationItemTruncateEventParam,
    RealtimeSessionCreateRequestParam,
    ResponseCancelEventParam,
    ResponseCreateEventParam,
)

from tests.sdk.speech.model import SCHEMA, SETTINGS, Model, response, talking, valid
from tests.sdk.speech.stage import KEY, Session, playing, until, virtual
from voicecall_sdk.speech.openai_sessions import DEFAULT_INSTRUCTIONS
from voicecall_sdk.speech.vendor import (
    Audio,
    AudioDone,
    BotSaid,
    CallerSaid,
    RealtimeVoice,
    ResponseDone,
    SpeechStarted,
    SpeechStopped,
)


@virtual
async def test_the_session_that_is_asked_for() -> None:
    async with talking() as (model, session, _):
        assert isinstance(model, RealtimeVoice)
        assert session.path == "/v1/realtime?model=gpt-realtime-2.1"
        assert session.headers["Authorization"] == f"Bearer {KEY}"
        (update,) = session.sent("session.update")
        assert valid(RealtimeSessionCreateRequestParam, {**update["session"], "audio": without_null(update)})
        assert update["session"] == {
            "type": "realtime",
            "model": "gpt-realtime-2.1",
            "instructions": "Be kind.",
            "output_modalities": ["audio"],
            "audio": {
                "input": {
                    "format": {"type": "audio/pcmu"},
                    "noise_reduction": None,
                    "transcription": {"model": "gpt-4o-transcribe", "language": "it"},
                    "turn_detection": {
                        "type": "server_vad",
                        "threshold": 0.5,
                        "prefix_padding_ms": 300,
                        "silence_duration_ms": 500,
                        "create_response": True,
                        "interrupt_response": True,
                    },
                },
                "output": {"format": {"type": "audio/pcmu"}, "voice": "marin"},
            },
            "tools": [{"type": "function", "name": "book", "description": "Books a table.", "parameters": SCHEMA}],
            "tool_choice": "auto",
        }


def without_null(update: Any) -> Any:
    """The audio block without the null that the vendor's types do not know, and its documents do."""
    audio = update["session"]["audio"]
    return {**audio, "input": {key: value for key, value in audio["input"].items() if value is not None}}


@virtual
async def test_the_built_in_instructions_and_what_else_may_be_set() -> None:
    settings = replace(SETTINGS, instructions=None, speed=1.2, model="gpt/x y", tools=())
    async with talking(settings) as (_, session, _):
        assert session.path == "/v1/realtime?model=gpt%2Fx%20y"
        asked = session.sent("session.update")[0]["session"]
        assert asked["instructions"] == DEFAULT_INSTRUCTIONS
        assert asked["audio"]["output"]["speed"] == 1.2
        assert asked["tools"] == []


@virtual
async def test_sound_both_ways() -> None:
    async with talking() as (model, session, _):
        model.hear(b"\1" * 160)
        model.hear(b"\2" * 160)
        await until(lambda: len(session.audio) == 320)
        assert session.audio == b"\1" * 160 + b"\2" * 160
        await session.say("response.output_audio.delta", item_id="a", delta=b64encode(b"\5" * 800).decode())
        await session.say("response.audio.delta", item_id="a", delta=b64encode(b"\6").decode())
        await session.say("response.output_audio.done", item_id="a")
        await session.say("response.audio.done", item_id="b")
        await model.tells(Audio(b"\5" * 800, "a"), Audio(b"\6", "a"), AudioDone("a"), AudioDone("b"))


@virtual
async def test_what_is_said_before_it_listens_is_heard() -> None:
    async with playing() as openai:
        openai.handshake_takes = 1
        model = Model()
        model.greet("Hello!")
        opening = asyncio.ensure_future(model.open())
        for number in range(20):
            model.hear(bytes([number]) * 160)
            await asyncio.sleep(0.02)
        await opening
        await until(lambda: len(openai.session.audio) == 3200 and openai.session.sent("response.create"))
        assert openai.session.audio == b"".join(bytes([number]) * 160 for number in range(20))
        await model.close()


@virtual
async def test_turns_and_transcripts() -> None:
    async with talking() as (model, session, _):
        await session.say("input_audio_buffer.speech_started", item_id="u", audio_start_ms=0)
        await session.say("input_audio_buffer.speech_stopped", item_id="u", audio_end_ms=800)
        await session.delta("u", "A table ")
        await session.delta("u", "for two")
        await session.completed("u", "A table for two, please.")
        await session.say("response.output_audio_transcript.delta", item_id="b", delta="Of ")
        await session.say("response.audio_transcript.delta", item_id="b", delta="course.")
        await session.say("response.output_audio_transcript.done", item_id="b", transcript="Of course.")
        await session.say("response.something_new", item_id="b")
        await model.tells(
            SpeechStarted(),
            SpeechStopped(),
            CallerSaid("A table", final=False),
            CallerSaid("A table for two", final=False),
            CallerSaid("A table for two, please.", final=True),
            BotSaid("Of", final=False, item_id="b"),
            BotSaid("Of course.", final=False, item_id="b"),
            BotSaid("Of course.", final=True, item_id="b"),
        )


@virtual
async def test_the_same_words_told_twice_are_one_utterance() -> None:
    async with talking() as (model, session, _):
        for item in ("a", "b"):
            await session.completed(item, "Yes.")
        await model.tells(CallerSaid("Yes.", final=True))
        await asyncio.sleep(2)
        await session.completed("c", "Yes.")
        await session.completed("d", " ")
        await session.failed("e")
        await session.completed("f", "No.")
        await model.tells(CallerSaid("Yes.", final=True), CallerSaid("No.", final=True))


@virtual
async def test_texts_that_come_whole_each_time_are_not_doubled() -> None:
    async with talking() as (model, session, _):
        for delta in ("A table", "A table for", " two"):
            await session.delta("u", delta)
        await session.delta("v", "x" * 5000)
        await model.tells(
            CallerSaid("A table", final=False),
            CallerSaid("A table for", final=False),
            CallerSaid("A table for two", final=False),
            CallerSaid("x" * 1200, final=False),
        )


# --- what the model is told ---------------------------------------------------------------------------------------


@virtual
async def test_it_greets_and_says_one_thing_after_the_other() -> None:
    async with talking() as (model, session, _):
        model.greet("Hello, this is Luigi's.")
        model.say("One moment, please.")
        await until(lambda: session.sent("response.create"))
        await asyncio.sleep(1)
        (asked,) = session.sent("response.create")
        assert valid(ResponseCreateEventParam, asked)
        assert asked["response"]["instructions"].startswith("Be kind.")
        assert '"Hello, this is Luigi\'s."' in asked["response"]["instructions"]
        await session.say("response.created", response={"id": "r"})
        await response(session)
        await until(lambda: len(session.sent("response.create")) == 2)
        said = session.sent("response.create")[1]["response"]
        assert said["instructions"] == (
            'Say the following to the caller, word for word, and nothing else: "One moment, please."'
        )
        assert said["tool_choice"] == "none"
        await model.tells(ResponseDone("completed"))


@virtual
async def test_it_waits_for_a_response_that_the_service_began_itself() -> None:
    async with talking() as (model, session, _):
        await session.say("response.created", response={"id": "auto"})
        await asyncio.sleep(0.1)
        model.say("Hello?")
        await asyncio.sleep(1)
        assert session.sent("response.create") == []
        await response(session, "cancelled")
        await until(lambda: session.sent("response.create"))


@virtual
async def test_a_request_that_met_another_response_is_made_again() -> None:
    async with talking() as (model, session, _):
        model.say("Hello?")
        await until(lambda: session.sent("response.create"))
        (asked,) = session.sent("response.create")
        code = "conversation_already_has_active_response"
        await session.error(code, "busy", event_id=asked["event_id"])
        await asyncio.sleep(1)
        assert len(session.sent("response.create")) == 1
        await response(session)
        await until(lambda: len(session.sent("response.create")) == 2)
        again = session.sent("response.create")[1]
        assert again["response"] == asked["response"]
        await session.error("invalid_value", "no such thing", event_id=again["event_id"])
        await session.error("invalid_value", "about nothing of ours", event_id="x")
        await asyncio.sleep(0.1)
        model.say("And now?")
        await until(lambda: len(session.sent("response.create")) == 3)


@virtual
async def test_cancelling() -> None:
    async with talking() as (model, session, _):
        model.cancel()
        await session.say("response.created", response={"id": "r"})
        await asyncio.sleep(0.1)
        model.cancel()
        await until(lambda: session.sent("response.cancel"))
        (cancelled,) = session.sent("response.cancel")
        assert valid(ResponseCancelEventParam, cancelled)
        await session.error("response_cancel_not_active")


async def speaks(session: Session, item: str, milliseconds: int, *, whole: bool) -> None:
    """The model's sound of that length."""
    sound = b64encode(b"\1" * (milliseconds * 8)).decode()
    await session.say("response.output_audio.delta", item_id=item, delta=sound)
    if whole:
        await session.say("response.output_audio.done", item_id=item)
    await asyncio.sleep(0.1)


@pytest.mark.parametrize(
    ("sent", "whole", "played", "end"),
    [
        (1000, True, 400, 400),
        (1000, False, 400, 400),
        (1000, False, 1000, 1000),
        (1000, False, 1500, 1000),
        (1000, True, 0, 0),
        (1000, True, -5, 0),
        (1000, True, 1000, None),
        (1000, True, 1200, None),
        (0, True, 100, None),
    ],
)
@virtual
async def test_truncation_never_names_more_than_there_was(sent: int, whole: bool, played: int, end: int | None) -> None:
    async with talking() as (model, session, _):
        await speaks(session, "a", sent, whole=whole)
        model.truncate("a", played)
        model.truncate("other", 100)
        await asyncio.sleep(0.1)
        found = session.sent("conversation.item.truncate")
        assert [event["audio_end_ms"] for event in found] == ([] if end is None else [end])
        for event in found:
            assert valid(ConversationItemTruncateEventParam, event)
            assert (event["item_id"], event["content_index"]) == ("a", 0)


@virtual
async def test_nothing_comes_of_an_item_that_was_cut() -> None:
    async with talking() as (model, session, _):
        await speaks(session, "a", 20, whole=False)
        model.truncate("a", 10)
        await speaks(session, "a", 20, whole=True)
        await session.say("response.output_audio_transcript.delta", item_id="a", delta="Of ")
        await session.say("response.output_audio_transcript.done", item_id="a", transcript="Of course.")
        await speaks(session, "b", 20, whole=True)
        await model.tells(Audio(b"\1" * 160, "a"), Audio(b"\1" * 160, "b"), AudioDone("b"))
        model.truncate("a", 10)
        await asyncio.sleep(0.1)
        assert len(session.sent("conversation.item.truncate")) == 1
