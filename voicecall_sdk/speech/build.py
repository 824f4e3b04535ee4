"""The services of speech that a configuration describes. `Config.speech_services()` gives them.

async with config.speech_services() as speech:
    voice = speech.synthesizer(route)
    ear = speech.recognizer(told, route=route)
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Protocol, Self

from voicecall_sdk.speech.settings import ListeningSettings, RealtimeSettings, SpeechSettings
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


class SpeechSource(Protocol):
    """Works out what the services are set to, for calls to the number `route` (a key of `numbers`) or all others.

    Raises `SpeechFailed` with a sentence that names the key that is missing.
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
    """Makes voices, ears and speech-to-speech models. An async context manager that closes the shared connections."""

    def __init__(self, source: SpeechSource, *, http_client: httpx.AsyncClient | None = None) -> None:
        raise NotImplementedError

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Close the connections. What was made cannot speak any more."""
        raise NotImplementedError

    def missing(self, route: str | None = None) -> str | None:
        """What keeps calls from having a voice, in a sentence that names the key; None when somebody can speak."""
        raise NotImplementedError

    def synthesizer(self, route: str | None = None) -> Synthesizer:
        """The voice of calls to `route`: a chain of vendors, made once. Raises `SpeechFailed` (see `missing`)."""
        raise NotImplementedError

    def recognizer(self, told: Callable[[Recognized], None], *, route: str | None = None) -> Recognizer:
        """An ear for one call, not open yet. Raises `SpeechFailed` when a key is missing."""
        raise NotImplementedError

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
        raise NotImplementedError
