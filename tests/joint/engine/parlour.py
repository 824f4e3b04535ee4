"""A media stream on the bench: a carrier's side of the socket, a voice that speaks at once, an ear that is told."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Any

from tests.joint.engine.house import SID, House
from voicecall_sdk.carriers.twilio.media import wire
from voicecall_sdk.carriers.wire import Mark, Sound, Started
from voicecall_sdk.engine.call import Call
from voicecall_sdk.engine.live import LiveCall
from voicecall_sdk.engine.media import MediaDesk, MediaStream
from voicecall_sdk.engine.pipeline import Pipeline
from voicecall_sdk.errors import SpeechFailed
from voicecall_sdk.speech.vendor import Final, Partial, Recognized, SpeechStarted, SpeechStopped

BYTES_A_LETTER = 480
QUIET, LOUD, ECHO = b"\xff" * 160, b"\x80\x00" * 80, b"\xce\x4e" * 80
"""Frames: nothing, full scale, and what comes back of that 30 dB down."""


def now() -> float:
    return asyncio.get_running_loop().time()


@dataclass
class Voice:
    """Speaks 60 ms a letter. `fails` before it begins, or `after` so many letters."""

    name: str = "voice"
    spoken: list[str] = field(default_factory=list)
    fails: str | None = None
    after: int = 0
    delay: float = 0.0
    stopped: int = 0

    async def speak(self, text: str) -> AsyncIterator[bytes]:
        self.spoken.append(text)
        await asyncio.sleep(self.delay)
        try:
            for number, _ in enumerate(text):
                if self.fails is not None and number >= self.after:
                    raise SpeechFailed(self.fails)
                yield LOUD * (BYTES_A_LETTER // 160)
        except GeneratorExit:
            self.stopped += 1
            raise


@dataclass
class Ear:
    """Hears what the test says it hears."""

    told: Callable[[Recognized], None]
    opens: float = 0.0
    fails: str | None = None
    heard: list[bytes] = field(default_factory=list)
    closed: bool = False

    async def open(self) -> None:
        await asyncio.sleep(self.opens)
        if self.fails is not None:
            raise SpeechFailed(self.fails)

    def hear(self, ulaw: bytes) -> None:
        self.heard.append(ulaw)

    async def close(self, *, finish: bool = False) -> None:
        self.closed = True

    def hears(self, text: str) -> None:
        """A whole utterance, at once."""
        self.told(SpeechStarted())
        self.told(SpeechStopped())
        if text:
            self.told(Partial(text))
            self.told(Final(text))


@dataclass
class Services:
    """What makes voices and ears, as `SpeechServices` does."""

    voice: Voice = field(default_factory=Voice)
    ears: list[Ear] = field(default_factory=list)
    opens: float = 0.0
    fails: str | None = None

    def synthesizer(self, route: str | None = None) -> Voice:
        return self.voice

    def recognizer(self, told: Callable[[Recognized], None], *, route: str | None = None) -> Ear:
        self.ears.append(Ear(told, self.opens, self.fails))
        return self.ears[-1]


class Line:
    """The carrier's side: plays what it is sent, returns marks when they are due, all at once when cleared."""

    def __init__(self) -> None:
        self.stream: MediaStream | None = None
        self.closed: tuple[int, str] | None = None
        self.played_until = 0.0
        self.sound = 0
        self.clears: list[float] = []
        self._pending: list[tuple[str, asyncio.TimerHandle]] = []

    async def send(self, text: str) -> None:
        message = json.loads(text)
        match message["event"]:
            case "media":
                size = len(base64.b64decode(message["media"]["payload"]))
                self.sound += size
                self.played_until = max(now(), self.played_until) + size / 8000
            case "mark":
                name = message["mark"]["name"]
                timer = asyncio.get_running_loop().call_at(max(now(), self.played_until), self._mark, name)
                self._pending.append((name, timer))
            case "clear":
                self.clears.append(now())
                self.played_until = now()
                pending, self._pending = self._pending, []
                for name, timer in pending:
                    timer.cancel()
                    self.stream and self.stream.take(Mark(name))

    def close(self, code: int, reason: str) -> None:
        self.closed = self.closed or (code, reason)

    def _mark(self, name: str) -> None:
        self._pending = [(other, timer) for other, timer in self._pending if other != name]
        if self.stream is not None:
            self.stream.take(Mark(name))


class Parlour:
    """A house whose calls are held over streams."""

    def __init__(self, world: Any, *, services: Services | None = None, **house: Any) -> None:
        self.services = services or Services()
        self.house = House(world, streams=True, **house)
        self.desk = MediaDesk(self.house.board, wire, lambda stream: Pipeline(stream, self.services))  # type: ignore[arg-type]

    @property
    def ear(self) -> Ear:
        return self.services.ears[-1]

    def live(self, sid: str = SID) -> LiveCall:
        live = self.house.board.find(sid)
        assert live is not None
        return live

    def started(self, sid: str | None = SID, token: str | None = None) -> Started:
        """The start message of the stream that the call awaits."""
        if token is None and sid is not None:
            token = self.live(sid).record.stream_token
        return Started(stream_id=f"MZ-{sid}", provider_call_id=sid, token=token, encoding="audio/x-mulaw")  # type: ignore[arg-type]

    async def streams(self, sid: str = SID) -> Line:
        """The carrier opens the stream; returns when it is open, or has failed."""
        line = Line()
        line.stream = self.desk.admit(self.started(sid), line)
        await line.stream.open()
        await self.house.settle()
        return line

    async def called(self, sid: str = SID) -> tuple[Call, Line]:
        """A caller whose stream is open; the greeting has begun."""
        call = self.house.called(sid)
        return call, await self.streams(sid)

    async def frames(self, line: Line, frame: bytes, seconds: float) -> None:
        """Sound comes in for so long."""
        for _ in range(round(seconds / 0.02)):
            assert line.stream is not None
            line.stream.take(Sound(frame))
            await asyncio.sleep(0.02)

    def said(self, call: Call) -> list[dict[str, str]]:
        """The transcript; a text that was cut is marked."""
        lines = self.house.record(call).transcript
        return [{line.speaker.value + ("…" if line.interrupted else ""): line.text} for line in lines]
