"""ElevenLabs speaks (reference, section 9.3; ElevenLabs docs, text-to-speech/stream).

It is asked for mu-law at 8000 Hz, so nothing has to be resampled, and by the address that streams.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Any, Final

from voicecall_sdk.errors import SpeechFailed
from voicecall_sdk.speech.settings import ElevenLabsVoice
from voicecall_sdk.speech.streamed import SoundRequest, sound

if TYPE_CHECKING:
    import httpx

DEFAULT_VOICE: Final = "pMsXgVXv3BLzUgSXRplE"
DEFAULT_MODEL: Final = "eleven_multilingual_v2"
FORMAT: Final = "ulaw_8000"

VOICE_ID: Final = re.compile(r"[a-zA-Z0-9]{10,40}")
LANGUAGE: Final = re.compile(r"[a-z]{2}")
MAX_SEED: Final = 4_294_967_295

NUMBERS: Final = (
    ("stability", "stability", 0.5, (0.0, 1.0)),
    ("similarity", "similarity_boost", 0.75, (0.0, 1.0)),
    ("style", "style", 0.0, (0.0, 1.0)),
    ("speed", "speed", 1.0, (0.5, 2.0)),
)
"""Voice settings: our name, the vendor's, the default, the range."""


class ElevenLabsSpeech:
    """A voice of ElevenLabs'."""

    name = "elevenlabs"

    def __init__(self, client: httpx.AsyncClient, settings: ElevenLabsVoice) -> None:
        self._client = client
        self._settings = settings

    def speak(self, text: str) -> AsyncIterator[bytes]:
        """The sound as it comes. Raises `SpeechFailed`."""
        return sound(self._client, self._request(text))

    def _request(self, text: str) -> SoundRequest:
        settings = self._settings
        voice = settings.voice or DEFAULT_VOICE
        if VOICE_ID.fullmatch(voice) is None:
            raise SpeechFailed(f"ElevenLabs: {voice!r} is no voice id (10 to 40 letters and digits)")
        return SoundRequest(
            vendor=self.name,
            label="ElevenLabs",
            url=f"{settings.base_url.rstrip('/')}/v1/text-to-speech/{voice}/stream",
            params={"output_format": FORMAT},
            headers={"xi-api-key": settings.api_key, "Accept": "*/*"},
            body=_body(settings, text),
            format=FORMAT,
            key=settings.api_key,
        )


def _body(settings: ElevenLabsVoice, text: str) -> dict[str, Any]:
    body: dict[str, Any] = {"text": text, "model_id": settings.model or DEFAULT_MODEL}
    if settings.seed is not None:
        _demand(0 <= settings.seed <= MAX_SEED, f"seed must be from 0 to {MAX_SEED}")
        body["seed"] = settings.seed
    if settings.normalization is not None:
        _demand(settings.normalization in {"auto", "on", "off"}, "text normalization must be auto, on or off")
        body["apply_text_normalization"] = settings.normalization
    if settings.language is not None:
        _demand(LANGUAGE.fullmatch(settings.language.lower()) is not None, "the language code must be two letters")
        body["language_code"] = settings.language.lower()
    body["voice_settings"] = _voice_settings(settings)
    return body


def _voice_settings(settings: ElevenLabsVoice) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for ours, theirs, default, (least, most) in NUMBERS:
        value = getattr(settings, ours)
        found[theirs] = default if value is None else value
        _demand(least <= found[theirs] <= most, f"{theirs} must be from {least:g} to {most:g}")
    found["use_speaker_boost"] = True if settings.speaker_boost is None else settings.speaker_boost
    return found


def _demand(condition: bool, otherwise: str) -> None:
    if not condition:
        raise SpeechFailed(f"ElevenLabs: {otherwise}")
