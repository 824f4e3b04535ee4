"""Plivo's audio streams."""

from __future__ import annotations

from typing import Final

from voicecall_sim.carriers.emulator import StreamOpening
from voicecall_sim.carriers.plivo import ids
from voicecall_sim.carriers.plivo.account import StreamRecord
from voicecall_sim.carriers.plivo.elements import Stream
from voicecall_sim.carriers.plivo.linear import MULAW, Inwards, Outwards, read_type
from voicecall_sim.carriers.plivo.live import LiveCall
from voicecall_sim.carriers.plivo.perform_speech import press_along
from voicecall_sim.carriers.plivo.stream_messages import Audio, Keys, Messages, understand
from voicecall_sim.carriers.plivo.stream_office import USER_AGENT
from voicecall_sim.carriers.plivo.stream_records import StreamRecords
from voicecall_sim.carriers.plivo.timing import STREAM_AGAIN, STREAM_ATTEMPTS, STREAM_BUFFER
from voicecall_sim.carriers.streaming.messages import Clear, Invalid, Mark
from voicecall_sim.carriers.streaming.office import upgrade_headers
from voicecall_sim.carriers.streaming.sockets import Ended, Socket, Unopened
from voicecall_sim.carriers.streaming.stream import Ear, MediaStream, Mouth
from voicecall_sim.carriers.waiting import pass_time
from voicecall_sim.telephony.playout import Playout
from voicecall_sim.world.clock import SECOND

TRACKS: Final = {"inbound": ("inbound",), "outbound": ("outbound",), "both": ("inbound", "outbound")}
DEGREES: Final = (30, 60, 90)
"""Percent of the buffer at which a stream is told to be degraded."""
TIMED_OUT: Final = "Stream timeout"


class AudioStream(MediaStream[Audio | Keys]):
    """A Plivo stream, two-way or not; its record is the account's at once."""

    mouth: Playout | None

    def __init__(self, call: LiveCall, wish: Stream) -> None:
        plant = call.plant
        super().__init__(plant.sockets, plant.tasks, call.registered.number, two_way=wish.bidirectional)
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
        self._records = StreamRecords(call, self.record, wish, self.notes)
        self._messages = self._speaking_of(call.uuid)
        self._inwards: dict[tuple[str, int], Inwards] = {}
        self._degree = 0

    def compose(self) -> StreamOpening:
        """The opening: its URL without a fragment."""
        url = self._wish.url.partition("#")[0]
        return self.office.compose(
            call_id=self._call.uuid,
            two_way=self._wish.bidirectional,
            url=url,
            headers=upgrade_headers(url, USER_AGENT),
            parameters=(("extra_headers", self._extra),) if self._extra else (),
        )

    async def connect(self, opening: StreamOpening) -> tuple[Socket, StreamOpening]:
        """Three attempts. Raises the last one's `Unopened`."""
        for _ in range(STREAM_ATTEMPTS - 1):
            try:
                return await super().connect(opening)
            except Unopened:
                await pass_time(STREAM_AGAIN)
        return await super().connect(opening)

    def introduce(self, opening: StreamOpening) -> None:
        """`start`."""
        self.record.started, self.record.status = self._call.plant.surroundings.clock.wall(), "started"
        # a scenario may have it introduce itself as another call's, or with other words
        self._messages = self._speaking_of(opening.shown_call_id)
        self._extra = dict(opening.parameters).get("extra_headers", "")
        tracks = TRACKS[self._wish.track]
        self.say(self._messages.start(tracks, *self._format, self._extra))
        self.ears = [Ear(self._call.end, name, Outwards(*self._format).convert) for name in tracks]
        if self._wish.bidirectional:
            self.mouth = Playout(self._call.end, limit=STREAM_BUFFER, marked=self.played)
        self.hear_keys(self._call.end)
        self.until_over.append(self.tasks.later(self._wish.timeout * SECOND, self.stop, TIMED_OUT).cancel)

    def _speaking_of(self, call_uuid: str) -> Messages:
        auth_id = self._call.plant.account.auth_id
        return Messages(account=auth_id, call_uuid=call_uuid, stream_id=self.record.stream_id)

    # --- what it says ---

    def media(self, ear: Ear, payload: bytes) -> str:
        """A frame."""
        return self._messages.media(ear.name, ear.chunk, self._milliseconds(), payload, self._extra)

    def key(self, digit: str) -> str:
        """A key."""
        return self._messages.dtmf(digit, self._milliseconds(), self._extra)

    def mark(self, name: str) -> str:
        """A checkpoint that is reached."""
        return self._messages.played(name)

    def farewell(self) -> str | None:
        """`stop`, for accounts whose terms want it told."""
        told = self._call.plant.account.terms.stream_stop_event
        return self._messages.stop(TRACKS[self._wish.track]) if told else None

    def _milliseconds(self) -> int:
        return int(self._call.plant.surroundings.clock.wall().timestamp() * 1000)

    # --- what it hears ---

    def understand(self, data: bytes) -> Audio | Keys | Mark | Clear:
        """A message of the application."""
        return understand(data, self._format[1])

    def take(self, message: Audio | Keys) -> None:
        """Play audio, press keys."""
        if isinstance(message, Keys):
            self.tasks.start(press_along(self._call, message.digits))
        elif self.mouth is not None:
            self._queue(message, self.mouth)

    def complain(self, problem: Invalid) -> None:
        """A note: the message is ignored."""
        self._call.note(0, f"a message over the stream is ignored: {problem}")

    def clear(self, mouth: Mouth) -> None:
        """Fall silent and say so; the checkpoints that were pending do not come back."""
        for name in mouth.clear():
            self.notes.happened("mark", name=name, how="cleared")
        self.say(self._messages.cleared())
        self.notes.cleared(mouth.statistics)

    def _queue(self, audio: Audio, playout: Playout) -> None:
        form = (audio.encoding, audio.rate)
        inwards = self._inwards.setdefault(form, Inwards(*form))
        if not playout.append(inwards.convert(audio.payload)):
            self._call.note(0, "buffer_overflow: audio is discarded")
        degree = sum(playout.buffered * 100 >= percent * STREAM_BUFFER for percent in DEGREES)
        if degree > self._degree:
            self._records.degraded(DEGREES[degree - 1])
        self._degree = degree

    # --- what is told of it ---

    def opened(self, opening: StreamOpening) -> None:
        """It has introduced itself."""
        self._records.opened(opening)

    def unopened(self, failure: Unopened) -> None:
        """It does not come up."""
        self._records.unopened(failure)

    def closed(self, ended: Ended) -> None:
        """It is over."""
        self._records.closed(ended, self.statistics)

    def ended(self) -> None:
        """Its record is stopped."""
        self.record.status = "stopped"
        self.record.ended = self._call.plant.surroundings.clock.wall()
        self._call.streams.pop(self.record.stream_id, None)


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
