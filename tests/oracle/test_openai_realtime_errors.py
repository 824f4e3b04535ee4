"""What a Realtime session refuses, message by message, over OpenAI's own client: the session always goes on."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import orjson
from openai.resources.realtime.realtime import AsyncRealtimeConnection

from tests.tools.ai_services import Vendors, encoded, pair, silence, voice, with_vendors
from voicecall_sim.services.audio import PCM_24K
from voicecall_sim.services.openai.realtime.catalogue import EVENTS, WHISPER

UPDATE = "session.update"
TRANSCRIBER = {"type": "audio/pcmu"}


def heard(**changes: Any) -> Any:
    """An update of what a transcription session hears."""
    return {"type": UPDATE, "session": {"type": "transcription", "audio": {"input": changes}}}


def speaks(**changes: Any) -> Any:
    """An update of a speech-to-speech session."""
    return {"type": UPDATE, "session": {"type": "realtime", **changes}}


def vad(**changes: Any) -> Any:
    """An update of the turn detection."""
    return heard(turn_detection={"type": "server_vad", **changes})


def item(**body: Any) -> Any:
    """A new item."""
    return {"type": "conversation.item.create", "item": body}


BOTH: list[tuple[Any, str, str | None]] = [
    ("no json", "invalid_json", None),
    ([], "invalid_type", "event"),
    ({}, "missing_required_parameter", "type"),
    ({"type": "transcription_session.update", "session": {}}, "invalid_value", "type"),
    ({"type": 12}, "invalid_value", "type"),
    ({"type": UPDATE}, "missing_required_parameter", "session"),
    ({"type": UPDATE, "session": []}, "invalid_type", "session"),
    ({"type": UPDATE, "session": {}}, "missing_required_parameter", "session.type"),
    ({"type": UPDATE, "session": {"type": "translation"}}, "invalid_value", "session.type"),
    ({"type": "input_audio_buffer.append"}, "missing_required_parameter", "audio"),
    ({"type": "input_audio_buffer.append", "audio": 7}, "invalid_type", "audio"),
    ({"type": "input_audio_buffer.append", "audio": "*** not base64 ***"}, "invalid_value", "audio"),
    ({"type": "input_audio_buffer.commit"}, "input_audio_buffer_commit_empty", None),
    ({"type": "output_audio_buffer.clear"}, "invalid_value", "type"),
    ({"type": "conversation.item.create"}, "missing_required_parameter", "item"),
    (item(type="picture"), "invalid_value", "item.type"),
    (item(type="message", role="user"), "missing_required_parameter", "item.content"),
    (
        item(type="message", role="user", content=[{"type": "output_text", "text": "x"}]),
        "invalid_value",
        "item.content[0].type",
    ),
    (
        item(type="message", role="user", content=[{"type": "input_text"}]),
        "missing_required_parameter",
        "item.content[0].text",
    ),
    (
        item(type="message", role="user", content=[{"type": "input_audio", "audio": "?"}]),
        "invalid_value",
        "item.content[0].audio",
    ),
    (item(type="function_call_output", call_id="call_x", output="y"), "invalid_tool_call_id", "item.call_id"),
    ({"type": "conversation.item.delete", "item_id": "item_x"}, "item_delete_invalid_item_id", "item_id"),
    ({"type": "conversation.item.delete"}, "missing_required_parameter", "item_id"),
    ({"type": "conversation.item.retrieve", "item_id": "item_x"}, "item_retrieve_invalid_item_id", "item_id"),
    ({"type": "conversation.item.truncate", "item_id": "x"}, "missing_required_parameter", "content_index"),
]

TRANSCRIPTION: list[tuple[Any, str, str | None]] = [
    (speaks(), "invalid_parameter", "session.type"),
    (heard(format={"type": "g711_ulaw"}), "invalid_value", "session.audio.input.format.type"),
    (heard(format={"type": "audio/pcm", "rate": 16000}), "integer_below_min_value", "session.audio.input.format.rate"),
    (heard(format={"type": "audio/pcmu", "rate": 8000}), "unknown_parameter", "session.audio.input.format.rate"),
    (heard(language="en"), "unknown_parameter", "session.audio.input.language"),
    (heard(transcription={"model": "whisper-9"}), "invalid_value", "session.audio.input.transcription.model"),
    (
        heard(transcription={"model": "whisper-1", "language": "it-IT"}),
        "invalid_value",
        "session.audio.input.transcription.language",
    ),
    (heard(transcription={"model": WHISPER}), "invalid_value", "session.audio.input.turn_detection"),
    (
        heard(transcription={"model": WHISPER, "prompt": "x"}, turn_detection=None),
        "invalid_value",
        "session.audio.input.transcription.prompt",
    ),
    (heard(noise_reduction={"type": "middle_field"}), "invalid_value", "session.audio.input.noise_reduction.type"),
    (vad(threshold=1.5), "decimal_above_max_value", "session.audio.input.turn_detection.threshold"),
    (vad(threshold=-0.1), "decimal_below_min_value", "session.audio.input.turn_detection.threshold"),
    (vad(threshold="0.5"), "invalid_type", "session.audio.input.turn_detection.threshold"),
    (vad(silence_duration_ms=0.5), "invalid_type", "session.audio.input.turn_detection.silence_duration_ms"),
    (vad(eagerness="low"), "unknown_parameter", "session.audio.input.turn_detection.eagerness"),
    (heard(turn_detection={"threshold": 0.5}), "missing_required_parameter", "session.audio.input.turn_detection.type"),
    (
        {"type": UPDATE, "session": {"type": "transcription", "instructions": "x"}},
        "unknown_parameter",
        "session.instructions",
    ),
    ({"type": "response.create"}, "invalid_value", "type"),
    (
        {"type": "conversation.item.truncate", "item_id": "x", "content_index": 0, "audio_end_ms": 1},
        "invalid_value",
        "item_id",
    ),
]

REALTIME: list[tuple[Any, str, str | None]] = [
    (heard(format=TRANSCRIBER), "invalid_parameter", "session.type"),
    (speaks(model="gpt-realtime-mini"), "invalid_parameter", "session.model"),
    (speaks(voice="marin"), "unknown_parameter", "session.voice"),
    (speaks(audio={"output": {"voice": "nova"}}), "invalid_value", "session.audio.output.voice"),
    (speaks(audio={"output": {"speed": 2}}), "decimal_above_max_value", "session.audio.output.speed"),
    (speaks(output_modalities=["text", "audio"]), "invalid_value", "session.output_modalities"),
    (speaks(tool_choice="always"), "invalid_value", "session.tool_choice"),
    (speaks(tools=[{"type": "function"}]), "missing_required_parameter", "session.tools[0].name"),
    (speaks(tools=[{"type": "function", "name": "a", "strict": True}]), "unknown_parameter", "session.tools[0].strict"),
    (speaks(max_output_tokens=5000), "integer_above_max_value", "session.max_output_tokens"),
    ({"type": "response.cancel"}, "response_cancel_not_active", None),
    ({"type": "response.create", "response": {"modalities": ["audio"]}}, "unknown_parameter", "response.modalities"),
    (
        {"type": "conversation.item.truncate", "item_id": "x", "content_index": 0, "audio_end_ms": 1},
        "item_truncate_invalid_item_id",
        "item_id",
    ),
]


async def answer(connection: AsyncRealtimeConnection, message: Any) -> Any:
    """The event that a message is answered with."""
    await connection.send_raw(message if isinstance(message, str) else orjson.dumps(message).decode())
    return await connection.recv()


async def judge(vendors: Vendors, connection: AsyncRealtimeConnection, message: Any, code: str, param: Any) -> None:
    """The message is refused, and journaled; the session is as it was."""
    before = (await connection.recv()).to_dict()
    if isinstance(message, dict):
        message = {**message, "event_id": "event_mine"}
    event = await answer(connection, message)
    assert event.type == "error", event
    assert (event.error.type, event.error.code, event.error.param) == ("invalid_request_error", code, param)
    assert event.error.event_id == ("event_mine" if isinstance(message, dict) else None)
    assert vendors.events("error")[-1]["code"] == code
    kind = before["session"]["type"]  # type: ignore[index]
    after = await answer(connection, {"type": UPDATE, "session": {"type": kind}})
    assert after.to_dict()["session"] == before["session"]


@with_vendors()
async def test_a_transcription_session_refuses(vendors: Vendors) -> None:
    assert await not_refused(vendors, vendors.transcribing, BOTH + TRANSCRIPTION) == []


@with_vendors()
async def test_a_speaking_session_refuses(vendors: Vendors) -> None:
    assert await not_refused(vendors, vendors.speaking, BOTH + REALTIME) == []


async def not_refused(vendors: Vendors, session: Callable[[], Any], rows: list[tuple[Any, str, str | None]]) -> Any:
    """Which messages are not refused as they should be, each over a socket of its own, and what is wrong."""
    wrong = []
    for message, code, param in rows:
        async with session() as connection:
            try:
                await judge(vendors, connection, message, code, param)
            except AssertionError as problem:
                wrong.append((message, str(problem)))
    return wrong


@with_vendors()
async def test_an_unknown_event_is_told_what_there_is(vendors: Vendors) -> None:
    async with vendors.transcribing() as connection:
        await connection.recv()
        event = await answer(connection, {"type": "session.upgrade"})
        assert event.error.message.startswith(
            "Invalid value: 'session.upgrade'. Supported values are: 'session.update', "
        )
        assert all(f"'{name}'" in event.error.message for name in EVENTS)


@with_vendors()
async def test_updates_change_what_they_name(vendors: Vendors) -> None:
    async with vendors.speaking() as connection:
        await connection.recv()
        first = await answer(connection, speaks(instructions="Be brief.", audio={"input": {"turn_detection": None}}))
        again = await answer(connection, speaks(audio={"input": {"turn_detection": {"type": "semantic_vad"}}}))
        assert first.session.instructions == again.session.instructions == "Be brief."
        assert first.session.audio.input.turn_detection is None
        detection = again.session.audio.input.turn_detection
        assert (detection.eagerness, detection.create_response) == ("auto", True)
        assert again.session.audio.output.voice == "alloy"
        more = await answer(connection, speaks(audio={"output": {"voice": "cedar"}}, tools=[], tool_choice="none"))
        assert more.session.audio.output.voice == "cedar"
        assert more.session.audio.output.speed == 1.0


@with_vendors(pair("hi", "Hello."))
async def test_the_voice_stays_once_it_was_heard(vendors: Vendors) -> None:
    async with vendors.speaking() as connection:
        await connection.recv()
        await connection.response.create(response={"instructions": 'Say "Hello."'})
        while (await connection.recv()).type != "response.done":
            pass
        event = await answer(connection, speaks(audio={"output": {"voice": "cedar"}}))
        assert event.error.code == "cannot_update_voice"
        same = await answer(connection, speaks(audio={"output": {"voice": "alloy"}}))
        assert same.type == "session.updated"


@with_vendors()
async def test_items_have_an_order(vendors: Vendors) -> None:
    def text(words: str, **more: Any) -> Any:
        content = [{"type": "input_text", "text": words}]
        return {**item(type="message", role="user", content=content, **more.pop("body", {})), **more}

    async with vendors.speaking() as connection:
        await connection.recv()
        added = [await answer(connection, text("one", body={"id": "item_1"})), await connection.recv()]
        assert [event.type for event in added] == ["conversation.item.added", "conversation.item.done"]
        second = await answer(connection, text("two", body={"id": "item_2"}))
        assert second.previous_item_id == "item_1"
        await connection.recv()
        between = await answer(connection, text("between", previous_item_id="item_1"))
        assert between.previous_item_id == "item_1"
        await connection.recv()
        root = await answer(connection, text("zero", previous_item_id="root"))
        assert root.previous_item_id is None
        await connection.recv()
        twice = await answer(connection, text("again", body={"id": "item_1"}))
        assert twice.error.code == "item_create_duplicate_item_id"
        lost = await answer(connection, text("lost", previous_item_id="item_9"))
        assert (lost.error.code, lost.error.param) == ("item_create_invalid_item_id", "previous_item_id")
        kept = await answer(connection, {"type": "conversation.item.retrieve", "item_id": "item_2"})
        assert kept.item.content[0].text == "two"


@with_vendors(pair("three", "Booked."))
async def test_the_history_can_be_given(vendors: Vendors) -> None:
    content = [{"type": "input_audio", "audio": encoded(voice("At three", PCM_24K))}]
    given = [
        item(type="message", role="system", content=[{"type": "input_text", "text": "Be brief."}]),
        item(type="message", role="assistant", content=[{"type": "output_text", "text": "When?"}]),
        item(type="function_call", name="book", arguments="{}"),
        item(type="message", role="user", content=content),
    ]
    async with vendors.speaking() as connection:
        await connection.recv()
        for one in given:
            added = await answer(connection, one)
            assert added.type == "conversation.item.added"
            assert added.item.status == "completed"
            assert (await connection.recv()).type == "conversation.item.done"
        call_id = "call_mine"
        await answer(connection, item(type="function_call", name="look", arguments="{}", call_id=call_id))
        await connection.recv()
        assert (await answer(connection, item(type="function_call_output", call_id=call_id, output=""))).item.type == (
            "function_call_output"
        )
        await connection.recv()
        await connection.conversation.item.create(item=given[-1]["item"])
        await connection.response.create()
        while (event := await connection.recv()).type != "response.done":
            pass
        assert event.to_dict()["response"]["output"][0]["content"][0]["transcript"] == "Booked."  # type: ignore[index]
        spoken = event.to_dict()["response"]["output"][0]["id"]  # type: ignore[index]
        truncate = {"type": "conversation.item.truncate", "item_id": spoken, "content_index": 1, "audio_end_ms": 1}
        assert (await answer(connection, truncate)).error.param == "content_index"
        kept = await answer(connection, {"type": "conversation.item.retrieve", "item_id": added.item.id})
        assert kept.item.content[0].audio == content[0]["audio"]


@with_vendors()
async def test_an_append_may_be_too_large(vendors: Vendors) -> None:
    async with vendors.transcribing() as connection:
        await connection.recv()
        audio = encoded(silence(16 * 1024 * 1024 / 8000))
        event = await answer(connection, {"type": "input_audio_buffer.append", "audio": audio})
        assert (event.error.code, event.error.param) == ("invalid_value", "audio")
