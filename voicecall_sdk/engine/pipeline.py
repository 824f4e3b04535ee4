"""A dialogue by recognition, an agent and synthesis: the caller's sound is transcribed, what is to be said is spoken.

The recognizer tells when somebody begins to speak. While we are heard that may be our own echo: we fall silent only
when the sound itself is the caller's, and what an echo seemed to say is dropped.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass, replace
from typing import Final, cast

from voicecall_sdk.call.streams import in_passing
from voicecall_sdk.commands import Prompt, Say
from voicecall_sdk.engine.media import MediaStream
from voicecall_sdk.engine.pacer import frame_now
from voicecall_sdk.engine.playback import PACE, Progress
from voicecall_sdk.errors import SpeechFailed
from voicecall_sdk.events import Heard, Interrupted, Ready, SpeechBegan
from voicecall_sdk.speech.build import SpeechServices
from voicecall_sdk.speech.vendor import Final as Transcript
from voicecall_sdk.speech.vendor import Lost, Partial, Recognized, SpeechStarted, SpeechStopped
from voicecall_sdk.values import Turn

log = logging.getLogger(__name__)

LISTENING_WITHIN: Final = 1.5
"""Seconds that the call waits for the recognizer before it speaks; what is said meanwhile is kept for it."""

TRANSCRIPT_WITHIN: Final = 2.0
"""Seconds after the end of speech in which its transcript may come, before a reply that waits for it is spoken."""


MOST_REMEMBERED: Final = 64
"""Utterances whose transcripts may still come."""


@dataclass(slots=True)
class Begun:
    """An utterance of the caller: the question that was open when it began, and whether that could be answered.

    `genuine`: it is the caller's, not our own echo.
    """

    genuine: bool = True
    asked: Turn | None = None
    in_passing: bool = False


class Pipeline:
    """The dialogue of one stream. Raises `SpeechFailed` when nobody can speak or listen on its route."""

    def __init__(self, stream: MediaStream, services: SpeechServices) -> None:
        route = stream.call.record.metadata.get("numberRouteKey")
        key = None if route is None else str(route)
        self._stream = stream
        self._voice = services.synthesizer(key)
        self._ear = services.recognizer(self._told, route=key)
        self._opening: asyncio.Task[None] | None = None
        self._saying: Say | Prompt | None = None
        self._speaking: asyncio.Task[None] | None = None
        self._caller_talks = False
        self._utterance = Begun()
        self._utterances: dict[str, Begun] = {}
        self._loud = False
        self._broke_off = False
        self._pace = PACE
        self._quiet = asyncio.Event()
        self._quiet.set()

    async def open(self) -> None:
        """Have the recognizer ready, or nearly. Raises `SpeechFailed`."""
        opening = self._opening = asyncio.get_running_loop().create_task(self._ear.open(), name="recognizer")
        await asyncio.wait({opening}, timeout=LISTENING_WITHIN)
        if opening.done():
            opening.result()
        else:
            opening.add_done_callback(self._opened_late)

    async def close(self) -> None:
        """Let the services go."""
        tasks = [task for task in (self._opening, self._speaking) if task is not None]
        for task in tasks:
            task.cancel()
        self._quiet.set()
        await self._ear.close()
        await asyncio.gather(*tasks, return_exceptions=True)

    # --- hearing ------------------------------------------------------------------------------------------------

    def hear(self, ulaw: bytes) -> None:
        """A frame of the caller's sound."""
        self._ear.hear(ulaw)
        self._loud = self._stream.echo.heard(ulaw, frame_now())
        if self._loud and self._caller_talks and not self._utterance.genuine:
            self._interrupted()

    async def quiet(self) -> None:
        """Return when the caller does not speak, and what was said is known."""
        await self._quiet.wait()

    def _told(self, event: Recognized) -> None:
        match event:
            case SpeechStarted(item):
                self._begins(item)
            case SpeechStopped():
                self._caller_talks = False
                asyncio.get_running_loop().call_later(TRANSCRIPT_WITHIN, self._silence)
            case Partial(text) if self._utterance.genuine:
                self._stream.board.hear(self._stream.call, Heard(text, final=False))
            case Transcript(text, item):
                self._transcribed(text, self._utterances.pop(item, self._utterance))
            case Lost(reason):
                _ = self._stream.board.spawn(self._stream.fail(reason), "end of a deaf stream")
            case _:
                pass

    def _begins(self, item: str) -> None:
        self._caller_talks = True
        record, sounding = self._stream.call.record, self._stream.playback.sounding
        self._utterance = self._utterances[item] = Begun(
            genuine=self._loud or not sounding,
            asked=record.asked,
            in_passing=in_passing(record, sounding=sounding),
        )
        if len(self._utterances) > MOST_REMEMBERED:
            del self._utterances[next(iter(self._utterances))]
        if self._utterance.genuine:
            self._interrupted()

    def _interrupted(self) -> None:
        """It is the caller who speaks."""
        self._utterance.genuine = True
        self._quiet.clear()
        self._stream.board.hear(self._stream.call, SpeechBegan())

    def _transcribed(self, text: str, utterance: Begun) -> None:
        if not utterance.genuine:
            log.info("call %s: taken for our own echo: %r", self._stream.call.record.call_id, text)
            return
        self._silence()
        asked = self._stream.call.record.asked
        passing = utterance.in_passing or asked not in (None, utterance.asked)
        self._stream.board.hear(self._stream.call, Heard(text, in_passing=passing))

    def _silence(self) -> None:
        if not self._caller_talks:
            self._quiet.set()

    def _opened_late(self, opening: asyncio.Task[None]) -> None:
        failure = None if opening.cancelled() else opening.exception()
        if failure is not None:
            _ = self._stream.board.spawn(self._stream.fail(str(failure)), "end of a deaf stream")

    # --- speaking -----------------------------------------------------------------------------------------------

    async def say(self, command: Say | Prompt) -> None:
        """Speak; returns when the sound begins, or is not wanted any more. Raises `SpeechFailed`."""
        await self._hush()
        self._saying = command
        begun: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        speaking = self._speaking = self._stream.board.spawn(self._speak(command, begun), "speech")
        await asyncio.wait({begun, speaking}, return_when=asyncio.FIRST_COMPLETED)
        if speaking.done() and not speaking.cancelled() and not begun.done():
            speaking.result()

    async def fall_silent(self) -> None:
        """Stop, and tell the call what was heard of it."""
        saying = self._saying
        progress = await self._stream.playback.clear()
        await self._hush()
        if saying is None:
            return
        self._saying = None
        self._tell(saying, progress)

    def heard_so_far(self) -> str | None:
        """The part of what is being said that was heard."""
        saying = self._saying
        return None if saying is None else self._stream.playback.progress().heard(saying.text, self._pace)

    def played(self) -> None:
        """It was heard to its end."""
        saying, self._saying = self._saying, None
        if saying is not None:
            self._tell(saying, self._stream.playback.progress())

    def _tell(self, saying: Say | Prompt, progress: Progress) -> None:
        if self._broke_off:
            progress = replace(progress, whole=False)
        elif progress.whole:
            self._pace = progress.given / max(1, len(saying.text.encode()))
        whole = progress.complete
        told = Ready(spoken=saying.turn) if whole else Interrupted(saying.turn, progress.heard(saying.text, self._pace))
        self._stream.board.hear(self._stream.call, told)

    async def _hush(self) -> None:
        speaking, self._speaking = self._speaking, None
        if speaking is not None and not speaking.done():
            speaking.cancel()
            await asyncio.gather(speaking, return_exceptions=True)

    async def _speak(self, command: Say | Prompt, begun: asyncio.Future[None]) -> None:
        playback = self._stream.playback
        self._broke_off = False
        playback.begin()
        try:
            async with aclosing(cast("AsyncGenerator[bytes]", self._voice.speak(command.text))) as sound:
                async for piece in sound:
                    await playback.add(piece)
                    if not begun.done():
                        begun.set_result(None)
            await playback.finish()
        except SpeechFailed as failure:
            await self._broken(command, begun, failure)

    async def _broken(self, command: Say | Prompt, begun: asyncio.Future[None], failure: SpeechFailed) -> None:
        """No voice. Before the first sound that is the speaker's to know; afterwards what was heard was all of it."""
        if not begun.done():
            self._saying = None
            await self._stream.playback.clear()
            raise failure
        log.error("call %s: the voice broke off: %s", self._stream.call.record.call_id, failure)
        self._broke_off = True
        await self._stream.playback.finish()
