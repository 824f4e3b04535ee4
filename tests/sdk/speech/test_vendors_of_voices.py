"""OpenAI's and ElevenLabs' voices: what is asked, what is made of the answer, how they refuse."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator, Mapping
from typing import Any

import httpx
import pytest
import respx
from openai.types.audio.speech_create_params import SpeechCreateParams
from pydantic import TypeAdapter

from voicecall_sdk.audio.convert import Converter
from voicecall_sdk.errors import SpeechFailed
from voicecall_sdk.speech.elevenlabs import ElevenLabsSpeech
from voicecall_sdk.speech.openai_tts import OpenAISpeech
from voicecall_sdk.speech.settings import OPENAI_VOICES, ElevenLabsVoice, OpenAIVoice
from voicecall_sdk.speech.transport import tls
from voicecall_sdk.speech.vendor import Synthesizer

KEY = "sk-sesame-7391"
OPENAI = "https://api.openai.com/v1/audio/speech"
ELEVENLABS = "https://api.elevenlabs.io/v1/text-to-speech/pMsXgVXv3BLzUgSXRplE/stream"
PCM = b"\x10\x20" * 6000
VOICES = {"openai": (OPENAI, OpenAISpeech, OpenAIVoice), "elevenlabs": (ELEVENLABS, ElevenLabsSpeech, ElevenLabsVoice)}


@pytest.fixture
def api() -> Iterator[respx.MockRouter]:
    """The vendors; whatever is not expected fails."""
    with respx.mock(assert_all_called=False) as router:
        yield router


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    """Connections that respx watches."""
    async with httpx.AsyncClient(verify=tls()) as made:
        yield made


async def all_of(voice: Synthesizer, text: str = "Hello!") -> bytes:
    return b"".join([piece async for piece in voice.speak(text)])


def sent(route: respx.Route) -> Any:
    return json.loads(route.calls.last.request.content)


def a_voice(vendor: str, client: httpx.AsyncClient) -> tuple[str, Synthesizer]:
    url, kind, settings = VOICES[vendor]
    made: Synthesizer = kind(client, settings(api_key=KEY))
    return url, made


# --- OpenAI -------------------------------------------------------------------------------------------------------


async def test_openai_with_its_defaults(api: respx.MockRouter, client: httpx.AsyncClient) -> None:
    route = api.post(OPENAI).mock(return_value=httpx.Response(200, content=PCM))
    converter = Converter("pcm")
    voice = OpenAISpeech(client, OpenAIVoice(api_key=KEY))
    assert isinstance(voice, Synthesizer)
    assert await all_of(voice) == converter.feed(PCM) + converter.finish()
    assert route.calls.last.request.headers["authorization"] == f"Bearer {KEY}"
    assert sent(route) == {
        "model": "gpt-4o-mini-tts",
        "input": "Hello!",
        "voice": "alloy",
        "response_format": "pcm",
    }


@pytest.mark.parametrize(
    ("settings", "differs"),
    [
        ({"voice": "Coral", "speed": 1.25, "instructions": "Whisper."}, {"voice": "coral"}),
        ({"voice": "marin", "model": "gpt-4o-mini-tts-2025-12-15", "instructions": "x"}, {}),
        ({"model": "tts-1", "speed": 0.5}, {}),
        ({"voice": "voice_12ab"}, {"voice": {"id": "voice_12ab"}}),
        ({"voice": "Polly.Joanna"}, {"voice": "alloy"}),
        ({"voice": "Google.it-IT-Wavenet-A"}, {"voice": "alloy"}),
        *(({"voice": voice}, {}) for voice in OPENAI_VOICES),
    ],
)
async def test_openai_as_configured(
    api: respx.MockRouter, client: httpx.AsyncClient, settings: dict[str, Any], differs: Mapping[str, Any]
) -> None:
    route = api.post(OPENAI).mock(return_value=httpx.Response(200, content=PCM))
    await all_of(OpenAISpeech(client, OpenAIVoice(api_key=KEY, **settings)))
    body = sent(route)
    assert {key: body[key] for key in settings} == {**settings, **differs}
    assert TypeAdapter(SpeechCreateParams).validate_python(body, extra="forbid")


async def test_old_models_take_no_instructions(api: respx.MockRouter, client: httpx.AsyncClient) -> None:
    route = api.post(OPENAI).mock(return_value=httpx.Response(200, content=PCM))
    await all_of(OpenAISpeech(client, OpenAIVoice(api_key=KEY, model="tts-1-hd", instructions="Whisper.")))
    assert "instructions" not in sent(route)


async def test_openai_elsewhere_has_voices_of_its_own(api: respx.MockRouter, client: httpx.AsyncClient) -> None:
    route = api.post("http://localhost:8880/v1/audio/speech").mock(return_value=httpx.Response(200, content=PCM))
    settings = OpenAIVoice(api_key=KEY, base_url="http://localhost:8880/v1/", voice="af_Sky", model="kokoro")
    await all_of(OpenAISpeech(client, settings))
    assert sent(route)["voice"] == "af_Sky"


async def test_a_voice_that_openai_does_not_have(api: respx.MockRouter, client: httpx.AsyncClient) -> None:
    with pytest.raises(SpeechFailed, match="there is no voice 'joanna'"):
        await all_of(OpenAISpeech(client, OpenAIVoice(api_key=KEY, voice="joanna")))
    assert not api.calls


# --- ElevenLabs ---------------------------------------------------------------------------------------------------


async def test_elevenlabs_with_its_defaults(api: respx.MockRouter, client: httpx.AsyncClient) -> None:
    sound = bytes(range(256)) * 4
    route = api.post(ELEVENLABS).mock(return_value=httpx.Response(200, content=sound))
    assert await all_of(ElevenLabsSpeech(client, ElevenLabsVoice(api_key=KEY))) == sound
    request = route.calls.last.request
    assert request.headers["xi-api-key"] == KEY
    assert request.url.query == b"output_format=ulaw_8000"
    assert sent(route) == {
        "text": "Hello!",
        "model_id": "eleven_multilingual_v2",
        "voice_settings": {
            "stability": 0.5,
            "similarity_boost": 0.75,
            "style": 0.0,
            "speed": 1.0,
            "use_speaker_boost": True,
        },
    }


async def test_elevenlabs_as_configured(api: respx.MockRouter, client: httpx.AsyncClient) -> None:
    url = "https://eu.example.com/v1/text-to-speech/aaaaaaaaaa/stream"
    route = api.post(url).mock(return_value=httpx.Response(200, content=b"\1" * 100))
    settings = ElevenLabsVoice(
        api_key=KEY,
        base_url="https://eu.example.com/",
        voice="aaaaaaaaaa",
        model="eleven_flash_v2_5",
        seed=7,
        normalization="off",
        language="IT",
        stability=0.0,
        similarity=1.0,
        style=0.2,
        speaker_boost=False,
        speed=1.1,
    )
    await all_of(ElevenLabsSpeech(client, settings))
    assert sent(route) == {
        "text": "Hello!",
        "model_id": "eleven_flash_v2_5",
        "seed": 7,
        "apply_text_normalization": "off",
        "language_code": "it",
        "voice_settings": {
            "stability": 0.0,
            "similarity_boost": 1.0,
            "style": 0.2,
            "speed": 1.1,
            "use_speaker_boost": False,
        },
    }


@pytest.mark.parametrize(
    ("settings", "reason"),
    [
        ({"voice": "short"}, "'short' is no voice id"),
        ({"voice": "a" * 41}, "is no voice id"),
        ({"voice": "../../../user0"}, "is no voice id"),
        ({"voice": "aaaaaaaaaa\n"}, "is no voice id"),
        ({"seed": -1}, "seed must be from 0 to 4294967295"),
        ({"seed": 4_294_967_296}, "seed must be from 0 to 4294967295"),
        ({"normalization": "maybe"}, "auto, on or off"),
        ({"language": "ita"}, "two letters"),
        ({"stability": 1.1}, "stability must be from 0 to 1"),
        ({"similarity": -0.1}, "similarity_boost must be from 0 to 1"),
        ({"style": 2}, "style must be from 0 to 1"),
        ({"speed": 0.4}, "speed must be from 0.5 to 2"),
        ({"speed": 2.1}, "speed must be from 0.5 to 2"),
    ],
)
async def test_what_elevenlabs_would_refuse_is_not_sent(
    api: respx.MockRouter, client: httpx.AsyncClient, settings: dict[str, Any], reason: str
) -> None:
    with pytest.raises(SpeechFailed, match=f"ElevenLabs: .*{reason}"):
        await all_of(ElevenLabsSpeech(client, ElevenLabsVoice(api_key=KEY, **settings)))
    assert not api.calls


# --- refusals -----------------------------------------------------------------------------------------------------

LABEL = {"openai": "OpenAI TTS", "elevenlabs": "ElevenLabs"}


@pytest.mark.parametrize("vendor", VOICES)
@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (httpx.Response(401, json={"error": {"message": f"Incorrect API key provided: {KEY}"}}), " API error (401): "),
        (httpx.Response(400, json={"error": {"message": "Invalid  value"}}), " API error (400): Invalid value"),
        (httpx.Response(422, json={"detail": {"message": "quota"}}), " API error (422): quota"),
        (httpx.Response(404, json={"detail": "no such voice"}), " API error (404): no such voice"),
        (httpx.Response(429, json={"error": {"message": f"key {KEY}"}}), " API error (429): key <apiKey>"),
        (httpx.Response(500, text="<html>oops</html>"), " API error (500)"),
        (httpx.Response(503, json=[]), " API error (503)"),
        (httpx.Response(302, headers={"location": "https://evil.example"}), " API error (302)"),
        (httpx.Response(204), " API error (204)"),
        (httpx.Response(200, json={"audio": "x"}), " answered application/json where sound was asked for"),
        (httpx.Response(200, text="hello"), " answered text/plain where sound was asked for"),
        (httpx.Response(500, text="x" * 100_000), " API error (500)"),
    ],
)
async def test_refusals(
    api: respx.MockRouter, client: httpx.AsyncClient, vendor: str, answer: httpx.Response, reason: str
) -> None:
    url, voice = a_voice(vendor, client)
    answer = httpx.Response(answer.status_code, headers=answer.headers, content=answer.content)
    api.post(url).mock(return_value=answer)
    with pytest.raises(SpeechFailed) as refused:
        await all_of(voice)
    assert str(refused.value).startswith(LABEL[vendor] + reason)
    assert KEY not in str(refused.value)
    assert len(str(refused.value)) < 250


@pytest.mark.parametrize("vendor", VOICES)
@pytest.mark.parametrize(
    ("error", "reason", "asked"),
    [
        (httpx.ConnectError("no such host"), "cannot be reached (no such host)", 1),
        (httpx.ConnectTimeout(""), "cannot be reached (ConnectTimeout)", 1),
        (httpx.ReadError("reset"), "the connection broke (ReadError)", 2),
        (httpx.RemoteProtocolError("gone"), "the connection broke (RemoteProtocolError)", 2),
    ],
)
async def test_a_connection_that_fails(
    api: respx.MockRouter, client: httpx.AsyncClient, vendor: str, error: Exception, reason: str, asked: int
) -> None:
    url, voice = a_voice(vendor, client)
    route = api.post(url).mock(side_effect=error)
    with pytest.raises(SpeechFailed) as refused:
        await all_of(voice)
    assert str(refused.value) == f"{LABEL[vendor]}: {reason}"
    assert route.call_count == asked


async def test_a_kept_connection_that_had_died_is_no_refusal(api: respx.MockRouter, client: httpx.AsyncClient) -> None:
    api.post(OPENAI).mock(side_effect=[httpx.RemoteProtocolError("gone"), httpx.Response(200, content=PCM)])
    assert await all_of(OpenAISpeech(client, OpenAIVoice(api_key=KEY)))


async def test_a_wav_of_another_kind(api: respx.MockRouter, client: httpx.AsyncClient) -> None:
    stereo = b"RIFF\0\0\0\0WAVEfmt \x10\0\0\0\1\0\2\0" + bytes(12) + b"data\0\0\0\0"
    api.post(OPENAI).mock(return_value=httpx.Response(200, content=stereo))
    with pytest.raises(SpeechFailed, match="OpenAI TTS: a WAV answer of 2 channels"):
        await all_of(OpenAISpeech(client, OpenAIVoice(api_key=KEY)))


@pytest.mark.parametrize("settings", [OpenAIVoice(api_key=KEY), ElevenLabsVoice(api_key=KEY)])
def test_keys_do_not_show(settings: object) -> None:
    assert KEY not in repr(settings)
