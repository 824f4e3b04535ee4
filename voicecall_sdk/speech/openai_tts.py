"""OpenAI speaks (reference, section 9.2; OpenAI docs, audio/createSpeech)."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Any, Final

from voicecall_sdk.errors import SpeechFailed
from voicecall_sdk.speech.settings import CARRIER_VOICES, CUSTOM_VOICE, OPENAI_API, OPENAI_VOICES, OpenAIVoice
from voicecall_sdk.speech.streamed import SoundRequest, sound

if TYPE_CHECKING:
    import httpx

DEFAULT_MODEL: Final = "gpt-4o-mini-tts"
DEFAULT_VOICE: Final = "alloy"

FORMAT: Final = "pcm"
RATE: Final = 24_000
"""16 bits, one channel, no header."""

WITHOUT_INSTRUCTIONS: Final = ("tts-1",)
"""Models, by the beginning of their name, that take no instructions."""


class OpenAISpeech:
    """A voice of OpenAI's."""

    name = "openai"

    def __init__(self, client: httpx.AsyncClient, settings: OpenAIVoice) -> None:
        self._client = client
        self._settings = settings

    def speak(self, text: str) -> AsyncIterator[bytes]:
        """The sound as it comes. Raises `SpeechFailed`."""
        return sound(self._client, self._request(text))

    def _request(self, text: str) -> SoundRequest:
        settings = self._settings
        return SoundRequest(
            vendor=self.name,
            label="OpenAI TTS",
            url=f"{settings.base_url.rstrip('/')}/audio/speech",
            headers={"Authorization": f"Bearer {settings.api_key}"},
            body=self._body(text),
            format=FORMAT,
            key=settings.api_key,
        )

    def _body(self, text: str) -> dict[str, Any]:
        settings = self._settings
        model = settings.model or DEFAULT_MODEL
        body: dict[str, Any] = {"model": model, "input": text, "voice": _voice(settings), "response_format": FORMAT}
        if settings.instructions and not model.startswith(WITHOUT_INSTRUCTIONS):
            body["instructions"] = settings.instructions
        if settings.speed is not None:
            body["speed"] = settings.speed
        return body


def _voice(settings: OpenAIVoice) -> str | dict[str, str]:
    """The voice as it is sent. Services at another base URL have voices of their own."""
    voice = settings.voice or DEFAULT_VOICE
    if voice.startswith(CARRIER_VOICES):
        return DEFAULT_VOICE
    if settings.base_url.rstrip("/") != OPENAI_API:
        return voice
    if voice.startswith(CUSTOM_VOICE):
        return {"id": voice}
    if voice.lower() not in OPENAI_VOICES:
        raise SpeechFailed(f"OpenAI TTS: there is no voice {voice!r} (there are {', '.join(OPENAI_VOICES)})")
    return voice.lower()
