"""What a configuration means to the services of speech: voices and their order, ears, models, what is missing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import httpx
import pytest

from voicecall_sdk.config.merge import merged_speech
from voicecall_sdk.config.sound import SoundOf, language_code
from voicecall_sdk.errors import SpeechFailed
from voicecall_sdk.speech.openai_realtime import OpenAIRealtime
from voicecall_sdk.speech.openai_stt import OpenAIRecognizer
from voicecall_sdk.speech.settings import (
    ElevenLabsVoice,
    ListeningSettings,
    OpenAIVoice,
    RealtimeSettings,
    VoiceSettings,
)
from voicecall_sdk.speech.vendor import RealtimeTool

from .carriers import SOUND, STREAMING, load

ROUTE = "+15550009999"
OPENAI = {"OPENAI_API_KEY": "o-key"}
ELEVENLABS = {"ELEVENLABS_API_KEY": "e-key"}
ALL = {**OPENAI, **ELEVENLABS, "XI_API_KEY": "x-key"}


def sound(env: Mapping[str, str] | None = None, **changes: Any) -> SoundOf:
    """The settings of a configuration with streaming."""
    config = load(STREAMING, env=env, **changes)
    config.check()
    return SoundOf(config, env or {})


def vendors(voices: Any) -> list[str]:
    return [type(voice).__name__ for voice in voices]


# --- voices -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("env", "tts", "expected"),
    [
        (OPENAI, {}, [OpenAIVoice]),
        (ELEVENLABS, {}, [ElevenLabsVoice]),
        (ALL, {}, [OpenAIVoice, ElevenLabsVoice]),
        (ALL, {"provider": "openai"}, [OpenAIVoice, ElevenLabsVoice]),
        (ALL, {"provider": "elevenlabs"}, [ElevenLabsVoice, OpenAIVoice]),
        (OPENAI, {"provider": "elevenlabs"}, [OpenAIVoice]),
        (ALL, {"provider": "edge"}, [OpenAIVoice, ElevenLabsVoice]),
        ({}, {"providers": {"elevenlabs": {"apiKey": "k"}}}, [ElevenLabsVoice]),
        ({}, {}, []),
    ],
)
def test_the_configured_vendor_speaks_first_and_then_whoever_has_a_key(
    env: Mapping[str, str], tts: Any, expected: list[type[VoiceSettings]]
) -> None:
    settings = sound(env, tts=tts).speaking(None)
    assert [type(voice) for voice in settings.voices] == expected
    assert (settings.missing is None) is bool(expected)


def test_who_is_missing() -> None:
    assert sound().speaking(None).missing == (
        "nobody can speak on a media stream: set tts.providers.openai.apiKey (or OPENAI_API_KEY) or "
        "tts.providers.elevenlabs.apiKey (or ELEVENLABS_API_KEY or XI_API_KEY)"
    )


def test_defaults() -> None:
    settings = sound(ALL).speaking(None)
    assert settings.timeout == 8.0
    assert settings.max_text_length == 4096
    assert settings.voices == (OpenAIVoice(api_key="o-key"), ElevenLabsVoice(api_key="e-key"))


def test_everything_of_a_voice() -> None:
    tts = {
        "timeoutMs": 2500,
        "maxTextLength": 99,
        "providers": {
            "openai": {
                "apiKey": "k",
                "baseUrl": "http://localhost:1/v1/",
                "modelId": "m",
                "speakerVoice": "v",
                "instructions": "i",
                "speed": 2,
            },
            "elevenlabs": {
                "apiKey": "k2",
                "baseUrl": "https://eu.example.com",
                "model": "m2",
                "voiceId": "v2",
                "seed": 0,
                "applyTextNormalization": "on",
                "languageCode": "it",
                "voiceSettings": {
                    "stability": 0,
                    "similarityBoost": 0.1,
                    "style": 0.2,
                    "useSpeakerBoost": False,
                    "speed": 0.9,
                },
            },
        },
    }
    settings = sound(ALL, tts=tts).speaking(None)
    assert (settings.timeout, settings.max_text_length) == (2.5, 99)
    assert settings.voices == (
        OpenAIVoice(api_key="k", base_url="http://localhost:1/v1", model="m", voice="v", instructions="i", speed=2),
        ElevenLabsVoice(
            api_key="k2",
            base_url="https://eu.example.com",
            model="m2",
            voice="v2",
            seed=0,
            normalization="on",
            language="it",
            stability=0,
            similarity=0.1,
            style=0.2,
            speaker_boost=False,
            speed=0.9,
        ),
    )


@pytest.mark.parametrize("block", [{}, {"baseUrl": "http://mine.example/v1"}])
def test_openai_elsewhere(block: Any) -> None:
    env = {**OPENAI, "OPENAI_TTS_BASE_URL": "http://localhost:8880/v1/"}
    (voice,) = sound(env, tts={"providers": {"openai": block}}).speaking(None).voices
    assert isinstance(voice, OpenAIVoice)
    assert voice.base_url == block.get("baseUrl", "http://localhost:8880/v1")


def test_a_number_has_a_voice_of_its_own_laid_over_the_common_one() -> None:
    tts = {"provider": "openai", "timeoutMs": 3000, "providers": {"openai": {"speakerVoice": "nova", "speed": 1.5}}}
    own = {"providers": {"openai": {"voice": "ash"}}}
    other = {"provider": "elevenlabs", "timeoutMs": 4000}
    given = sound(ALL, tts=tts, numbers={ROUTE: {"tts": own}, "+15550008888": {"tts": other}, "+15550007777": {}})
    common, routed, moved = (given.speaking(route) for route in (None, ROUTE, "+15550008888"))
    assert [voice.voice for voice in common.voices] == ["nova", None]
    assert [(voice.voice, voice.speed) for voice in routed.voices] == [("ash", 1.5), (None, None)]
    assert routed.timeout == 3.0
    assert vendors(moved.voices) == ["ElevenLabsVoice", "OpenAIVoice"]
    assert moved.timeout == 4.0
    assert given.speaking("+15550007777") == given.speaking("+1999") == common


def test_the_hosts_voice_lies_under_ours() -> None:
    ours = {**STREAMING, "tts": {"providers": {"openai": {"voiceId": "fable"}}}}
    host = {
        "tts": {"provider": "elevenlabs", "providers": {"openai": {"voice": "ash", "model": "m"}}},
        "plugins": {"entries": {"voice-call": {"config": ours}}},
    }
    settings = SoundOf(load(host, env=ALL), {}).speaking(None)
    assert vendors(settings.voices) == ["ElevenLabsVoice", "OpenAIVoice"]
    assert isinstance(settings.voices[1], OpenAIVoice)
    assert (settings.voices[1].voice, settings.voices[1].model) == ("fable", "m")


def test_laying_speech_over_speech_leaves_both_as_they_were() -> None:
    under = {"providers": {"openai": {"voice": "a", "modelId": "m", "speed": 1}, "edge": {"voice": "e"}}}
    over = {"providers": {"openai": {"voiceId": "b", "model": None}, "x": 3, "edge": None}}
    assert merged_speech(under, over) == {
        "providers": {
            "openai": {"voiceId": "b", "modelId": "m", "speed": 1, "model": None},
            "x": 3,
            "edge": {"voice": "e"},
        }
    }
    assert under["providers"]["openai"] == {"voice": "a", "modelId": "m", "speed": 1}
    assert merged_speech({}, over)["providers"]["openai"]["voiceId"] == "b"
    assert merged_speech({"providers": 3}, {"providers": 4}) == {"providers": 4}


# --- ears ---------------------------------------------------------------------------------------------------------


def test_the_ear() -> None:
    assert sound(silenceTimeoutMs=650).listening(None) == ListeningSettings(
        api_key="another-secret", language="en", silence=0.65
    )


def test_everything_of_an_ear() -> None:
    block = {
        "apiKey": "k",
        "baseUrl": "http://localhost:1/v1",
        "model": "gpt-4o-mini-transcribe",
        "language": "de",
        "prompt": "p",
        "silenceDurationMs": 300,
        "vadThreshold": 0,
    }
    given = sound(streaming={"enabled": True, "providers": {"openai": block}}, silenceTimeoutMs=900)
    assert given.listening(None) == ListeningSettings(
        api_key="k",
        base_url="http://localhost:1/v1",
        model="gpt-4o-mini-transcribe",
        language="de",
        prompt="p",
        silence=0.3,
        vad_threshold=0,
    )


def test_the_language_of_a_call() -> None:
    given = sound(language="it-IT", numbers={ROUTE: {"language": "de-CH"}, "+15550008888": {}})
    languages = [given.listening(route).language for route in (None, ROUTE, "+15550008888", "+1999")]
    assert languages == ["it", "de", "it", "it"]


@pytest.mark.parametrize(("tag", "code"), [("en-US", "en"), ("IT", "it"), ("zh-Hant-TW", "zh"), ("yue-HK", None)])
def test_language_codes(tag: str, code: str | None) -> None:
    assert language_code(tag) == code


def test_an_ear_without_a_key() -> None:
    given = SoundOf(load(SOUND), {})
    with pytest.raises(SpeechFailed) as missing:
        given.listening(None)
    assert str(missing.value) == (
        "streaming.providers.openai.apiKey is missing: set it, or the environment variable OPENAI_API_KEY"
    )
    assert SoundOf(load(SOUND), OPENAI).listening(None).api_key == "o-key"


# --- speech-to-speech ---------------------------------------------------------------------------------------------


def realtime(block: Any, **changes: Any) -> SoundOf:
    more = {"enabled": True, "providers": {"openai": block}, **changes}
    return SoundOf(load(STREAMING, streaming={}, inboundPolicy="open", realtime=more).check(), {})


def test_the_model() -> None:
    assert realtime({"apiKey": "k"}).realtime(None) == RealtimeSettings(api_key="k", language="en")


def test_everything_of_a_model() -> None:
    tool = {
        "type": "function",
        "name": "book",
        "description": "Books.",
        "parameters": {"type": "object", "properties": {"day": {"type": "string"}}, "required": ["day"]},
    }
    block = {
        "apiKey": "k",
        "baseUrl": "http://localhost:1/v1",
        "model": "gpt-realtime",
        "speakerVoice": "cedar",
        "transcriptionModel": "whisper-1",
        "speed": 1.1,
        "vadThreshold": 0,
        "prefixPaddingMs": 0,
        "silenceDurationMs": 700,
        "temperature": 0.7,
    }
    assert realtime(block, instructions="Be kind.", tools=[tool]).realtime(None) == RealtimeSettings(
        api_key="k",
        base_url="http://localhost:1/v1",
        model="gpt-realtime",
        voice="cedar",
        transcription_model="whisper-1",
        language="en",
        instructions="Be kind.",
        tools=(RealtimeTool(name="book", description="Books.", parameters=tool["parameters"]),),  # type: ignore[arg-type]
        silence=0.7,
        prefix_padding=0.0,
        vad_threshold=0,
        speed=1.1,
    )


def test_keys_of_a_model_may_be_references() -> None:
    config = load(
        STREAMING,
        env={"MY_KEY": "from-there"},
        streaming={},
        inboundPolicy="open",
        realtime={"enabled": True, "providers": {"openai": {"apiKey": "${MY_KEY}", "voiceKey": "hidden"}}},
    ).check()
    assert SoundOf(config, {}).realtime(None).api_key == "from-there"
    assert set(config.secrets().values()) >= {"from-there", "hidden"}
    assert "from-there" not in repr(config.settings)
    assert "hidden" not in repr(config.settings)


def test_a_model_without_a_key() -> None:
    with pytest.raises(SpeechFailed, match=r"^realtime\.providers\.openai\.apiKey is missing"):
        SoundOf(load(SOUND), {}).realtime(None)


# --- services -----------------------------------------------------------------------------------------------------


async def test_services_of_a_configuration() -> None:
    http = httpx.AsyncClient(verify=False)
    config = load(STREAMING, env=ALL, numbers={ROUTE: {"tts": {"provider": "elevenlabs"}}})
    from voicecall_sdk.speech.build import SpeechServices

    async with SpeechServices(SoundOf(config, {}), http_client=http) as speech:
        assert speech.missing() is None
        assert speech.synthesizer() is speech.synthesizer()
        assert speech.synthesizer().name == "openai"
        assert speech.synthesizer(ROUTE).name == "elevenlabs"
        assert isinstance(speech.recognizer(lambda _: None), OpenAIRecognizer)
        with pytest.raises(SpeechFailed, match=r"realtime\.providers\.openai\.apiKey"):
            speech.realtime(lambda _: None)
    assert http.is_closed


async def test_services_that_lack_everything() -> None:
    async with load(SOUND).speech_services() as speech:
        assert "tts.providers.openai.apiKey" in (speech.missing() or "")
        with pytest.raises(SpeechFailed, match="nobody can speak"):
            speech.synthesizer()
        with pytest.raises(SpeechFailed, match=r"streaming\.providers\.openai\.apiKey"):
            speech.recognizer(lambda _: None)


async def test_a_model_for_one_call() -> None:
    tool = RealtimeTool(name="x", description="", parameters={})
    async with load(SOUND).speech_services(OPENAI) as speech:
        model = speech.realtime(lambda _: None, instructions="Now.", tools=[tool])
        assert isinstance(model, OpenAIRealtime)
        assert model._settings.instructions == "Now."
        assert model._settings.tools == (tool,)
        assert speech.synthesizer().name == "openai"
