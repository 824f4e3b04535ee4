"""One audio stream of a call: connected, introduced, fed with what is heard, played from, and ended."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final

from voicecall_sim.carriers.emulator import StreamOpening
from voicecall_sim.carriers.plivo import ids
from voicecall_sim.carriers.plivo.account import StreamRecord
from voicecall_sim.carriers.plivo.elements import Stream
from voicecall_sim.carriers.plivo.linear import MULAW, Inwards, Outwards, read_type
from voicecall_sim.carriers.plivo.live import LiveCall
from voicecall_sim.carriers.plivo.perform_speech import press_along
from voicecall_sim.carriers.plivo.stream_messages import (
    Audio,
    Checkpoint,
    Clear,
    Invalid,
    Keys,
    Messages,
    Track,
    understand,
)
from voicecall_sim.carriers.plivo.stream_records import StreamRecords
from voicecall_sim.carriers.plivo.stream_socket import Binary, Ended, Socket, Unopened
from voicecall_sim.carriers.plivo.timing import STREAM_AGAIN, STREAM_ATTEMPTS, STREAM_BUFFER
from voicecall_sim.carriers.plivo.webhooks import pass_time
from voicecall_sim.telephony.playout import Playout
from voicecall_sim.telephony.signals import Pressed, Signal
from voicecall_sim.telephony.tap import Tap
from voicecall_sim.world.clock import SECOND

FRAME: Final = 160
TRACKS: Final = {"inbound": ("inbound",), "outbound": ("outbound",), "both": ("inbound", "outbound")}
DEGREES: Final = (30, 60, 90)
"""Percent of the buffer at which a stream is told to be degraded."""
TIMED_OUT: Final = "Stream timeout"


class MediaStream:
    """A stream from its being asked for to its end. `done` is set when it has ended, or could not begin."""

    def __init__(self, call: LiveCall, wish: Stream) -> None:
        plant = call.plant
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.record = StreamRecord(
            stream_id=ids.new_uuid(plant.surroundings.chance, "stream"),
            call_uuid=call.uuid,
            service_url=wish.url,
            bidirectional=wish.bidirectional,
            audio_track=wish.track,
            content_type=wish.content_type,
            created=plant.surroundings.clock.wall(),
            status_callback=wish.status_url or "",
        )
        plant.account.streams[self.record.stream_id] = self.record
        call.streams[self.record.stream_id] = self
        self._call = call
        self._wish = wish
        self._extra = ";".join(part.strip() for part in wish.extra_headers.split(",") if part.strip())
        self._format = read_type(wish.content_type) or (MULAW, 8000)
        self._records = StreamRecords(call, self.record, wish)
        self._socket: Socket | None = None
        self._messages = Messages(account=plant.account.auth_id, call_uuid=call.uuid, stream_id=self.record.stream_id)
        self._ears: list[tuple[Track, Tap, Outwards]] = []
        self._mouths: dict[tuple[str, int], Inwards] = {}
        self._playout: Playout | None = None
        self._degree = 0
        self._unsubscribe: list[Callable[[], None]] = []
        self._task = plant.tasks.spawn(self._run())

    # --- from outside ---

    def stop(self, reason: str) -> None:
        """End it from this side. Harmless when it is over."""
        if self.record.over:
            return
        if self._socket is None:
            self._records.failed(reason)
            self._end()
            self._task.cancel()
            return
        if self._call.plant.account.terms.stream_stop_event:
            self._socket.send(self._messages.stop(TRACKS[self._wish.track]))
        self._leave(Ended("carrier", reason))
        self._call.plant.tasks.start(self._socket.close())

    def cut(self) -> None:
        """Break its connection."""
        if self._socket is not None:
            self._socket.abort()

    # --- its life ---

    async def _run(self) -> None:
        opening = self._call.plant.sockets.compose(
            call_uuid=self._call.uuid,
            two_way=self._wish.bidirectional,
            url=self._wish.url,
            parameters=(("extra_headers", self._extra),) if self._extra else (),
        )
        self._records.opening = opening
        try:
            socket, opening = await self._connect(opening)
        except Unopened as failure:
            self._records.unopened(failure)
            self._end()
            return
        self._begin(socket, opening)
        try:
            ended = await self._listen(socket)
        except asyncio.CancelledError:
            socket.drop()
            raise
        if not self.record.over:
            self._leave(ended)

    async def _connect(self, opening: StreamOpening) -> tuple[Socket, StreamOpening]:
        """Three attempts. Raises the last one's `Unopened`."""
        for _ in range(STREAM_ATTEMPTS - 1):
            try:
                return await self._call.plant.sockets.connect(opening)
            except Unopened:
                await pass_time(STREAM_AGAIN)
        return await self._call.plant.sockets.connect(opening)

    def _begin(self, socket: Socket, opening: StreamOpening) -> None:
        """Introduce it; nothing is heard before `start` is sent."""
        call, plant = self._call, self._call.plant
        self._socket = socket
        self.record.started, self.record.status = plant.surroundings.clock.wall(), "started"
        # a scenario may have it introduce itself as another call's, or with other words
        if opening.shown_call_id != call.uuid:
            self._messages = Messages(
                account=plant.account.auth_id, call_uuid=opening.shown_call_id, stream_id=self.record.stream_id
            )
        self._extra = dict(opening.parameters).get("extra_headers", "")
        tracks = TRACKS[self._wish.track]
        socket.send(self._messages.start(tracks, *self._format, self._extra))
        self._ears = [
            (Track(name), Tap(call.end, outgoing=name == "outbound"), Outwards(*self._format)) for name in tracks
        ]
        self._unsubscribe = [
            plant.sockets.ticker.add(self._tick),
            *(tap.close for _, tap, _ in self._ears),
            call.end.listen(self._hear),
            plant.tasks.later(self._wish.timeout * SECOND, self.stop, TIMED_OUT).cancel,
        ]
        if self._wish.bidirectional:
            self._playout = Playout(call.end, limit=STREAM_BUFFER, marked=self._played)
        plant.sockets.live[opening.number] = self
        self._records.opened(opening)

    def _leave(self, ended: Ended) -> None:
        """It is over, at this instant."""
        for unsubscribe in self._unsubscribe:
            unsubscribe()
        if self._playout is not None:
            self._playout.close()
        self._records.closed(ended, None if self._playout is None else self._playout.statistics)
        self._end()

    def _end(self) -> None:
        self.record.status = "stopped"
        self.record.ended = self._call.plant.surroundings.clock.wall()
        self._call.streams.pop(self.record.stream_id, None)
        if self._records.opening is not None:
            self._call.plant.sockets.live.pop(self._records.opening.number, None)
        self.done.set_result(None)

    # --- towards the application ---

    def _tick(self) -> None:
        now = self._milliseconds()
        for track, tap, outwards in self._ears:
            heard = tap.read(FRAME)
            for at in range(0, len(heard), FRAME):
                self._media(track, now, outwards.convert(heard[at : at + FRAME]))

    def _media(self, track: Track, now: int, payload: bytes) -> None:
        if self._socket is not None and not self._socket.congested:
            self._socket.send(self._messages.media(track, now, payload, self._extra))

    def _hear(self, signal: Signal) -> None:
        if isinstance(signal, Pressed):
            self._say(self._messages.dtmf(signal.key, self._milliseconds(), self._extra))
            self._records.happened("dtmf", digit=signal.key)

    def _played(self, name: str) -> None:
        self._say(self._messages.played(name))
        self._records.happened("mark", name=name, how="played")

    def _say(self, text: str) -> None:
        if self._socket is not None:
            self._socket.send(text)

    def _milliseconds(self) -> int:
        return int(self._call.plant.surroundings.clock.wall().timestamp() * 1000)

    # --- from the application ---

    async def _listen(self, socket: Socket) -> Ended:
        while True:
            got = await socket.receive()
            if isinstance(got, Ended):
                return got
            if self.record.over:
                continue
            if isinstance(got, Binary) or self._playout is None:
                self._call.note(0, "the stream takes no such message")
            else:
                self._take(got, self._playout)

    def _take(self, text: str, playout: Playout) -> None:
        try:
            message = understand(text, self._format[1])
        except Invalid as problem:
            self._call.note(0, f"a message over the stream is ignored: {problem}")
            return
        match message:
            case Audio():
                self._queue(message, playout)
            case Checkpoint(name):
                self._records.happened("mark", name=name, how="queued")
                playout.mark(name)
            case Clear():
                self._clear(playout)
            case Keys(digits):
                self._call.plant.tasks.start(press_along(self._call, digits))

    def _queue(self, audio: Audio, playout: Playout) -> None:
        form = (audio.encoding, audio.rate)
        inwards = self._mouths.setdefault(form, Inwards(*form))
        if not playout.append(inwards.convert(audio.payload)):
            self._call.note(0, "buffer_overflow: audio is discarded")
        degree = sum(playout.buffered * 100 >= percent * STREAM_BUFFER for percent in DEGREES)
        if degree > self._degree:
            self._records.degraded(DEGREES[degree - 1])
        self._degree = degree

    def _clear(self, playout: Playout) -> None:
        for name in playout.clear():
            self._records.happened("mark", name=name, how="cleared")
        self._say(self._messages.cleared())
        self._records.cleared(playout.statistics)


FIDELITY: Final = (
    ("start, then audio every 20 ms, silence too", "audio-streaming reference", "documented"),
    ("a checkpoint comes back when all before it was played", "audio-streaming reference", "documented"),
    (
        "clearAudio swallows the checkpoints that were pending, and is answered",
        "audio-streaming reference",
        "documented",
    ),
    ("there is no stop: the socket is closed", "audio-streaming reference; other sources differ", "documented"),
    (
        "overflow is told as DegradedStream at 30, 60 and 90 percent, then dropped",
        "audio-streaming reference",
        "documented",
    ),
    ("two more attempts to connect, then DroppedStream", "audio-streaming guide", "documented"),
    ("keys are told on one-way streams, too", "no source", "assumed"),
)
