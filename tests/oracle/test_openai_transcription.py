"""OpenAI's own client against the emulated Realtime transcription: sockets, turns, transcripts, in virtual time."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
import websockets
from openai.resources.realtime.realtime import AsyncRealtimeConnection
from openai.types.realtime import RealtimeServerEvent
from websockets.exceptions import ConnectionClosed, ConnectionClosedError, InvalidStatus

from tests.tools.ai_services import FRAME, Vendors, encoded, silence, turns, voice, with_vendors
from voicecall_sim.services.audio import ALAW, PCM_24K, ULAW, Format
from voicecall_sim.services.openai.realtime.catalogue import FORMATS
from voicecall_sim.services.trouble import Mishap, times
from voicecall_sim.world.clock import MILLISECOND, SECOND

NAMES = {form: name for name, form in FORMATS.items()}
COMPLETED = "conversation.item.input_audio_transcription.completed"


def session(form: Format = ULAW, detection: Any = (), **transcription: Any) -> Any:
    """A configuration in the general form."""
    kind: dict[str, Any] = {"type": NAMES[form]}
    if form is PCM_24K:
        kind["rate"] = 24_000
    heard = {
        "format": kind,
        "transcription": {"model": "gpt-4o-transcribe", **transcription},
        "turn_detection": turns() if detection == () else detection,
    }
    return {"type": "transcription", "audio": {"input": heard}}


async def configured(connection: AsyncRealtimeConnection, config: Any = None) -> Any:
    """The configuration that the service answers with."""
    assert (await connection.recv()).type == "session.created"
    await connection.session.update(session=session() if config is None else config)
    updated = await connection.recv()
    assert updated.type == "session.updated", updated
    return updated.session


async def play(connection: AsyncRealtimeConnection, audio: bytes, form: Format = ULAW, size: int | None = None) -> None:
    """Send audio as it is spoken, in frames of 20 ms (or of `size` bytes)."""
    size = size or round(form.byte_rate * FRAME)
    for start in range(0, len(audio), size):
        frame = audio[start : start + size]
        await asyncio.sleep(len(frame) / form.byte_rate)
        await connection.input_audio_buffer.append(audio=encoded(frame))


async def until(connection: AsyncRealtimeConnection, kind: str) -> list[RealtimeServerEvent]:
    """The events up to one of that type."""
    events: list[RealtimeServerEvent] = []
    while not events or events[-1].type != kind:
        events.append(await connection.recv())
    return events


async def heard(
    connection: AsyncRealtimeConnection, audio: bytes, form: Format = ULAW, size: int | None = None
) -> list[Any]:
    """The events while this is played, up to the transcript."""
    playing = asyncio.create_task(play(connection, audio, form, size))
    events = await until(connection, COMPLETED)
    await playing
    return events


@pytest.mark.parametrize("form", [ULAW, ALAW, PCM_24K], ids=str)
def test_what_is_said_is_transcribed(form: Format) -> None:
    @with_vendors()
    async def listen(vendors: Vendors) -> None:
        async with vendors.transcribing() as connection:
            await configured(connection, session(form, language="it", prompt="Names of people"))
            audio = silence(0.6, form) + voice("Perché no? Ciao!", form) + silence(0.8, form)
            events = await heard(connection, audio, form)
        assert [event.type for event in events if not event.type.endswith("delta")] == [
            "input_audio_buffer.speech_started",
            "input_audio_buffer.speech_stopped",
            "input_audio_buffer.committed",
            "conversation.item.added",
            "conversation.item.done",
            COMPLETED,
        ]
        assert events[-1].transcript == "Perché no? Ciao!"
        assert "".join(event.delta for event in events if event.type.endswith("delta")) == events[-1].transcript
        assert len({event.item_id for event in events if hasattr(event, "item_id")}) == 1
        assert len({event.event_id for event in events}) == len(events)

    listen()


@with_vendors()
async def test_boundaries_are_in_the_time_of_the_audio(vendors: Vendors) -> None:
    words = "Yes, that works."
    async with vendors.transcribing() as connection:
        await configured(connection)
        begun = vendors.world.clock.now()
        await connection.input_audio_buffer.append(audio=encoded(silence(5)))
        events = await heard(connection, voice(words) + silence(1))
        assert vendors.world.clock.now() - begun < 4 * SECOND
        started, stopped = events[0], events[1]
        assert started.audio_start_ms == 5000 - 300
        assert 0 <= stopped.audio_end_ms - (5000 + len(words) * 60 + 400) <= 20
        first = events[-1]
        assert first.usage.type == "tokens"
        events = await heard(connection, silence(0.5) + voice("And one more.") + silence(1))
    committed = next(event for event in events if event.type == "input_audio_buffer.committed")
    assert committed.previous_item_id == first.item_id
    assert events[-1].transcript == "And one more."


@with_vendors()
async def test_the_beginning_of_speech_is_told_at_once(vendors: Vendors) -> None:
    async with vendors.transcribing() as connection:
        await configured(connection)
        playing = asyncio.create_task(play(connection, silence(0.4) + voice("Hello there") + silence(1)))
        begun = vendors.world.clock.now() + 400 * MILLISECOND
        await until(connection, "input_audio_buffer.speech_started")
        assert 40 * MILLISECOND <= vendors.world.clock.now() - begun <= 80 * MILLISECOND
        await playing


@pytest.mark.parametrize("size", [37, 160, 333, 1600, 100_000])
def test_frames_may_have_any_size(size: int) -> None:
    @with_vendors()
    async def listen(vendors: Vendors) -> None:
        async with vendors.transcribing() as connection:
            await configured(connection)
            events = await heard(connection, silence(0.3) + voice("Any size.") + silence(0.9), size=size)
            assert events[-1].transcript == "Any size."
            assert 0 <= events[0].audio_start_ms <= 20

    listen()


@with_vendors()
async def test_without_turn_detection_the_client_commits(vendors: Vendors) -> None:
    async with vendors.transcribing() as connection:
        config = await configured(connection, session(detection=None, model="whisper-1"))
        assert config.audio.input.turn_detection is None
        await connection.input_audio_buffer.append(audio=encoded(voice("Commit me.")))
        await connection.input_audio_buffer.commit()
        events: list[Any] = await until(connection, COMPLETED)
        assert [event.type for event in events][:3] == [
            "input_audio_buffer.committed",
            "conversation.item.added",
            "conversation.item.done",
        ]
        assert [event.delta for event in events if event.type.endswith("delta")] == ["Commit me."]
        assert events[-1].usage.type == "duration"
        await connection.input_audio_buffer.append(audio=encoded(voice("Forget me.")))
        await connection.input_audio_buffer.clear()
        assert (await connection.recv()).type == "input_audio_buffer.cleared"
        await connection.input_audio_buffer.append(audio=encoded(silence(0.05)))
        await connection.input_audio_buffer.commit(event_id="mine")
        error: Any = await connection.recv()
        assert (error.error.code, error.error.event_id) == ("input_audio_buffer_commit_empty", "mine")
        assert "50.00ms" in error.error.message
        await connection.input_audio_buffer.append(audio=encoded(b"\x12\x34" * 4000))
        await connection.input_audio_buffer.commit()
        assert (await until(connection, COMPLETED))[-1].to_dict()["transcript"] == ""


@with_vendors()
async def test_a_transcript_can_fail_and_be_late(vendors: Vendors) -> None:
    vendors.openai.stt.add(Mishap(delay=2 * SECOND), times(1))
    async with vendors.transcribing() as connection:
        await configured(connection)
        playing = asyncio.create_task(play(connection, voice("Late.") + silence(1)))
        await until(connection, "conversation.item.done")
        before = vendors.world.clock.now()
        await until(connection, COMPLETED)
        assert vendors.world.clock.now() - before >= 2 * SECOND
        await playing
        vendors.openai.stt.add(Mishap(fails=True), times(1))
        playing = asyncio.create_task(play(connection, voice("Lost.") + silence(1)))
        failed: Any = (await until(connection, "conversation.item.input_audio_transcription.failed"))[-1]
        assert failed.error.code == "transcription_failed"
        await playing


@with_vendors()
async def test_transcripts_may_overtake_each_other(vendors: Vendors) -> None:
    vendors.openai.realtime.knobs.jitter = 4 * SECOND
    texts = [f"Number {word}." for word in ("one", "two", "three", "four", "five", "six")]
    async with vendors.transcribing() as connection:
        await configured(connection, session(detection=turns(200)))
        playing = asyncio.create_task(play(connection, b"".join(voice(text) + silence(0.4) for text in texts)))
        got: list[Any] = []
        committed: list[str] = []
        while len(got) < len(texts):
            event: Any = await connection.recv()
            if event.type == "input_audio_buffer.committed":
                assert event.previous_item_id == (committed[-1] if committed else None)
                committed.append(event.item_id)
            if event.type == COMPLETED:
                got.append(event)
        await playing
    assert {event.transcript for event in got} == set(texts)
    assert [event.item_id for event in got] != committed
    assert dict(zip(committed, texts, strict=True)) == {event.item_id: event.transcript for event in got}


# --- who may ----------------------------------------------------------------------------------------------------


async def told_and_closed(connection: AsyncRealtimeConnection) -> tuple[str | None, int, str]:
    """The error that is told, and how the socket is closed then."""
    event: Any = await connection.recv()
    assert event.type == "error"
    with pytest.raises(ConnectionClosed) as caught:
        await connection.recv()
    assert caught.value.rcvd is not None
    return event.error.code, caught.value.rcvd.code, caught.value.rcvd.reason


@with_vendors()
async def test_a_wrong_key_is_told_and_closed(vendors: Vendors) -> None:
    async with vendors.transcribing(key="sk-wrong") as connection:
        assert await told_and_closed(connection) == ("invalid_api_key", 3000, "invalid_request_error.invalid_api_key")
    assert [event["event"] for event in vendors.events("opened", "error", "closed")] == ["opened", "error", "closed"]


@with_vendors()
async def test_the_beta_is_over(vendors: Vendors) -> None:
    async with vendors.transcribing(extra_headers={"OpenAI-Beta": "realtime=v1"}) as connection:
        code = "beta_api_shape_disabled"
        assert await told_and_closed(connection) == (code, 4000, f"invalid_request_error.{code}")


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ({"intent": "transcription", "model": "gpt-4o-transcribe"}, "invalid_parameter"),
        ({}, "missing_model"),
        ({"model": "gpt-unreal"}, "model_not_found"),
    ],
)
def test_the_address_says_which_session(query: dict[str, str], code: str) -> None:
    @with_vendors()
    async def connect(vendors: Vendors) -> None:
        async with vendors.client() as client, client.realtime.connect(extra_query=query) as connection:
            assert (await told_and_closed(connection))[0] == code

    connect()


@with_vendors()
async def test_it_can_refuse_the_upgrade(vendors: Vendors) -> None:
    vendors.openai.stt.add(Mishap(refuse=429), times(1))
    with pytest.raises(InvalidStatus) as caught:
        async with vendors.transcribing():
            pass
    assert caught.value.response.status_code == 429
    with pytest.raises(InvalidStatus) as caught:
        async with websockets.connect("wss://api.openai.com/v1/realtime?intent=transcription"):
            pass
    assert caught.value.response.status_code == 401


@with_vendors()
async def test_the_old_form_where_it_is_still_accepted(vendors: Vendors) -> None:
    vendors.openai.realtime.knobs.accepts_beta = True
    async with vendors.transcribing(extra_headers={"OpenAI-Beta": "realtime=v1"}) as connection:
        created: Any = await connection.recv()
        assert created.type == "transcription_session.created"
        assert created.session["input_audio_format"] == "pcm16"
        old: Any = {
            "type": "transcription_session.update",
            "session": {
                "input_audio_format": "g711_ulaw",
                "input_audio_transcription": {"model": "gpt-4o-transcribe"},
                "turn_detection": turns(),
            },
        }
        await connection.send(old)
        updated: Any = await connection.recv()
        assert updated.type == "transcription_session.updated"
        assert updated.session["input_audio_format"] == "g711_ulaw"
        events = await heard(connection, voice("As in old days.") + silence(1))
    assert "conversation.item.created" in [event.type for event in events]
    assert events[-1].transcript == "As in old days."


# --- what goes wrong --------------------------------------------------------------------------------------------


@with_vendors()
async def test_a_lost_socket_can_be_opened_again(vendors: Vendors) -> None:
    async with vendors.transcribing() as connection:
        await configured(connection)
        assert vendors.openai.stt.lose() == 1
        with pytest.raises(ConnectionClosedError):
            await connection.recv()
    vendors.openai.stt.add(Mishap(lost=True), times(1))
    async with vendors.transcribing() as connection:
        with pytest.raises(ConnectionClosedError):
            await connection.recv()
    async with vendors.transcribing() as connection:
        await configured(connection)
        assert (await heard(connection, voice("Back.") + silence(1)))[-1].transcript == "Back."
    assert [event["session"] for event in vendors.events("closed")] == [1, 2, 3]


@with_vendors()
async def test_a_mute_socket_never_becomes_ready(vendors: Vendors) -> None:
    vendors.openai.stt.add(Mishap(mute=True), times(1))
    async with vendors.transcribing() as connection:
        await connection.session.update(session=session())
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(connection.recv(), 30)


@with_vendors()
async def test_a_garbled_socket_says_no_json(vendors: Vendors) -> None:
    vendors.openai.stt.add(Mishap(garbled=True), times(1))
    async with vendors.transcribing() as connection:
        assert (await connection.recv_bytes()).startswith(b"\0garbage")
        await configured(connection)


@with_vendors()
async def test_what_is_held_on_the_way_comes_later(vendors: Vendors) -> None:
    async with vendors.transcribing() as connection:
        await configured(connection)
        await play(connection, voice("Held."))
        vendors.openai.stt.cut()
        await play(connection, silence(1))
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(until(connection, COMPLETED), 10)
        vendors.openai.stt.heal()
        assert (await until(connection, COMPLETED))[-1].to_dict()["transcript"] == "Held."


@with_vendors()
async def test_a_session_lives_an_hour(vendors: Vendors) -> None:
    async with vendors.transcribing() as connection:
        await configured(connection)
        await asyncio.sleep(3599)
        await connection.input_audio_buffer.clear()
        assert (await connection.recv()).type == "input_audio_buffer.cleared"
        reason = "Your session hit the maximum duration of 60 minutes."
        assert await told_and_closed(connection) == ("session_expired", 1001, reason)
