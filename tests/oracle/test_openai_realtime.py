"""OpenAI's own client against emulated speech-to-speech sessions: turns, interruptions, functions, truncation."""

from __future__ import annotations

import asyncio
import base64
import json
from typing import Any

import pytest
from openai.resources.realtime.realtime import AsyncRealtimeConnection

from tests.tools.ai_services import FRAME, Vendors, encoded, pair, silence, turns, voice, with_vendors
from voicecall_sim.services.audio import ALAW, PCM_24K, ULAW, Format, understood
from voicecall_sim.services.brain import ToolCall
from voicecall_sim.services.openai.realtime.catalogue import FORMATS
from voicecall_sim.services.trouble import Mishap, times
from voicecall_sim.world.clock import MILLISECOND, SECOND

NAMES = {form: name for name, form in FORMATS.items()}
LONG = "We are open Monday to Friday from nine to five, and on Saturday from ten to two."
PAIRS = (
    pair("opening", LONG),
    pair("sunday", "On Sunday we are closed."),
    pair("bye", "Goodbye.", calls=ToolCall("end_call", {"why": "done"}), then="You may hang up."),
    pair("weather", calls=ToolCall("consult", {"question": "weather?"}), then="It rains."),
    pair("greet", "Hello there."),
)
TOOLS = [{"type": "function", "name": name, "description": "", "parameters": {}} for name in ("end_call", "consult")]


def session(form: Format = ULAW, *, detection: Any = (), **more: Any) -> Any:
    """A configuration."""
    kind: dict[str, Any] = {"type": NAMES[form]} | ({"rate": 24_000} if form is PCM_24K else {})
    heard = {
        "format": kind,
        "transcription": {"model": "gpt-4o-mini-transcribe"},
        "turn_detection": turns() if detection == () else detection,
    }
    audio = {"input": heard, "output": {"format": kind, "voice": "marin"}}
    return {"type": "realtime", "audio": audio, "tools": TOOLS, **more}


async def configured(connection: AsyncRealtimeConnection, config: Any = None) -> Any:
    """The configuration that the service answers with."""
    assert (await connection.recv()).type == "session.created"
    await connection.session.update(session=session() if config is None else config)
    updated = await connection.recv()
    assert updated.type == "session.updated", updated
    return updated.session


async def say(connection: AsyncRealtimeConnection, words: str, form: Format = ULAW, pause: float = 0.6) -> None:
    """Somebody says this, and is silent."""
    audio, size = voice(words, form) + silence(pause, form), round(form.byte_rate * FRAME)
    for start in range(0, len(audio), size):
        await connection.input_audio_buffer.append(audio=encoded(audio[start : start + size]))
        await asyncio.sleep(FRAME)


async def until(connection: AsyncRealtimeConnection, kind: str) -> list[Any]:
    """The events up to one of that type."""
    events: list[Any] = []
    while not events or events[-1].type != kind:
        events.append(await connection.recv())
    return events


def audio_of(events: list[Any]) -> bytes:
    """What was spoken."""
    deltas = [event.delta for event in events if event.type == "response.output_audio.delta"]
    return b"".join(base64.b64decode(delta) for delta in deltas)


def types(events: list[Any]) -> list[str]:
    """The types of events, repetitions once."""
    names = [event.type for event in events]
    return [name for at, name in enumerate(names) if name not in names[:at]]


@pytest.mark.parametrize("form", [ULAW, ALAW, PCM_24K], ids=str)
def test_a_turn(form: Format) -> None:
    @with_vendors(*PAIRS)
    async def talk(vendors: Vendors) -> None:
        async with vendors.speaking() as connection:
            await configured(connection, session(form))
            talking = asyncio.create_task(say(connection, "And on Sunday?", form))
            events = await until(connection, "response.done")
            await talking
        assert understood(audio_of(events), form) == "On Sunday we are closed."
        transcript = [event.delta for event in events if event.type == "response.output_audio_transcript.delta"]
        assert "".join(transcript) == "On Sunday we are closed."
        assert len(transcript) > 2
        assert [kind for kind in types(events) if not kind.startswith("conversation.item.input")] == [
            "input_audio_buffer.speech_started",
            "input_audio_buffer.speech_stopped",
            "input_audio_buffer.committed",
            "conversation.item.added",
            "conversation.item.done",
            "response.created",
            "rate_limits.updated",
            "response.output_item.added",
            "response.content_part.added",
            "response.output_audio_transcript.delta",
            "response.output_audio.delta",
            "response.output_audio.done",
            "response.output_audio_transcript.done",
            "response.content_part.done",
            "response.output_item.done",
            "response.done",
        ]
        (completed,) = [event for event in events if event.type.endswith("transcription.completed")]
        assert completed.transcript == "And on Sunday?"
        done = events[-1].response
        assert (done.status, done.output[0].status) == ("completed", "completed")
        assert done.output[0].content[0].transcript == "On Sunday we are closed."
        assert done.usage.output_token_details.audio_tokens == len("On Sunday we are closed.") * 60 // 50

    talk()


