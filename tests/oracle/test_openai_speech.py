"""OpenAI's own client against the emulated speech endpoint."""

from __future__ import annotations

import base64
import io
import json
import wave
from typing import Any

import httpx2
import openai
import pytest

from tests.tools.ai_services import Vendors, with_vendors
from voicecall_sim.services.audio import PCM_24K, understood
from voicecall_sim.services.openai.speech import VOICES
from voicecall_sim.services.speaking import Tempo
from voicecall_sim.services.trouble import Mishap, times
from voicecall_sim.world.clock import MILLISECOND

TEXT = "Your appointment is at three o'clock."
ASKED: dict[str, Any] = {"model": "gpt-4o-mini-tts", "voice": "marin", "input": TEXT, "response_format": "pcm"}


async def spoken(vendors: Vendors, **changes: Any) -> bytes:
    """The whole answer to a request."""
    async with vendors.client() as client:
        answer = await client.audio.speech.create(**{**ASKED, **changes})
        return answer.content


async def refused(vendors: Vendors, **changes: Any) -> openai.APIStatusError:
    """The exception that a request ends in."""
    with pytest.raises(openai.APIStatusError) as caught:
        await spoken(vendors, **changes)
    return caught.value


@with_vendors()
async def test_what_is_asked_for_is_said(vendors: Vendors) -> None:
    audio = await spoken(vendors)
    assert understood(audio, PCM_24K) == TEXT
    (entry,) = vendors.entries("request")
    assert entry.data["operation"] == "speech"
    assert entry.data["json"]["voice"] == "marin"
    assert entry.data["status"] == 200


@with_vendors()
async def test_the_client_with_its_own_transport(vendors: Vendors) -> None:
    async with openai.AsyncOpenAI(api_key=vendors.openai.key) as client:
        answer = await client.audio.speech.create(**ASKED)
    assert understood(answer.content, PCM_24K) == TEXT


@pytest.mark.parametrize("voice", VOICES)
def test_every_voice_speaks(voice: str) -> None:
    @with_vendors()
    async def speak(vendors: Vendors) -> None:
        assert understood(await spoken(vendors, voice=voice, input="Hello."), PCM_24K) == "Hello."

    speak()


@with_vendors()
async def test_a_wav_is_one(vendors: Vendors) -> None:
    body = await spoken(vendors, response_format="wav")
    # the lengths are not known when the head is written, as with the real one
    assert body[4:8] == body[40:44] == b"\xff\xff\xff\xff"
    size = len(body) - 44
    head = body[:4] + (size + 36).to_bytes(4, "little") + body[8:40] + size.to_bytes(4, "little")
    with wave.open(io.BytesIO(head + body[44:])) as file:
        assert (file.getframerate(), file.getnchannels(), file.getsampwidth()) == (24_000, 1, 2)
        assert understood(file.readframes(file.getnframes()), PCM_24K) == TEXT


@with_vendors()
async def test_it_comes_in_pieces_sooner_than_it_is_heard(vendors: Vendors) -> None:
    vendors.openai.speech.tempo = Tempo(latency=700 * MILLISECOND)
    pieces: list[bytes] = []
    times_: list[int] = []
    async with vendors.client() as client:
        begun = vendors.world.clock.now()
        async with client.audio.speech.with_streaming_response.create(**ASKED) as answer:
            async for piece in answer.iter_bytes():
                pieces.append(piece)
                times_.append(vendors.world.clock.now() - begun)
    assert 700 * MILLISECOND <= times_[0] < 800 * MILLISECOND
    assert len(pieces) > 5
    assert any(len(piece) % 2 for piece in pieces)
    audio = b"".join(pieces)
    assert times_[-1] - times_[0] < PCM_24K.duration(len(audio)) // 4
    assert understood(audio, PCM_24K) == TEXT


@with_vendors()
async def test_speed_is_heard(vendors: Vendors) -> None:
    usual, fast = await spoken(vendors), await spoken(vendors, speed=1.5)
    assert 1.4 < len(usual) / len(fast) < 1.6
    assert understood(fast, PCM_24K) == TEXT


@with_vendors()
async def test_it_can_be_streamed_as_events(vendors: Vendors) -> None:
    body = await spoken(vendors, stream_format="sse")
    events = [json.loads(line[6:]) for line in body.decode().splitlines() if line.startswith("data: ")]
    audio = b"".join(base64.b64decode(event["audio"]) for event in events[:-1])
    assert understood(audio, PCM_24K) == TEXT
    assert events[-1]["type"] == "speech.audio.done"


