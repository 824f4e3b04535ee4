"""What a media stream plays: sound comes in pieces as fast as it is made, leaves in frames as fast as it is heard.

The carrier is asked by marks how far it has come, for what was sent is not what was heard. A carrier returns the marks
of what it was told to forget, too: marks carry the number of their utterance, and those of earlier ones say nothing.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

from voicecall_sdk.audio.frames import FRAME_BYTES, RATE
from voicecall_sdk.audio.g711 import SILENCE_BYTE
from voicecall_sdk.audio.levels import DoubleTalk
from voicecall_sdk.engine.pacer import FRAME, Pacer, frame_now

log = logging.getLogger(__name__)

LEAD: Final = 8
"""Frames that the carrier has ahead of what it plays, so that a late frame is no gap (reference 10.5: 160 ms)."""

PROGRESS: Final = 20
"""Frames between two marks that ask how far it has come."""

SLACK: Final = RATE // 4
"""Bytes that a mark may be late by: a quarter of a second for its way and ours."""

PACE: Final = RATE / 16
"""Bytes of sound a letter takes, until a voice has shown its own pace."""

LATE: Final = 2.0
"""Seconds after its time in which the mark at the end has to come back (reference 8.6)."""


@dataclass(frozen=True, slots=True)
class Outlet:
    """Where sound goes: pieces of mu-law, marks by name, and the order to forget what was not played."""

    sound: Callable[[bytes], Awaitable[None]]
    mark: Callable[[str], Awaitable[None]]
    clear: Callable[[], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Progress:
    """How much of an utterance was heard, of what there is so far, in bytes of mu-law. `whole`: that is all."""

    played: int
    given: int
    whole: bool

    def heard(self, text: str, pace: float = PACE) -> str:
        """The part of a text that was heard, by its share of the sound; while that is being made, by the pace of
        speech (bytes of sound a letter).
        """
        size = len(text.encode())
        total = self.given if self.whole else max(self.given, round(size * pace))
        share = text.encode()[: round(size * self.played / total)] if total else b""
        return share.decode(errors="ignore").strip()

    @property
    def complete(self) -> bool:
        """Whether all of it was heard."""
        return self.whole and self.played >= self.given


class Playback:
    """One utterance at a time: `begin`, `add` its sound, `finish` it; `done` is called when it was heard to its end.

    What is played is told to `far`, which knows by that what an echo may sound like.
    """

    def __init__(self, outlet: Outlet, pacer: Pacer, far: DoubleTalk, done: Callable[[], None]) -> None:
        self._out = outlet
        self._pacer = pacer
        self._far = far
        self._done = done
        self._number = 0
        self._sounding = False
        self._reset()

    def _reset(self) -> None:
        self._waiting = bytearray()
        self._given = 0
        self._sent = 0
        self._start = 0
        self._offset = 0.0
        self._whole = False
        self._sending = False
        self._acknowledged = 0
        self._last: asyncio.TimerHandle | None = None

    @property
    def sounding(self) -> bool:
        """Whether something may be heard now."""
        return self._sounding and self._sent > 0

    def begin(self) -> None:
        """Another utterance. What was not played of the one before goes on: `clear` first."""
        self._close()
        self._number += 1
        self._sounding = True

    async def add(self, ulaw: bytes) -> None:
        """More of its sound, of any length."""
        if not self._sounding:
            return
        if not self._given:
            self._start = frame_now()
            self._offset = asyncio.get_running_loop().time() - self._start * FRAME
        self._waiting += ulaw
        self._given += len(ulaw)
        await self._send(frame_now())
        self._pacer.join(self, self._send)

    async def finish(self) -> None:
        """That was all of it."""
        if not self._sounding:
            return
        self._whole = True
        if rest := self._given % FRAME_BYTES:
            self._waiting += SILENCE_BYTE * (FRAME_BYTES - rest)
        await self._send(frame_now())

    async def clear(self) -> Progress:
        """Fall silent at this instant, and say how much was heard."""
        progress = self.progress()
        if self._sounding:
            self._close()
            self._far.cleared(frame_now() + 1)
            await self._out.clear()
        return progress

    def marked(self, name: str) -> None:
        """The carrier has come to a mark."""
        number, _, sent = name.partition("-")
        if not self._sounding or number != str(self._number):
            return
        if sent == "end":
            self._finished()
        elif sent.isdecimal():
            self._acknowledged = int(sent)

    def progress(self) -> Progress:
        """How much will have been heard when the carrier hears of it: by the clock, as far as marks bear it out.

        Our word takes as long to the carrier as the sound took, so that its delay does not count.
        """
        clock = asyncio.get_running_loop().time() - self._start * FRAME - self._offset
        most = self._acknowledged + PROGRESS * FRAME_BYTES + SLACK
        played = min(self._sent, self._given, most, max(self._acknowledged, round(clock * RATE)))
        return Progress(max(0, played), self._given, self._whole)

    def close(self) -> None:
        """The stream is over."""
        self._close()

    # --- inside -------------------------------------------------------------------------------------------------

    async def _send(self, number: int) -> None:
        """Send what is due: as much as plays until this frame, and the lead."""
        if self._sending:
            return
        self._sending = True
        utterance = self._number
        played = number - self._start
        if (late := played * FRAME_BYTES - self._sent) > 0 and self._waiting:
            # nothing was there to be sent for a while: time begins again
            self._start += late // FRAME_BYTES
            played = number - self._start
        try:
            while len(self._waiting) >= FRAME_BYTES and self._sent < (played + LEAD) * FRAME_BYTES:
                await self._out.sound(self._next())
                if self._sent % (PROGRESS * FRAME_BYTES) == 0:
                    await self._out.mark(f"{self._number}-{self._sent}")
                if self._number != utterance or not self._sounding:
                    return
        finally:
            self._sending = False
        if self._whole and not self._waiting and self._last is None:
            await self._end()

    def _next(self) -> bytes:
        """The next frame, which counts as sent."""
        frame = bytes(self._waiting[:FRAME_BYTES])
        del self._waiting[:FRAME_BYTES]
        self._far.played(frame, self._start + self._sent // FRAME_BYTES)
        self._sent += FRAME_BYTES
        return frame

    async def _end(self) -> None:
        self._pacer.leave(self)
        left = (self._sent - self.progress().played) / RATE
        self._last = asyncio.get_running_loop().call_later(left + LATE, self._overdue)
        await self._out.mark(f"{self._number}-end")

    def _overdue(self) -> None:
        log.warning("the carrier does not tell when it has played to the end: taken for played")
        self._finished()

    def _finished(self) -> None:
        self._acknowledged = self._sent
        self._pacer.leave(self)
        self._silence()
        self._done()

    def _close(self) -> None:
        self._pacer.leave(self)
        self._silence()
        self._reset()

    def _silence(self) -> None:
        self._sounding = False
        if self._last is not None:
            self._last.cancel()
