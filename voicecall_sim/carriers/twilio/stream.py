"""Twilio's media streams, one-way and two-way.

One-way streams (`<Start>`, REST) tell the application what is heard; a two-way one (`<Connect>`) also plays what the
application says, through a buffer of its own (`Playout`).
"""

from __future__ import annotations

from typing import ClassVar, Final

from voicecall_sim.carriers.emulator import StreamOpening
from voicecall_sim.carriers.streaming.messages import Clear, Invalid, Mark
from voicecall_sim.carriers.streaming.office import upgrade_headers
from voicecall_sim.carriers.streaming.sockets import Ended, Unopened
from voicecall_sim.carriers.streaming.stream import FRAME_MS, Ear, MediaStream
from voicecall_sim.carriers.twilio import ids
from voicecall_sim.carriers.twilio.debugger import Notice
from voicecall_sim.carriers.twilio.live import LiveCall
from voicecall_sim.carriers.twilio.stream_incoming import understand
from voicecall_sim.carriers.twilio.stream_judging import judged
from voicecall_sim.carriers.twilio.stream_messages import CONNECTED, Messages
from voicecall_sim.carriers.twilio.stream_office import USER_AGENT
from voicecall_sim.carriers.twilio.stream_records import StreamRecords
from voicecall_sim.carriers.twilio.stream_resource import TRACKS, StreamResource, StreamWish
from voicecall_sim.carriers.twilio.timing import STREAM_BUFFER, STREAM_FIRST
from voicecall_sim.telephony.playout import Playout

UNDECODABLE: Final = 31950
INVALID: Final = 31951
OVERFULL: Final = 31931
CONGESTION: Final = 31930


class Stream(MediaStream[bytes]):
    """A Twilio stream. Its resource is the account's at once. What keeps it from beginning shows when it begins."""

    binary: ClassVar[tuple[str, int]] = ("binary", UNDECODABLE)
    mouth: Playout | None

    def __init__(self, call: LiveCall, wish: StreamWish, *, two_way: bool) -> None:
        plant = call.plant
        super().__init__(plant.sockets, plant.tasks, call.registered.number, two_way=two_way)
        self._trouble, self._url = judged(plant.account, call.sid, wish, two_way=two_way)
        self.resource = StreamResource(
            sid=ids.new_sid(plant.surroundings.chance, ids.STREAM),
            account_sid=call.resource.account_sid,
            call_sid=call.sid,
            name=wish.name,
            date_updated=plant.surroundings.clock.wall(),
            tracks=TRACKS.get(wish.track, ()) if self._trouble is None else (),
            two_way=two_way,
        )
        plant.account.streams[self.resource.sid] = self.resource
        call.streams[self.resource.sid] = self
        self._call = call
        self._wish = wish
        self._records = StreamRecords(call, self.resource, wish.callback, self.notes)
        self._messages = self._speaking_of(call.sid)
        self._first = 0
        self._complaints: set[int] = set()

    def compose(self) -> StreamOpening:
        """The opening. Raises `Unopened` if it was not to be opened at all."""
        if self._trouble is not None:
            raise self._trouble
        return self.office.compose(
            call_id=self._call.sid,
            two_way=self.resource.two_way,
            url=self._url,
            headers=upgrade_headers(self._url, USER_AGENT),
            parameters=tuple(self._wish.parameters.items()),
        )

    def introduce(self, opening: StreamOpening) -> None:
        """`connected` and `start`."""
        # a scenario may have it introduce itself as another call's
        self._messages = self._speaking_of(opening.shown_call_id)
        self.say(CONNECTED)
        self.say(self._messages.start(self.resource.tracks, dict(opening.parameters)))
        self._first = self._call.plant.surroundings.chance("twilio.stream.timestamp").randint(*STREAM_FIRST)
        self.ears = [Ear(self._call.end, name) for name in self.resource.tracks]
        if self.resource.two_way:
            self.mouth = Playout(self._call.end, limit=STREAM_BUFFER, marked=self.played)
            self.hear_keys(self._call.end)

    def _speaking_of(self, call_sid: str) -> Messages:
        resource = self.resource
        return Messages(account_sid=resource.account_sid, call_sid=call_sid, stream_sid=resource.sid)

    # --- what it says ---

    def media(self, ear: Ear, payload: bytes) -> str:
        """A frame, on the clock of its track."""
        return self._messages.media(ear.name, ear.chunk, self._first + (ear.passed - 1) * FRAME_MS, payload)

    def key(self, digit: str) -> str:
        """A key."""
        return self._messages.dtmf(digit)

    def mark(self, name: str) -> str:
        """A mark that comes back."""
        return self._messages.mark(name)

    def farewell(self) -> str:
        """`stop`."""
        return self._messages.stop()

    # --- what it hears ---

    def understand(self, data: bytes) -> bytes | Mark | Clear:
        """A message of the application."""
        return understand(data, self.resource.sid)

    def take(self, message: bytes) -> None:
        """Play audio."""
        if self.mouth is not None and not self.mouth.append(message):
            raise Invalid("audio is discarded", OVERFULL)

    def complain(self, problem: Invalid) -> None:
        """Tell the debugger, once a stream for each code; the message or the audio is lost."""
        code = problem.code or INVALID
        if code not in self._complaints:
            self._complaints.add(code)
            self._call.warn(Notice(code, str(problem)))

    def dropped(self, ear: Ear) -> None:
        """Tell the debugger that a frame was not sent."""
        self.complain(Invalid("audio is dropped", CONGESTION))

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
        """Its resource is stopped."""
        self.resource.status = "stopped"
        self.resource.date_updated = self._call.plant.surroundings.clock.wall()
        self._call.streams.pop(self.resource.sid, None)


FIDELITY: Final = (
    ("connected, start, then audio every 20 ms, silence too", "voice/media-streams/websocket-messages", "documented"),
    ("a mark comes back when all before it was played, at once if nothing is buffered", "the same", "documented"),
    ("clear empties the buffer and returns the pending marks at once, in order", "the same", "documented"),
    ("keys are told on two-way streams only", "voice/media-streams/websocket-messages", "documented"),
    ("31951 and 31931 are told once a stream", "error dictionary", "documented"),
    ("31930 and 31950 are told once a stream", "no source", "assumed"),
    ("messages over a one-way stream are a 31951 and ignored", "no source", "assumed"),
    ("stop, then a close with 1000, when the call ends or the stream is stopped", "websocket-messages", "documented"),
    ("a text message that is not UTF-8 is a 31924; the socket is closed with 1007", "RFC 6455", "assumed"),
    ("keys pressed are not audible in the stream", "no source", "assumed"),
)
