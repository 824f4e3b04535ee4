"""The services of speech that a configuration describes. `Config.speech_services()` gives them.

async with config.speech_services() as speech:
    voice = speech.synthesizer(route)
    ear = speech.recognizer(told, route=route)
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from importlib import import_module
from types import TracebackType
from typing import TYPE_CHECKING, Final, Protocol, Self

from voicecall_sdk.errors import SpeechFailed
from voicecall_sdk.speech.settings import (
    ElevenLabsVoice,
    ListeningSettings,
    OpenAIVoice,
    RealtimeSettings,
    SpeechSettings,
    VoiceSettings,
)
from voicecall_sdk.speech.vendor import (
    RealtimeEvent,
    RealtimeTool,
    RealtimeVoice,
    Recognized,
    Recognizer,
    Synthesizer,
)

if TYPE_CHECKING:
    import httpx


LOADED_AT_START: Final = ("voicecall_sdk.speech.openai_stt", "voicecall_sdk.speech.openai_realtime")


class SpeechSource(Protocol):
    """Works out what the services are set to, for calls to the number `route` (a key of `numbers`) or all others.

    The last two raise `SpeechFailed` with a sentence that names the key that is missing.
    """

    def speaking(self, route: str | None) -> SpeechSettings:
        """Who speaks; a text in `missing` when nobody can."""
        ...

    def listening(self, route: str | None) -> ListeningSettings:
        """Who transcribes."""
        ...

    def realtime(self, route: str | None) -> RealtimeSettings:
        """Which speech-to-speech model is on the line."""
        ...


class SpeechServices:
    """Makes voices, ears and speech-to-speech models. An async context manager that closes the shared connections.

    `http_client` is for those who bring their own connections; it is closed too.
    """

    def __init__(self, source: SpeechSource, *, http_client: httpx.AsyncClient | None = None) -> None:
        self._source = source
        self._http = http_client
        self._voices: dict[str, Synthesizer] = {}

    async def __aenter__(self) -> Self:
        self._warm()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Close the connections. What was made cannot speak any more."""
        if self._http is not None:
            await self._http.aclose()

    def missing(self, route: str | None = None) -> str | None:
        """What keeps calls from having a voice, in a sentence that names the key; None when somebody can speak."""
        return self._source.speaking(route).missing

    def synthesizer(self, route: str | None = None) -> Synthesizer:
        """The voice of calls to `route`: a chain of vendors, made once. Raises `SpeechFailed` (see `missing`)."""
        if (made := self._voices.get(route or "")) is None:
            made = self._voices[route or ""] = self._chain(self._source.speaking(route))
        return made

    def recognizer(self, told: Callable[[Recognized], None], *, route: str | None = None) -> Recognizer:
        """An ear for one call, not open yet. Raises `SpeechFailed` when a key is missing."""
        from voicecall_sdk.speech.openai_stt import OpenAIRecognizer

        return OpenAIRecognizer(self._source.listening(route), told)

    def realtime(
        self,
        told: Callable[[RealtimeEvent], None],
        *,
        route: str | None = None,
        instructions: str | None = None,
        tools: Sequence[RealtimeTool] | None = None,
    ) -> RealtimeVoice:
        """A speech-to-speech model for one call, not open yet; `instructions` and `tools` replace the configured ones.

        Raises `SpeechFailed` when a key is missing.
        """
        from voicecall_sdk.speech.openai_realtime import OpenAIRealtime

        settings = self._source.realtime(route)
        if instructions is not None:
            settings = replace(settings, instructions=instructions)
        if tools is not None:
            settings = replace(settings, tools=tuple(tools))
        return OpenAIRealtime(settings, told)

    def _warm(self) -> None:
        """Load now what the first call would have to wait for: up to a quarter of a second of imports and tables."""
        for module in LOADED_AT_START:
            import_module(module)
        if self.missing() is None:
            from voicecall_sdk.audio.g711 import encode_ulaw
            from voicecall_sdk.audio.resample import Resampler
            from voicecall_sdk.speech.openai_tts import RATE

            self.synthesizer()
            encode_ulaw(Resampler(RATE).finish())

    def _chain(self, settings: SpeechSettings) -> Synthesizer:
        from voicecall_sdk.speech.voices import Voices

        if settings.missing is not None:
            raise SpeechFailed(settings.missing)
        voices = [self._voice(voice) for voice in settings.voices]
        return Voices(voices, timeout=settings.timeout, max_text_length=settings.max_text_length)

    def _voice(self, settings: VoiceSettings) -> Synthesizer:
        from voicecall_sdk.speech.elevenlabs import ElevenLabsSpeech
        from voicecall_sdk.speech.openai_tts import OpenAISpeech
        from voicecall_sdk.speech.transport import http_client

        if self._http is None:
            self._http = http_client()
        match settings:
            case OpenAIVoice():
                return OpenAISpeech(self._http, settings)
            case ElevenLabsVoice():
                return ElevenLabsSpeech(self._http, settings)