REFUSED: list[tuple[dict[str, Any], type[openai.APIStatusError], str, str | None]] = [
    ({"voice": "ruth"}, openai.BadRequestError, "invalid_value", "voice"),
    ({"model": "tts-1", "voice": "marin"}, openai.BadRequestError, "invalid_value", "voice"),
    ({"model": "tts-9"}, openai.NotFoundError, "model_not_found", None),
    ({"input": ""}, openai.BadRequestError, "empty_string", "input"),
    ({"input": "a" * 4097}, openai.BadRequestError, "string_above_max_length", "input"),
    ({"input": 12}, openai.BadRequestError, "invalid_type", "input"),
    ({"speed": 4.5}, openai.BadRequestError, "decimal_above_max_value", "speed"),
    ({"speed": 0.1}, openai.BadRequestError, "decimal_below_min_value", "speed"),
    ({"response_format": "midi"}, openai.BadRequestError, "invalid_value", "response_format"),
    ({"response_format": "mp3"}, openai.BadRequestError, "not_emulated", "response_format"),
    ({"response_format": "opus"}, openai.BadRequestError, "not_emulated", "response_format"),
    (
        {"model": "tts-1", "voice": "nova", "stream_format": "sse"},
        openai.BadRequestError,
        "unsupported_value",
        "stream_format",
    ),
    ({"extra_body": {"pitch": 2}}, openai.BadRequestError, "unknown_parameter", "pitch"),
]


@pytest.mark.parametrize(("changes", "kind", "code", "param"), REFUSED)
def test_what_is_wrong_is_refused(
    changes: dict[str, Any], kind: type[openai.APIStatusError], code: str, param: str | None
) -> None:
    @with_vendors()
    async def ask(vendors: Vendors) -> None:
        error = await refused(vendors, **changes)
        assert (type(error), error.code, error.param) == (kind, code, param)
        assert vendors.entries("request")[-1].data["code"] == code

    ask()


@with_vendors()
async def test_a_wrong_key_is_refused_and_never_shown(vendors: Vendors) -> None:
    async with vendors.client(key="sk-wrong-4711") as client:
        with pytest.raises(openai.AuthenticationError) as caught:
            await client.audio.speech.create(**ASKED)
    assert caught.value.code == "invalid_api_key"
    assert "4711" not in str(caught.value)


FAILURES = [(429, openai.RateLimitError), (500, openai.InternalServerError), (401, openai.AuthenticationError)]


@pytest.mark.parametrize(("status", "kind"), FAILURES)
def test_it_can_refuse(status: int, kind: type[openai.APIStatusError]) -> None:
    @with_vendors()
    async def ask(vendors: Vendors) -> None:
        vendors.openai.tts.add(Mishap(refuse=status), times(1))
        assert type(await refused(vendors)) is kind
        assert understood(await spoken(vendors), PCM_24K) == TEXT

    ask()


@with_vendors()
async def test_the_client_tries_again_after_a_failure(vendors: Vendors) -> None:
    vendors.openai.tts.add(Mishap(refuse=500), times(1))
    async with vendors.client(retries=2) as client:
        answer = await client.audio.speech.create(**ASKED)
    assert understood(answer.content, PCM_24K) == TEXT
    assert [entry.data["status"] for entry in vendors.entries("request")] == [500, 200]


@with_vendors()
async def test_it_can_be_slow_break_off_and_speak_garbage(vendors: Vendors) -> None:
    vendors.openai.tts.add(Mishap(delay=3_000 * MILLISECOND), times(1))
    before = vendors.world.clock.now()
    whole = await spoken(vendors)
    assert vendors.world.clock.now() - before > 3_000 * MILLISECOND
    vendors.openai.tts.add(Mishap(breaks_at=0.5), times(1), name="half a file")
    half = bytearray()

    async def read() -> None:
        async with vendors.client() as client, client.audio.speech.with_streaming_response.create(**ASKED) as answer:
            async for piece in answer.iter_bytes():
                half.extend(piece)

    with pytest.raises(httpx2.ReadError):
        await read()
    assert half == whole[: len(half)]
    assert len(half) == len(whole) // 2
    vendors.openai.tts.add(Mishap(garbled=True), times(1))
    noise = await spoken(vendors)
    assert len(noise) == len(whole)
    assert "appointment" not in understood(noise, PCM_24K)
    assert [entry.data["fault"] for entry in vendors.entries("fault")] == ["trouble", "half a file", "trouble"]


@with_vendors()
async def test_while_the_way_is_cut_nothing_is_answered(vendors: Vendors) -> None:
    vendors.openai.tts.cut()
    async with vendors.client() as client:
        with pytest.raises(openai.APITimeoutError):
            await client.with_options(timeout=5).audio.speech.create(**ASKED)
        vendors.openai.tts.heal()
        answer = await client.audio.speech.create(**ASKED)
    assert understood(answer.content, PCM_24K) == TEXT