@with_vendors(*PAIRS)
async def test_it_speaks_faster_than_it_is_heard(vendors: Vendors) -> None:
    async with vendors.speaking() as connection:
        await configured(connection)
        talking = asyncio.create_task(say(connection, "Opening hours?"))
        await until(connection, "response.output_audio.delta")
        first = vendors.world.clock.now()
        events = await until(connection, "response.done")
        await talking
    assert vendors.world.clock.now() - first < ULAW.duration(len(audio_of(events))) // 4


@with_vendors(*PAIRS)
async def test_an_instruction_is_followed_by_its_text(vendors: Vendors) -> None:
    async with vendors.speaking() as connection:
        await configured(connection)
        for instructions in (
            'Greet the caller, say: "Hi Anna!"',
            "Say “Hi Anna!” and «no»",
            'Now, "no" or "Hi Anna!"?',
        ):
            await connection.response.create(response={"instructions": instructions})
            assert understood(audio_of(await until(connection, "response.done")), ULAW) == "Hi Anna!"
        assert not vendors.entries("thought")
        await connection.response.create(response={"instructions": "Greet the caller."})
        assert understood(audio_of(await until(connection, "response.done")), ULAW) == "Hello there."
        await connection.response.create()
        assert (await until(connection, "response.done"))[-1].response.output == []


@with_vendors(*PAIRS)
async def test_speech_interrupts(vendors: Vendors) -> None:
    vendors.openai.realtime.knobs.tempo.speed = 1.5
    async with vendors.speaking() as connection:
        await configured(connection)
        talking = asyncio.create_task(say(connection, "Opening hours?", pause=1.2))
        events = [event for _ in range(6) for event in await until(connection, "response.output_audio.delta")]
        talking.cancel()
        talking = asyncio.create_task(say(connection, "And on Sunday?"))
        events += await until(connection, "response.done")
        done = events[-1].response
        assert (done.status, done.status_details.reason) == ("cancelled", "turn_detected")
        assert done.output[0].status == "incomplete"
        spoken = audio_of(events)
        assert 0 < len(spoken) < len(voice(LONG))
        item, there = done.output[0].id, ULAW.duration(len(spoken)) // MILLISECOND
        await connection.conversation.item.truncate(item_id=item, content_index=0, audio_end_ms=there + 1)
        error = (await until(connection, "error"))[-1].error
        assert error.message == f"Audio content of {there}ms is already shorter than {there + 1}ms"
        await connection.conversation.item.truncate(item_id=item, content_index=0, audio_end_ms=720)
        truncated = (await until(connection, "conversation.item.truncated"))[-1]
        assert truncated.audio_end_ms == 720
        events = await until(connection, "response.done")
        assert understood(audio_of(events), ULAW) == "On Sunday we are closed."
        await talking
        await connection.conversation.item.retrieve(item_id=item)
        kept: Any = await connection.recv()
        assert understood(base64.b64decode(kept.item.content[0].audio), ULAW) == LONG[:12].strip()
        assert kept.item.content[0].transcript is None
    (entry,) = vendors.events("truncated")
    assert (entry["kept"], entry["audio_end_ms"]) == (LONG[:12].strip(), 720)


@with_vendors(*PAIRS)
async def test_interruption_and_response_can_be_left_to_the_client(vendors: Vendors) -> None:
    async with vendors.speaking() as connection:
        detection = turns(create_response=False, interrupt_response=False)
        await configured(connection, session(detection=detection))
        await say(connection, "Opening hours?")
        await until(connection, "conversation.item.input_audio_transcription.completed")
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(connection.recv(), 20)
        await connection.response.create()
        await until(connection, "response.output_audio.delta")
        await connection.response.create()
        assert (await until(connection, "error"))[-1].error.code == "conversation_already_has_active_response"
        talking = asyncio.create_task(say(connection, "And on Sunday?"))
        await until(connection, "input_audio_buffer.speech_started")
        await connection.response.cancel()
        done = (await until(connection, "response.done"))[-1].response
        assert (done.status, done.status_details.reason) == ("cancelled", "client_cancelled")
        await connection.response.cancel()
        assert (await until(connection, "error"))[-1].error.code == "response_cancel_not_active"
        await talking


