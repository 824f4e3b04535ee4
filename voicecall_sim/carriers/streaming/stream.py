"""One media stream of a call: connected, introduced, fed with what is heard, played from, and ended."""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from typing import ClassVar, Final, Generic, Protocol, TypeVar

from voicecall_sim.carriers.emulator import StreamOpening
from voicecall_sim.carriers.streaming.messages import Clear, Invalid, Mark, NotText
from voicecall_sim.carriers.streaming.notes import StreamNotes
from voicecall_sim.carriers.streaming.office import StreamOffice
from voicecall_sim.carriers.streaming.sockets import Binary, Ended, Socket, Unopened
from voicecall_sim.carriers.tasks import Tasks
from voicecall_sim.telephony.line import End
from voicecall_sim.telephony.playout import Statistics
from voicecall_sim.telephony.signals import Pressed, Signal
from voicecall_sim.telephony.tap import Tap

FRAME: Final = 160
"""The telephone's bytes in one media message: 20 ms of G.711 µ-law at 8 kHz."""
FRAME_MS: Final = 20
NOT_UTF8: Final = 1007


class Ear:
    """One direction of the audio, as the application gets it.

    `passed` counts its frames, `chunk` those that were sent: a frame that is dropped takes no number.
    """

    __slots__ = ("chunk", "encode", "name", "passed", "tap")

    def __init__(self, end: End, name: str, encode: Callable[[bytes], bytes] | None = None) -> None:
        self.name = name
        self.encode = encode
        self.tap = Tap(end, outgoing=name == "outbound")
        self.chunk = 0
        self.passed = 0


class Mouth(Protocol):
    """What plays the application's audio; a `Playout` does."""

    @property
    def statistics(self) -> Statistics:
        """What has become of the audio by now."""
        ...

    def mark(self, name: str) -> None:
        """Have it told when everything queued by now has been played."""
        ...

    def clear(self) -> list[str]:
        """Empty the buffer and fall silent: the marks that were pending, in order."""
        ...

    def close(self) -> None:
        """As `clear`, for good."""
        ...


M = TypeVar("M")


