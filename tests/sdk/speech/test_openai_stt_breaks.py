"""The ear: sound that nobody hears yet, connections that break, and hanging up."""

from __future__ import annotations

import asyncio
import logging
from functools import partial
from typing import Any

import pytest

from tests.sdk.speech.ear import LOUD, SETTINGS, Ear, frame
from tests.sdk.speech.stage import KEY, OpenAI, now, playing, until, virtual
from voicecall_sdk.audio.frames import SILENT_FRAME
from voicecall_sdk.speech.openai_stt import OpenAIRecognizer, State
from voicecall_sdk.speech.vendor import Final, Lost, Recognized, SpeechStarted, SpeechStopped

# --- sound that is not heard yet ----------------------------------------------------------------------------------


@virtual
async def test_what_is_said_before_it_listens_is_heard() -> None:
    async with playing() as openai:
        openai.handshake_takes = 2
        ear = Ear()
        opening = asyncio.ensure_future(ear.open())
        for number in range(100):
            ear.hear(frame(number))
            await asyncio.sleep(0.02)
        await opening
        ear.hear(frame(100))
        expected = b"".join(map(frame, range(101)))
        await until(lambda: len(openai.session.audio) == len(expected))
        assert openai.session.audio == expected
        await ear.close()


@virtual
async def test_what_waits_is_bounded_and_the_oldest_goes() -> None:
    async with playing() as openai:
        ear = Ear()
        frames = 2 * 1024 * 1024 // 160 + 50
        for number in range(frames):
            ear.hear(number.to_bytes(4) * 40)
        await ear.open()
        await asyncio.sleep(1)
        audio = openai.session.audio
        assert 2 * 1024 * 1024 - 160 <= len(audio) <= 2 * 1024 * 1024
        assert audio[-160:] == (frames - 1).to_bytes(4) * 40
        await ear.close()


# --- connections that break ---------------------------------------------------------------------------------------


@virtual
async def test_a_connection_that_breaks_is_made_again_and_nothing_that_is_said_is_lost() -> None:
    async with playing() as openai:
        ear = Ear()
        await ear.open()
        first = openai.session
        await first.say("input_audio_buffer.speech_started", item_id="a", audio_start_ms=0)
        await asyncio.sleep(0.1)
        for number in range(20):
            ear.hear(frame(number))
            await asyncio.sleep(0.02)
        first.socket.transport.abort()
        await asyncio.sleep(0.1)
        assert ear.state is State.RECONNECTING
        for number in range(20, 40):
            ear.hear(frame(number))
            await asyncio.sleep(0.02)
        await until(lambda: len(openai.sessions) == 2 and len(openai.session.audio) == 40 * 160)
        assert openai.session.audio == b"".join(map(frame, range(40)))
        assert ear.heard == [SpeechStarted(), SpeechStopped()]
        await openai.session.committed("b")
        await openai.session.completed("b", "all of it")
        await until(lambda: ear.finals == ["all of it"])
        await ear.close()


@virtual
async def test_what_was_cut_off_but_not_understood_is_said_again() -> None:
    async with playing() as openai:
        ear = Ear()
        await ear.open()
        session = openai.session
        for number in range(10):
            ear.hear(frame(number))
        await asyncio.sleep(0.1)
        await session.committed("understood")
        await session.completed("understood", "one")
        await until(lambda: ear.finals)
        for number in range(10, 20):
            ear.hear(frame(number))
        await session.committed("lost")
        await asyncio.sleep(0.1)
        await session.socket.close(1011, "oops")
        await until(lambda: len(openai.sessions) == 2 and len(openai.session.audio) >= 1600)
        assert openai.session.audio == b"".join(map(frame, range(10, 20)))
        await ear.close()


@virtual
async def test_what_was_given_up_is_not_said_again() -> None:
    async with playing() as openai:
        ear = Ear()
        await ear.open()
        session = openai.session
        for item, previous in (("lost", None), ("found", "lost")):
            for _ in range(10):
                ear.hear(LOUD)
            await asyncio.sleep(0.1)
            await session.committed(item, previous)
        await session.completed("found", "two")
        await until(lambda: ear.finals)
        session.socket.transport.abort()
        await until(lambda: len(openai.sessions) == 2)
        await asyncio.sleep(1)
        assert openai.session.audio == b""
        await ear.close()