@with_vendors(*PAIRS)
async def test_a_function_is_called_after_what_is_said(vendors: Vendors) -> None:
    async with vendors.speaking() as connection:
        await configured(connection)
        talking = asyncio.create_task(say(connection, "Bye"))
        events = await until(connection, "response.done")
        await talking
        assert understood(audio_of(events), ULAW) == "Goodbye."
        message, call = events[-1].response.output
        assert (message.type, call.type, call.name) == ("message", "function_call", "end_call")
        (arguments,) = [event for event in events if event.type == "response.function_call_arguments.done"]
        assert json.loads(arguments.arguments) == {"why": "done"} == json.loads(call.arguments)
        assert arguments.call_id == call.call_id
        output: Any = {"type": "function_call_output", "call_id": call.call_id, "output": '{"ok": true}'}
        await connection.conversation.item.create(item=output)
        await until(connection, "conversation.item.done")
        await connection.response.create()
        events = await until(connection, "response.done")
        assert understood(audio_of(events), ULAW) == "You may hang up."


@with_vendors(*PAIRS)
async def test_a_function_alone_and_functions_that_are_not_offered(vendors: Vendors) -> None:
    async with vendors.speaking() as connection:
        await configured(connection, session(output_modalities=["text"]))
        item: Any = {"type": "message", "role": "user", "content": [{"type": "input_text", "text": "The weather?"}]}
        await connection.conversation.item.create(item=item)
        await connection.response.create()
        events = await until(connection, "response.done")
        (call,) = events[-1].response.output
        output: Any = {"type": "function_call_output", "call_id": call.call_id, "output": "rain"}
        await connection.conversation.item.create(item=output)
        await connection.response.create()
        events = await until(connection, "response.done")
        assert "".join(event.delta for event in events if event.type == "response.output_text.delta") == "It rains."
        assert events[-1].response.output[0].content[0].type == "output_text"
        await connection.conversation.item.create(item=item)
        await connection.response.create(response={"tool_choice": "none"})
        assert (await until(connection, "response.done"))[-1].response.output == []
    assert vendors.entries("thought")[-1].data["unoffered"] is True


@with_vendors(*PAIRS)
async def test_a_response_beside_the_conversation(vendors: Vendors) -> None:
    async with vendors.speaking() as connection:
        await configured(connection)
        await connection.response.create(response={"instructions": f'Say "{LONG}"'})
        await until(connection, "response.output_audio.delta")
        item: Any = {"type": "message", "role": "user", "content": [{"type": "input_text", "text": "And on Sunday?"}]}
        await connection.response.create(
            response={"conversation": "none", "output_modalities": ["text"], "input": [item], "metadata": {"a": "b"}}
        )
        done = [(await until(connection, "response.done"))[-1].response for _ in range(2)]
        beside, main = sorted(done, key=lambda response: response.conversation_id or "")
        assert beside.output[0].content[0].text == "On Sunday we are closed."
        assert beside.metadata == {"a": "b"}
        await connection.conversation.item.retrieve(item_id=beside.output[0].id)
        assert (await until(connection, "error"))[-1].error.code == "item_retrieve_invalid_item_id"
        await connection.conversation.item.delete(item_id=main.output[0].id)
        assert (await connection.recv()).type == "conversation.item.deleted"


@with_vendors(*PAIRS)
async def test_it_can_fail(vendors: Vendors) -> None:
    async with vendors.speaking() as connection:
        await configured(connection)
        vendors.brain.failures = 1
        talking = asyncio.create_task(say(connection, "And on Sunday?"))
        done = (await until(connection, "response.done"))[-1].response
        assert (done.status, done.status_details.error.type) == ("failed", "server_error")
        await talking
        vendors.openai.stt.add(Mishap(fails=True), times(1))
        await connection.response.create(response={"instructions": 'Say "no"'})
        assert (await until(connection, "response.done"))[-1].response.status == "failed"
        vendors.openai.stt.add(Mishap(delay=5 * SECOND), times(1))
        before = vendors.world.clock.now()
        await connection.response.create(response={"instructions": 'Say "yes"'})
        assert understood(audio_of(await until(connection, "response.done")), ULAW) == "yes"
        assert vendors.world.clock.now() - before > 5 * SECOND


@with_vendors(*PAIRS)
async def test_a_session_that_ends_in_mid_speech_leaves_nothing_behind(vendors: Vendors) -> None:
    async with vendors.speaking() as connection:
        await configured(connection)
        await connection.response.create(response={"instructions": f'Say "{LONG}"'})
        await until(connection, "response.output_audio.delta")
    await asyncio.sleep(20)
    assert [event["event"] for event in vendors.events("response", "closed")] == ["closed"]
