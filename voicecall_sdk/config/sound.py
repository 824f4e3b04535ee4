"""What a configuration means to the services of speech, for calls to one of our numbers or to all others."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, TypeVar

from pydantic import SecretStr

from voicecall_sdk.config.audio_paths import OpenAIConversing, OpenAIListening, Tool
from voicecall_sdk.config.config import Config
from voicecall_sdk.config.environment import value_of
from voicecall_sdk.config.speech import SPEAKING_VENDORS, ElevenLabsSpeech, OpenAISpeech, Speech, VoiceSettings
from voicecall_sdk.errors import SpeechFailed
from voicecall_sdk.speech.settings import (
    DEFAULT_MAX_TEXT,
    DEFAULT_TTS_TIMEOUT,
    ELEVENLABS_API,
    OPENAI_API,
    ElevenLabsVoice,
    ListeningSettings,
    OpenAIVoice,
    RealtimeSettings,
    SpeechSettings,
)
from voicecall_sdk.speech.settings import VoiceSettings as Voice
from voicecall_sdk.speech.vendor import RealtimeTool

KEYS: Final[Mapping[str, tuple[str, ...]]] = {
    "openai": ("OPENAI_API_KEY",),
    "elevenlabs": ("ELEVENLABS_API_KEY", "XI_API_KEY"),
}
"""The variables that may hold each vendor's key."""

TTS_BASE_URL: Final = "OPENAI_TTS_BASE_URL"

Setting = TypeVar("Setting")


class SoundOf:
    """Works out the settings of a configuration (`speech.build.SpeechSource`)."""

    def __init__(self, config: Config, env: Mapping[str, str]) -> None:
        self._config = config
        self._env = env

    def speaking(self, route: str | None) -> SpeechSettings:
        """The voices: the configured vendor's first, then those of the others that have a key."""
        tts = self._config.speech(route)
        chosen = [tts.provider] if tts.provider in SPEAKING_VENDORS else []
        order = dict.fromkeys([*chosen, *SPEAKING_VENDORS])
        voices = [voice for vendor in order if (voice := self._voice(tts, vendor)) is not None]
        return SpeechSettings(
            voices=tuple(voices),
            timeout=DEFAULT_TTS_TIMEOUT if tts.timeout_ms is None else tts.timeout_ms / 1000,
            max_text_length=tts.max_text_length or DEFAULT_MAX_TEXT,
            missing=None if voices else self._voiceless(),
        )

    def listening(self, route: str | None) -> ListeningSettings:
        """The ear. Raises `SpeechFailed` when its key is missing."""
        settings = self._config.settings
        block = settings.streaming.providers.openai or OpenAIListening()
        silence = block.silence_duration_ms or settings.silence_timeout_ms
        return ListeningSettings(
            api_key=self._needed("openai", block.api_key, "streaming.providers.openai.apiKey"),
            base_url=block.base_url or OPENAI_API,
            model=block.model,
            language=language_code(block.language or self._language(route)),
            prompt=block.prompt,
            silence=silence / 1000,
            vad_threshold=block.vad_threshold,
        )

    def realtime(self, route: str | None) -> RealtimeSettings:
        """The speech-to-speech model. Raises `SpeechFailed` when its key is missing."""
        settings = self._config.settings.realtime
        block = settings.providers.openai or OpenAIConversing()
        usual = RealtimeSettings(api_key=self._needed("openai", block.api_key, "realtime.providers.openai.apiKey"))
        return RealtimeSettings(
            api_key=usual.api_key,
            base_url=block.base_url or OPENAI_API,
            model=block.model or usual.model,
            voice=block.chosen_voice or usual.voice,
            transcription_model=block.transcription_model or usual.transcription_model,
            language=language_code(self._language(route)),
            instructions=settings.instructions,
            tools=tuple(map(_tool, settings.tools)),
            silence=_seconds(block.silence_duration_ms, usual.silence),
            prefix_padding=_seconds(block.prefix_padding_ms, usual.prefix_padding),
            vad_threshold=_either(block.vad_threshold, usual.vad_threshold),
            speed=block.speed,
        )

    def _language(self, route: str | None) -> str:
        settings = self._config.settings
        own = settings.numbers[route].language if route in settings.numbers else None
        return own or settings.language

    def _voice(self, tts: Speech, vendor: str) -> Voice | None:
        block = getattr(tts.providers, vendor)
        key = self._key(vendor, block.api_key if block is not None else None)
        if key is None:
            return None
        if vendor == "openai":
            return _openai(block or OpenAISpeech(), key, value_of(self._env, TTS_BASE_URL))
        return _elevenlabs(block or ElevenLabsSpeech(), key)

    def _key(self, vendor: str, configured: SecretStr | None) -> str | None:
        if configured is not None:
            return configured.get_secret_value()
        return next((value for name in KEYS[vendor] if (value := value_of(self._env, name))), None)

    def _needed(self, vendor: str, configured: SecretStr | None, path: str) -> str:
        key = self._key(vendor, configured)
        if key is None:
            raise SpeechFailed(f"{path} is missing: set it, or the environment variable {_named(vendor)}")
        return key

    def _voiceless(self) -> str:
        ways = (f"tts.providers.{vendor}.apiKey (or {_named(vendor)})" for vendor in SPEAKING_VENDORS)
        return f"nobody can speak on a media stream: set {' or '.join(ways)}"


def language_code(tag: str) -> str | None:
    """The ISO 639-1 code of a language tag (BCP 47), for vendors that know no more; None where there is none."""
    primary = tag.partition("-")[0].lower()
    return primary if len(primary) == 2 else None


def _openai(block: OpenAISpeech, key: str, moved: str | None) -> OpenAIVoice:
    return OpenAIVoice(
        api_key=key,
        base_url=(block.base_url or moved or OPENAI_API).rstrip("/"),
        model=block.model or block.model_id,
        voice=block.chosen_voice,
        instructions=block.instructions,
        speed=block.speed,
    )


def _elevenlabs(block: ElevenLabsSpeech, key: str) -> ElevenLabsVoice:
    settings = block.voice_settings or VoiceSettings()
    return ElevenLabsVoice(
        api_key=key,
        base_url=(block.base_url or ELEVENLABS_API).rstrip("/"),
        model=block.model or block.model_id,
        voice=block.chosen_voice,
        seed=block.seed,
        normalization=block.apply_text_normalization,
        language=block.language_code,
        stability=settings.stability,
        similarity=settings.similarity_boost,
        style=settings.style,
        speaker_boost=settings.use_speaker_boost,
        speed=settings.speed,
    )


def _tool(tool: Tool) -> RealtimeTool:
    parameters = tool.parameters
    schema = {"type": parameters.type, "properties": parameters.properties, "required": list(parameters.required)}
    return RealtimeTool(name=tool.name, description=tool.description, parameters=schema)


def _named(vendor: str) -> str:
    return " or ".join(KEYS[vendor])


def _seconds(milliseconds: int | None, otherwise: float) -> float:
    return otherwise if milliseconds is None else milliseconds / 1000


def _either(value: Setting | None, otherwise: Setting) -> Setting:
    return otherwise if value is None else value