@virtual
async def test_silence_is_not_said_again() -> None:
    async with playing() as openai:
        ear = Ear()
        await ear.open()
        for _ in range(2000):
            ear.hear(SILENT_FRAME)
        await asyncio.sleep(0.1)
        openai.session.socket.transport.abort()
        await until(lambda: len(openai.sessions) == 2)
        await asyncio.sleep(1)
        assert len(openai.session.audio) == 8000
        await ear.close()


@virtual
async def test_five_attempts_with_growing_pauses() -> None:
    async with playing() as openai:
        ear = Ear()
        await ear.open()
        openai.refuse = [503] * 9
        openai.session.socket.transport.abort()
        await until(lambda: ear.state is State.CLOSED, within=60)
        pauses = [later - earlier for earlier, later in zip(openai.attempts, openai.attempts[1:], strict=False)]
        assert [round(pause) for pause in pauses] == [1, 2, 4, 8, 16]
        (lost,) = ear.heard
        assert lost == Lost("Realtime STT API error (503) (given up after 5 attempts)")
        ear.hear(LOUD)
        await ear.close()


def listening(openai: OpenAI, ear: Ear, sessions: int) -> bool:
    """Whether it listens on its so-many-th connection."""
    return len(openai.sessions) == sessions and ear.state is State.READY


@virtual
async def test_a_connection_that_flaps_uses_up_the_attempts() -> None:
    async with playing() as openai:
        ear = Ear()
        await ear.open()
        for number in range(6):
            await until(partial(listening, openai, ear, number + 1))
            await asyncio.sleep(5)
            openai.session.socket.transport.abort()
        await until(lambda: ear.state is State.CLOSED)
        assert len(openai.sessions) == 6
        assert isinstance(ear.heard[-1], Lost)


@virtual
async def test_a_stable_connection_begins_to_count_anew() -> None:
    async with playing() as openai:
        ear = Ear()
        await ear.open()
        for number in range(8):
            await until(partial(listening, openai, ear, number + 1))
            await asyncio.sleep(31)
            openai.session.socket.transport.abort()
        await until(lambda: len(openai.sessions) == 9)
        assert ear.heard == []
        await ear.close()


@virtual
async def test_a_refused_key_is_not_tried_again() -> None:
    async with playing() as openai:
        ear = Ear()
        await ear.open()
        openai.refuse = [401]
        openai.session.socket.transport.abort()
        await until(lambda: ear.heard)
        assert ear.heard == [Lost("Realtime STT API error (401): the API key is refused")]
        assert len(openai.attempts) == 2


@virtual
async def test_what_is_known_is_told_before_the_end() -> None:
    async with playing() as openai:
        ear = Ear()
        await ear.open()
        await openai.session.committed("a")
        await openai.session.committed("b", "a")
        await openai.session.completed("b", "two")
        await openai.session.socket.close(3000, "invalid_request_error.invalid_api_key")
        await until(lambda: ear.state is State.CLOSED)
        reason = "Realtime STT: the service closed the connection with 3000 (invalid_request_error.invalid_api_key)"
        assert ear.heard == [Final("two"), Lost(reason)]
        await asyncio.sleep(10)
        assert len(openai.attempts) == 1


@pytest.mark.parametrize("code", ["insufficient_quota", "invalid_api_key"])
@virtual
async def test_errors_that_will_not_pass_end_it(code: str) -> None:
    async with playing() as openai:
        ear = Ear()
        await ear.open()
        await openai.session.error(code, f"about {KEY}")
        await until(lambda: ear.heard)
        (lost,) = ear.heard
        assert isinstance(lost, Lost)
        assert KEY not in lost.reason
        assert len(openai.attempts) == 1


@virtual
async def test_other_errors_change_nothing(caplog: pytest.LogCaptureFixture) -> None:
    async with playing() as openai:
        ear = Ear()
        await ear.open()
        with caplog.at_level(logging.WARNING):
            await openai.session.error("something_odd", f"look at {KEY}")
            await openai.session.error("input_audio_buffer_commit_empty")
            await openai.session.socket.send("no JSON")
            await openai.session.socket.send("[1]")
            await openai.session.completed("a", "still here")
            await until(lambda: ear.finals)
        assert [record.getMessage() for record in caplog.records] == [
            "Realtime STT: look at <apiKey>",
            "Realtime STT: a message that is no event is ignored",
            "Realtime STT: a message that is no event is ignored",
        ]
        await ear.close()


@virtual
async def test_a_service_that_says_nothing_but_nonsense_is_left() -> None:
    async with playing() as openai:
        ear = Ear()
        await ear.open()
        for _ in range(5):
            await openai.session.socket.send("no JSON")
        await until(lambda: len(openai.sessions) == 2 and ear.state is State.READY)
        await ear.close()


