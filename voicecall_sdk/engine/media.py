"""A call's media stream, from its first message to its end: who may open one, and what goes in and out.

What is said and heard on a stream is the affair of its *dialogue* (`engine/pipeline.py`, `engine/speech_to_speech.py`);
here are the socket's side of it, the keys, and the call's events.
"""

from __future__ import annotations

import asyncio
import hmac
import logging
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Final, Protocol

from voicecall_sdk.audio.levels import DoubleTalk
from voicecall_sdk.call.record import Stream
from voicecall_sdk.carriers.carrier import Done, Outcome
from voicecall_sdk.carriers.wire import Key, Mark, MediaMessage, Sound, Started, Stopped, Wire
from voicecall_sdk.commands import Command, FallSilent, Prompt, Say
from voicecall_sdk.engine.live import LiveCall
from voicecall_sdk.engine.playback import Outlet, Playback
from voicecall_sdk.engine.switchboard import Switchboard
from voicecall_sdk.errors import SpeechFailed
from voicecall_sdk.events import KeysPressed, StreamEnded, StreamReady, StreamStarted

log = logging.getLogger(__name__)

BETWEEN_KEYS: Final = 3.0
"""Seconds without another key after which the keys pressed are an answer; `#` ends them at once."""

DEAD_AFTER: Final = 10.0
"""Seconds without a frame after which a stream is dead: carriers send one every 20 ms, silence too."""

SIGN_OF_LIFE: Final = 50
"""Frames after which a stream's sound counts as a word from the carrier."""


class StreamRefused(Exception):
    """A stream that is not taken; `code` closes its WebSocket (RFC 6455, section 7.4)."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


class Socket(Protocol):
    """The WebSocket that a stream came by."""

    async def send(self, text: str) -> None:
        """Send a message. One that cannot be sent any more is dropped; a peer that does not read is cut off."""
        ...

    def close(self, code: int, reason: str) -> None:
        """Close it, soon; harmless when it is closed."""
        ...


class Dialogue(Protocol):
    """Who hears and speaks on a stream."""

    async def open(self) -> None:
        """Get ready. Raises `SpeechFailed`."""
        ...

    def hear(self, ulaw: bytes) -> None:
        """A piece of the far end's sound. Must not block."""
        ...

    def played(self) -> None:
        """The utterance under way was heard to its end."""
        ...

    async def say(self, command: Say | Prompt) -> None:
        """Say this; returns when its sound begins. Raises `SpeechFailed`."""
        ...

    async def fall_silent(self) -> None:
        """Stop speaking at once."""
        ...

    def heard_so_far(self) -> str | None:
        """The part of what is being said that was heard by now; None when nothing is being said."""
        ...

    async def quiet(self) -> None:
        """Return when the far end does not speak."""
        ...

    async def close(self) -> None:
        """Let everything go."""
        ...