class MediaStream(ABC, Generic[M]):
    """A stream from its being asked for to its end. `done` is set when it has ended, or could not begin.

    A carrier's own stream says what is the carrier's: the opening, the messages, what is told beside the socket. `M`
    is what applications may say but marks and clears.
    """

    binary: ClassVar[tuple[str, int]] = ("the stream takes no binary messages", 0)
    """The complaint about a message that is not text, and its code."""
    one_way: ClassVar[tuple[str, int]] = ("a one-way stream takes no messages", 0)
    """The complaint about a message over a stream that plays nothing."""

    def __init__(self, office: StreamOffice, tasks: Tasks, call: int, *, two_way: bool) -> None:
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.over = False
        self.notes = StreamNotes(office, call, two_way=two_way)
        self.office = office
        self.tasks = tasks
        self.ears: Sequence[Ear] = ()
        self.mouth: Mouth | None = None
        self.until_over: list[Callable[[], object]] = []
        """What is called when it is over."""
        self._socket: Socket | None = None
        self._begun = False
        self._task = tasks.spawn(self._run())

    # --- what is the carrier's ---

    @abstractmethod
    def compose(self) -> StreamOpening:
        """The opening, genuine. Raises `Unopened`."""

    @abstractmethod
    def introduce(self, opening: StreamOpening) -> None:
        """Say the first messages; make `ears` and `mouth`. Nothing is heard before this."""

    @abstractmethod
    def media(self, ear: Ear, payload: bytes) -> str:
        """The message of one frame of audio, encoded."""

    @abstractmethod
    def key(self, digit: str) -> str:
        """The message of a key that the other party pressed."""

    @abstractmethod
    def mark(self, name: str) -> str:
        """The message that brings a mark back."""

    @abstractmethod
    def farewell(self) -> str | None:
        """The last message, if there is one."""

    @abstractmethod
    def understand(self, data: bytes) -> Mark | Clear | M:
        """What a message of the application means. Raises `Invalid`, `NotText`."""

    @abstractmethod
    def take(self, message: M) -> None:
        """Play the audio, or do what else the application may ask for. Raises `Invalid`."""

    @abstractmethod
    def complain(self, problem: Invalid) -> None:
        """A message was not taken."""

    @abstractmethod
    def opened(self, opening: StreamOpening) -> None:
        """It has introduced itself: note it, tell it."""

    @abstractmethod
    def unopened(self, failure: Unopened) -> None:
        """It does not come up: note it, tell it."""

    @abstractmethod
    def closed(self, ended: Ended) -> None:
        """It is over after it had begun: note it, tell it."""

    @abstractmethod
    def ended(self) -> None:
        """It is over, or could not begin: the call has it no more."""

    async def connect(self, opening: StreamOpening) -> tuple[Socket, StreamOpening]:
        """Connect. Raises `Unopened`."""
        return await self.office.connect(opening)

    async def connected(self, opening: StreamOpening) -> None:
        """What there is to say or to wait for before it is introduced: nothing."""

    def given_up(self, reason: str) -> None:
        """It was stopped before it had begun."""
        self.notes.happened("failed", reason=reason)

    def dropped(self, ear: Ear) -> None:
        """A frame is not sent: the application does not read."""

    def clear(self, mouth: Mouth) -> None:
        """Fall silent, and return the marks that were pending."""
        pending = mouth.clear()
        self.notes.cleared(mouth.statistics)
        for name in pending:
            self._return(name, "cleared")

    # --- from outside ---

    def stop(self, reason: str) -> None:
        """End it from this side: told to the application, then closed. Harmless when it is over."""
        if self.over:
            return
        if self._begun:
            farewell = self.farewell()
            if farewell is not None:
                self.say(farewell)
            self._leave(Ended("carrier", reason))
        else:
            self.given_up(reason)
            self._finish()
        self._part()

    def cut(self) -> None:
        """Break its connection."""
        if self._socket is not None:
            self._socket.abort()

    def say(self, text: str) -> None:
        """Send a message, unless it is over."""
        if self._socket is not None and not self.over:
            self._socket.send(text)

    def hear_keys(self, end: End) -> None:
        """Tell the keys that the other party presses."""
        self.until_over.append(end.listen(self._signal))

    def pressed(self, digit: str) -> None:
        """Tell a key."""
        self.say(self.key(digit))
        self.notes.happened("dtmf", digit=digit)

    def played(self, name: str) -> None:
        """A mark is reached."""
        self._return(name, "played")

    @property
    def statistics(self) -> Statistics | None:
        """What has become of the application's audio, if it plays any."""
        return None if self.mouth is None else self.mouth.statistics

    # --- its life ---

    async def _run(self) -> None:
        try:
            self.notes.opening = self.compose()
            self._socket, opening = await self.connect(self.notes.opening)
        except Unopened as failure:
            self.unopened(failure)
            self._finish()
            return
        try:
            await self.connected(opening)
            self._begin(opening)
            ended = await self._listen(self._socket)
        except asyncio.CancelledError:
            if not self.over:
                self._socket.drop()
            raise
        if not self.over:
            self._leave(ended)

    def _begin(self, opening: StreamOpening) -> None:
        self._begun = True
        self.introduce(opening)
        self.until_over += [self.office.ticker.add(self._tick), *(ear.tap.close for ear in self.ears)]
        self.office.live[opening.number] = self
        self.opened(opening)

    def _leave(self, ended: Ended) -> None:
        """It is over, at this instant."""
        for undo in self.until_over:
            undo()
        if self.mouth is not None:
            self.mouth.close()
        self.over = True
        self.closed(ended)
        self._finish()

    def _finish(self) -> None:
        self.over = True
        self.ended()
        if self.notes.opening is not None:
            self.office.live.pop(self.notes.opening.number, None)
        self.done.set_result(None)

    def _part(self, code: int | None = None) -> None:
        """Close the socket. Only one may read from it: whoever does stops before."""
        self._task.cancel()
        parting = self.tasks.spawn(self._close(code))
        # a carrier that stops may cancel this before it has begun
        parting.add_done_callback(self._drop)

    async def _close(self, code: int | None) -> None:
        await asyncio.wait([self._task])
        if self._socket is not None:
            await self._socket.close(code)

    def _drop(self, parted: asyncio.Task[None]) -> None:
        if self._socket is not None:
            self._socket.drop()

    # --- towards the application ---

    def _tick(self) -> None:
        assert self._socket is not None
        for ear in self.ears:
            heard = ear.tap.read(FRAME)
            for at in range(0, len(heard), FRAME):
                frame = heard[at : at + FRAME]
                ear.passed += 1
                payload = frame if ear.encode is None else ear.encode(frame)
                if self._socket.congested:
                    self.dropped(ear)
                else:
                    ear.chunk += 1
                    self._socket.send(self.media(ear, payload))

    def _signal(self, signal: Signal) -> None:
        if isinstance(signal, Pressed):
            self.pressed(signal.key)

    def _return(self, name: str, how: str) -> None:
        self.say(self.mark(name))
        self.notes.happened("mark", name=name, how=how)

    # --- from the application ---

    async def _listen(self, socket: Socket) -> Ended:
        while True:
            got = await socket.receive()
            if isinstance(got, Ended):
                return got
            try:
                self._message(got)
            except Invalid as problem:
                self.complain(problem)
            except NotText as problem:
                self._refuse(str(problem))

    def _message(self, got: bytes | Binary) -> None:
        if isinstance(got, Binary):
            raise Invalid(*self.binary)
        if self.mouth is None:
            raise Invalid(*self.one_way)
        message = self.understand(got)
        if isinstance(message, Mark):
            self.notes.happened("mark", name=message.name, how="queued")
            self.mouth.mark(message.name)
        elif isinstance(message, Clear):
            self.clear(self.mouth)
        else:
            self.take(message)

    def _refuse(self, problem: str) -> None:
        """End it because the application breaks the protocol."""
        self._leave(Ended("app", f"protocol violation: {problem}", NOT_UTF8, violation=True))
        self._part(NOT_UTF8)