@virtual
async def test_a_session_that_expired_is_made_again() -> None:
    async with playing() as openai:
        ear = Ear()
        await ear.open()
        await openai.session.error("session_expired", "Your session hit the maximum duration of 60 minutes.")
        await until(lambda: len(openai.sessions) == 2 and ear.state is State.READY)
        assert ear.heard == []
        await ear.close()


@virtual
async def test_a_service_that_does_not_take_what_we_send_is_left() -> None:
    async with playing() as openai:
        ear = Ear()
        await ear.open()
        session = openai.session
        session.socket.transport.pause_reading()
        for number in range(24_000):
            ear.hear(frame(number))
            if number % 1000 == 0:
                await asyncio.sleep(0.02)
        await until(lambda: len(openai.sessions) == 2)
        await ear.close()


# --- hanging up ---------------------------------------------------------------------------------------------------


async def hears(openai: OpenAI, frames: int, sound: bytes = LOUD) -> Ear:
    ear = Ear()
    await ear.open()
    for _ in range(frames):
        ear.hear(sound)
    await until(lambda: len(openai.session.audio) == frames * 160)
    return ear


@virtual
async def test_what_was_said_last_is_waited_for_when_asked_for() -> None:
    async with playing() as openai:
        ear = await hears(openai, 20)
        closing = asyncio.ensure_future(ear.close(finish=True))
        await until(lambda: openai.session.sent("input_audio_buffer.commit"))
        await openai.session.committed("a")
        await asyncio.sleep(1)
        ear.hear(LOUD)
        await openai.session.completed("a", "Goodbye.")
        await closing
        assert ear.finals == ["Goodbye."]
        assert len(openai.session.audio) == 20 * 160


@pytest.mark.parametrize("frames", [4, 20])
@virtual
async def test_otherwise_it_hangs_up_at_once(frames: int) -> None:
    async with playing() as openai:
        ear = await hears(openai, frames)
        before = now()
        await ear.close(finish=frames < 5)
        assert now() - before < 1
        assert openai.session.sent("input_audio_buffer.commit") == []


@virtual
async def test_silence_is_not_transcribed_at_the_end() -> None:
    async with playing() as openai:
        ear = await hears(openai, 50, SILENT_FRAME)
        await ear.close(finish=True)
        assert openai.session.sent("input_audio_buffer.commit") == []


@virtual
async def test_it_waits_five_seconds_at_most() -> None:
    async with playing() as openai:
        ear = await hears(openai, 20)
        await openai.session.committed("early")
        await openai.session.committed("late", "early")
        await openai.session.completed("late", "the end")
        before = now()
        await ear.close(finish=True)
        assert now() - before == pytest.approx(5, abs=0.2)
        assert ear.finals == ["the end"]


@pytest.mark.parametrize("how", ["refused", "broken", "hopeless"])
@virtual
async def test_it_does_not_wait_for_what_cannot_come(how: str) -> None:
    async with playing() as openai:
        ear = await hears(openai, 20)
        before = now()
        closing = asyncio.ensure_future(ear.close(finish=True))
        await until(lambda: openai.session.sent("input_audio_buffer.commit"))
        if how == "refused":
            await openai.session.error("input_audio_buffer_commit_empty")
        elif how == "hopeless":
            await openai.session.error("insufficient_quota")
        else:
            openai.session.socket.transport.abort()
        await closing
        assert now() - before < 1


@virtual
async def test_closing_while_it_reconnects() -> None:
    async with playing() as openai:
        ear = Ear()
        await ear.open()
        openai.session.socket.transport.abort()
        await until(lambda: ear.state is State.RECONNECTING)
        await ear.close()
        await asyncio.sleep(30)
        assert len(openai.sessions) == 1


@virtual
async def test_a_fault_of_the_listener_is_seen() -> None:
    loop = asyncio.get_running_loop()
    seen: list[Any] = []
    loop.set_exception_handler(lambda _, context: seen.append(context["exception"]))

    def told(event: Recognized) -> None:
        if isinstance(event, SpeechStarted):
            raise ZeroDivisionError

    async with playing() as openai:
        ear = OpenAIRecognizer(SETTINGS, told)
        await ear.open()
        await openai.session.say("input_audio_buffer.speech_started")
        await until(lambda: ear.state is State.CLOSED)
        await ear.close()
    assert [type(error) for error in seen] == [ZeroDivisionError]
