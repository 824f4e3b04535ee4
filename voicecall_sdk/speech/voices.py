"""One voice made of several vendors: when one fails before it has made a sound, the next one speaks."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Sequence
from contextlib import aclosing
from typing import TYPE_CHECKING, cast

from voicecall_sdk.errors import SpeechFailed
from voicecall_sdk.speech.directives import without_directives
from voicecall_sdk.speech.settings import DEFAULT_MAX_TEXT, DEFAULT_TTS_TIMEOUT
from voicecall_sdk.speech.vendor import Synthesizer

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

log = logging.getLogger(__name__)


class Voices:
    """A chain of voices that is one itself.

    `timeout` (seconds) bounds the wait for the first sound of each vendor, and for each piece after it. A text longer
    than `max_text_length` is refused. The name is that of the first.
    """

    def __init__(
        self,
        voices: Sequence[Synthesizer],
        *,
        timeout: float = DEFAULT_TTS_TIMEOUT,
        max_text_length: int = DEFAULT_MAX_TEXT,
    ) -> None:
        if not voices:
            raise SpeechFailed("TTS conversion failed: no providers available")
        self._voices = tuple(voices)
        self._timeout = timeout
        self._max_text_length = max_text_length

    @property
    def name(self) -> str:
        """Who speaks, unless it fails."""
        return self._voices[0].name

    async def speak(self, text: str) -> AsyncIterator[bytes]:
        """The sound of this text without its directives. Raises `SpeechFailed` when nobody can speak it."""
        spoken = self._spoken(text)
        attempts: list[str] = []
        for voice, following in zip(self._voices, (*self._voices[1:], None), strict=True):
            begun = False
            try:
                async with aclosing(self._spoken_by(voice, spoken)) as pieces:
                    async for piece in pieces:
                        begun = True
                        yield piece
            except SpeechFailed as error:
                if begun:
                    raise
                attempts.append(str(error))
                _warn(voice, following, attempts)
            else:
                return
        raise SpeechFailed(f"TTS conversion failed: {attempts[-1]}")

    def _spoken(self, text: str) -> str:
        spoken = without_directives(text)
        if not spoken:
            raise SpeechFailed("there is nothing to say in the text")
        if len(spoken) > self._max_text_length:
            raise SpeechFailed(f"Text too long ({len(spoken)} chars, max {self._max_text_length})")
        return spoken

    async def _spoken_by(self, voice: Synthesizer, text: str) -> AsyncGenerator[bytes]:
        """One vendor's sound in time. Every error names the vendor."""
        empty = True
        try:
            async with aclosing(cast("AsyncGenerator[bytes]", voice.speak(text))) as pieces:
                while piece := await self._next(pieces):
                    empty = False
                    yield piece
        except TimeoutError:
            milliseconds = round(self._timeout * 1000)
            raise SpeechFailed(f"{voice.name}: Telephony TTS synthesis timed out after {milliseconds}ms") from None
        except SpeechFailed as error:
            raise SpeechFailed(f"{voice.name}: {error}") from None
        if empty:
            raise SpeechFailed(f"{voice.name}: Telephony TTS produced no audio")

    async def _next(self, pieces: AsyncGenerator[bytes]) -> bytes:
        """The next piece that is not empty; b"" at the end."""
        async with asyncio.timeout(self._timeout):
            async for piece in pieces:
                if piece:
                    return piece
        return b""


def _warn(failed: Synthesizer, following: Synthesizer | None, attempts: Sequence[str]) -> None:
    if following is not None:
        log.warning(
            "telephony TTS: %s failed, %s speaks instead (attempts: %s)",
            failed.name,
            following.name,
            "; ".join(attempts),
        )
