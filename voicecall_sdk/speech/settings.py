"""What the services of speech are set to, worked out from a configuration (`config/sound.py`). Times in seconds.

Keys are kept out of every repr.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from voicecall_sdk.speech.vendor import RealtimeTool

OPENAI_API: Final = "https://api.openai.com/v1"
ELEVENLABS_API: Final = "https://api.elevenlabs.io"

OPENAI_VOICES: Final = (
    "alloy", "ash", "ballad", "cedar", "coral", "echo", "fable", "marin", "nova", "onyx", "sage", "shimmer", "verse",
)  # fmt: skip
"""The voices there are (OpenAI docs, audio/createSpeech; the predecessor knew nine)."""

CUSTOM_VOICE: Final = "voice_"
"""How the names of custom voices begin; they are sent as objects."""

CARRIER_VOICES: Final = ("Polly.", "Google.")
"""How the names of carriers' voices begin, which may be configured for calls without a stream (section 9.6)."""

DEFAULT_TTS_TIMEOUT: Final = 8.0
DEFAULT_MAX_TEXT: Final = 4096


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenAIVoice:
    """How OpenAI speaks. `model` and `voice` None mean the defaults (reference, section 9.2)."""

    api_key: str = field(repr=False)
    base_url: str = OPENAI_API
    model: str | None = None
    voice: str | None = None
    instructions: str | None = None
    speed: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ElevenLabsVoice:
    """How ElevenLabs speaks. None means the default (reference, section 9.3)."""

    api_key: str = field(repr=False)
    base_url: str = ELEVENLABS_API
    model: str | None = None
    voice: str | None = None
    seed: int | None = None
    normalization: str | None = None
    language: str | None = None
    stability: float | None = None
    similarity: float | None = None
    style: float | None = None
    speaker_boost: bool | None = None
    speed: float | None = None


VoiceSettings = OpenAIVoice | ElevenLabsVoice


@dataclass(frozen=True, slots=True, kw_only=True)
class SpeechSettings:
    """Who speaks on a call: `voices` in the order in which they are tried.

    `timeout` bounds the wait for the first sound and for each piece after it. `missing` says what keeps calls from
    having a voice, when nobody can speak.
    """

    voices: Sequence[VoiceSettings] = ()
    timeout: float = DEFAULT_TTS_TIMEOUT
    max_text_length: int = DEFAULT_MAX_TEXT
    missing: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ListeningSettings:
    """How a media stream is transcribed (reference, section 8.5). `language` is an ISO 639-1 code."""

    api_key: str = field(repr=False)
    base_url: str = OPENAI_API
    model: str = "gpt-4o-transcribe"
    language: str | None = None
    prompt: str | None = None
    silence: float = 0.8
    vad_threshold: float = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class RealtimeSettings:
    """How a speech-to-speech model is set (reference, section 10.10). `instructions` None leaves the built-in ones."""

    api_key: str = field(repr=False)
    base_url: str = OPENAI_API
    model: str = "gpt-realtime-2.1"
    voice: str = "alloy"
    transcription_model: str = "gpt-4o-transcribe"
    language: str | None = None
    instructions: str | None = None
    tools: Sequence[RealtimeTool] = ()
    silence: float = 0.5
    prefix_padding: float = 0.3
    vad_threshold: float = 0.5
    speed: float | None = None