class MediaStream:
    """One stream of one call. `take` its messages; `closed` when its socket is."""

    def __init__(self, board: Switchboard, call: LiveCall, wire: Wire, started: Started, socket: Socket) -> None:
        self.board = board
        self.call = call
        self.id = started.stream_id
        self.echo = DoubleTalk()
        outlet = Outlet(sound=self._send_sound, mark=self._send_mark, clear=self._send_clear)
        self.playback = Playback(outlet, board.pacer, self.echo, lambda: self.dialogue.played())
        self.dialogue: Dialogue
        self._socket = socket
        self._wire = wire
        self._write = wire.sound(started.stream_id)
        self._over = self._closed = False
        self._keys = ""
        self._key_timer: asyncio.TimerHandle | None = None
        self._frames = 0
        self._watch = asyncio.get_running_loop().call_later(DEAD_AFTER, self._look, 0)

    # --- what comes in ------------------------------------------------------------------------------------------

    async def open(self) -> None:
        """Get ready and say so to the call; a stream on which nobody can hear is closed, the call goes on without."""
        try:
            await self.dialogue.open()
        except SpeechFailed as failure:
            await self.fail(str(failure))
        else:
            if not self._over:
                self.board.hear(self.call, StreamReady())

    def take(self, message: MediaMessage) -> None:
        """A message of the carrier."""
        match message:
            case Sound(ulaw):
                self._frames += 1
                if self._frames % SIGN_OF_LIFE == 0:
                    self.call.heard(())
                self.dialogue.hear(ulaw)
            case Mark(name):
                self.playback.marked(name)
            case Key(digit):
                self._key(digit)
            case Stopped():
                self._socket.close(1000, "")
            case Started():
                self._socket.close(1008, "Duplicate start")

    async def closed(self) -> None:
        """The socket is closed: the stream is over."""
        await self._end(StreamEnded())

    async def fail(self, reason: str) -> None:
        """This stream is of no use, and another one would not be."""
        if not self._over:
            log.error("call %s: its media stream fails: %s", self.call.record.call_id, reason)
            await self._end(StreamEnded(usable=False))
            self._socket.close(1011, "Speech service failed")

    # --- what goes out ------------------------------------------------------------------------------------------

    async def carry_out(self, command: Command) -> Outcome:
        """What the call wants said or heard. Listening needs no word: a stream always listens."""
        match command:
            case Say() | Prompt():
                await self.dialogue.say(command)
            case FallSilent():
                await self.dialogue.fall_silent()
            case _:
                pass
        return Done()

    def hang_up(self) -> None:
        """The call is over."""
        self._socket.close(1000, "Call ended")
        _ = self.board.spawn(self.shut(), f"end of stream {self.id}")

    def leave(self) -> None:
        """The call is over, or has no use for this stream any more: it is told at once what was heard by now."""
        self._part(StreamEnded())
        self.hang_up()

    async def shut(self) -> None:
        """Let everything go without a word."""
        await self._end(None)

    # --- inside -------------------------------------------------------------------------------------------------

    async def _end(self, event: StreamEnded | None) -> None:
        self._part(event)
        if not self._closed:
            self._closed = True
            await self.dialogue.close()

    def _part(self, event: StreamEnded | None) -> None:
        """Play and be watched no more; the call is told."""
        if self._over:
            return
        self._over = True
        self._watch.cancel()
        if self._key_timer is not None:
            self._key_timer.cancel()
        heard = self.dialogue.heard_so_far()
        self.playback.close()
        if self.call.media is self:
            self.call.media = None
            if event is not None:
                self.board.hear(self.call, replace(event, heard=heard))

    def _look(self, before: int) -> None:
        """Whether anything has come since the last look. A network that is gone says nothing, not even goodbye."""
        if self._frames == before:
            log.warning("call %s: nothing comes by its media stream any more", self.call.record.call_id)
            self._socket.close(1011, "No media")
            _ = self.board.spawn(self.closed(), f"end of stream {self.id}")
        else:
            self._watch = asyncio.get_running_loop().call_later(DEAD_AFTER, self._look, self._frames)

    def _key(self, digit: str) -> None:
        if self._key_timer is not None:
            self._key_timer.cancel()
        if digit == "#" and self._keys:
            self._keys_entered()
            return
        self._keys += digit
        self._key_timer = asyncio.get_running_loop().call_later(BETWEEN_KEYS, self._keys_entered)

    def _keys_entered(self) -> None:
        keys, self._keys = self._keys, ""
        self.board.hear(self.call, KeysPressed(keys))

    def _send_sound(self, ulaw: bytes) -> Awaitable[None]:
        return self._socket.send(self._write(ulaw))

    async def _send_mark(self, name: str) -> None:
        await self._socket.send(self._wire.mark(self.id, name))

    async def _send_clear(self) -> None:
        await self._socket.send(self._wire.clear(self.id))


MakeDialogue = Callable[[MediaStream], Dialogue]


class MediaDesk:
    """Takes streams in. `dialogue` makes what hears and speaks on each."""

    def __init__(self, board: Switchboard, wire: Wire, dialogue: MakeDialogue) -> None:
        self._board = board
        self._wire = wire
        self._dialogue = dialogue

    def admit(self, started: Started, socket: Socket, token: str | None = None) -> MediaStream:
        """The stream of the call that awaits it. Raises `StreamRefused`.

        What it proves itself with (`token`, if it came in the URL) is good once, and for its own call only.
        """
        if not started.provider_call_id:
            raise StreamRefused(1008, "Missing callSid")
        call = self._board.find(started.provider_call_id)
        shown = started.token or token or ""
        awaited = None if call is None else call.record.stream_token
        if call is None or awaited is None or not hmac.compare_digest(awaited.encode(), shown.encode()):
            log.warning("a media stream of call %.100r is refused: unknown call or token", started.provider_call_id)
            raise StreamRefused(1008, "Unknown call")
        if call.media is not None:
            call.media.leave()
        stream = MediaStream(self._board, call, self._wire, started, socket)
        stream.dialogue = self._dialogue(stream)
        call.media = stream
        self._board.hear(call, StreamStarted())
        if call.record.stream is not Stream.STARTED:
            call.media = None
            raise StreamRefused(1008, "Unknown call")
        return stream
