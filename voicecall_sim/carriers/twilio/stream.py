"""One media stream of a call: connected, introduced, fed with what is heard, played from, and ended.

One-way streams (`<Start>`, REST) tell the application what is heard; a two-way one (`<Connect>`) also plays what the
application says, through a buffer of its own (`Playout`).
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final

from voicecall_sim.carriers.emulator import StreamOpening
from voicecall_sim.carriers.twilio import ids
from voicecall_sim.carriers.twilio.debugger import Notice
from voicecall_sim.carriers.twilio.live import LiveCall
from voicecall_sim.carriers.twilio.stream_failures import VIOLATION, Unopened
from voicecall_sim.carriers.twilio.stream_incoming import Clear, Invalid, Mark, NotText, understand
from voicecall_sim.carriers.twilio.stream_judging import judged
from voicecall_sim.carriers.twilio.stream_messages import CONNECTED, FRAME, Messages, Track
from voicecall_sim.carriers.twilio.stream_records import StreamRecords
from voicecall_sim.carriers.twilio.stream_resource import TRACKS, StreamResource, StreamWish
from voicecall_sim.carriers.twilio.stream_socket import Binary, Ended, Socket
from voicecall_sim.carriers.twilio.timing import STREAM_BUFFER, STREAM_FIRST
from voicecall_sim.telephony.playout import Playout
from voicecall_sim.telephony.signals import Pressed, Signal
from voicecall_sim.telephony.tap import Tap

UNDECODABLE: Final = 31950
INVALID: Final = 31951
OVERFULL: Final = 31931
CONGESTION: Final = 31930
NOT_UTF8: Final = 1007


class Stream:
    """A stream from its being asked for to its end. `done` is set when it has ended, or could not begin.

    Its resource is the account's at once. What keeps it from beginning shows when it begins.
    """

    def __init__(self, call: LiveCall, wish: StreamWish, *, two_way: bool) -> None:
        plant = call.plant
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
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
        self._office = plant.sockets
        self._records = StreamRecords(call, self.resource, wish.callback)
        self._socket: Socket | None = None
        self._messages: Messages | None = None
        self._ears: list[tuple[Track, Tap]] = []
        self._playout: Playout | None = None
        self._unsubscribe: list[Callable[[], None]] = []
        self._complaints: set[int] = set()
        self._task = plant.tasks.spawn(self._run())

    # --- from outside ---

    def stop(self, reason: str) -> None:
        """End it from this side: told to the application, then closed. Harmless when it is over."""
        if self.resource.over:
            return
        if self._socket is None or self._messages is None:
            self._records.failed(reason)
            self._end()
            self._task.cancel()
            return
        self._socket.send(self._messages.stop())
        self._leave(Ended("carrier", reason))
        self._call.plant.tasks.start(self._socket.close())

    def cut(self) -> None:
        """Break its connection."""
        if self._socket is not None:
            self._socket.abort()

    # --- its life ---

    async def _run(self) -> None:
        try:
            socket, opening = await self._open()
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
        if not self.resource.over:
            self._leave(ended)

    async def _open(self) -> tuple[Socket, StreamOpening]:
        if self._trouble is not None:
            raise self._trouble
        parameters = tuple(self._wish.parameters.items())
        opening = self._office.compose(
            call_sid=self._call.sid, two_way=self.resource.two_way, url=self._url, parameters=parameters
        )
        self._records.opening = opening
        return await self._office.connect(opening)

    def _begin(self, socket: Socket, opening: StreamOpening) -> None:
        """Introduce it; nothing is heard before `start` is sent."""
        call, resource = self._call, self.resource
        self._socket = socket
        self._messages = Messages(
            account_sid=resource.account_sid, call_sid=opening.shown_call_id, stream_sid=resource.sid
        )
        socket.send(CONNECTED)
        socket.send(self._messages.start(resource.tracks, dict(opening.parameters)))
        first = call.plant.surroundings.chance("twilio.stream.timestamp").randint(*STREAM_FIRST)
        self._ears = [(Track(name, first), Tap(call.end, outgoing=name == "outbound")) for name in resource.tracks]
        self._unsubscribe = [self._office.ticker.add(self._tick), *(tap.close for _, tap in self._ears)]
        if resource.two_way:
            self._playout = Playout(call.end, limit=STREAM_BUFFER, marked=self._played)
            self._unsubscribe.append(call.end.listen(self._hear))
        self._office.live[opening.number] = self
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
        resource = self.resource
        resource.status = "stopped"
        resource.date_updated = self._call.plant.surroundings.clock.wall()
        self._call.streams.pop(resource.sid, None)
        if self._records.opening is not None:
            self._office.live.pop(self._records.opening.number, None)
        self.done.set_result(None)

    # --- towards the application ---

    def _tick(self) -> None:
        for track, tap in self._ears:
            heard = tap.read(FRAME)
            for at in range(0, len(heard), FRAME):
                self._send_media(track, heard[at : at + FRAME])

    def _send_media(self, track: Track, frame: bytes) -> None:
        assert self._socket is not None
        assert self._messages is not None
        if self._socket.congested:
            self._complain(CONGESTION, "audio is dropped")
            track.skip()
            return
        self._socket.send(self._messages.media(track, frame))

    def _hear(self, signal: Signal) -> None:
        if isinstance(signal, Pressed):
            self._say(lambda messages: messages.dtmf(signal.key))
            self._records.happened("dtmf", digit=signal.key)

    def _played(self, name: str) -> None:
        self._return(name, "played")

    def _return(self, name: str, how: str) -> None:
        self._say(lambda messages: messages.mark(name))
        self._records.happened("mark", name=name, how=how)

    def _say(self, word: Callable[[Messages], str]) -> None:
        if self._socket is not None and self._messages is not None:
            self._socket.send(word(self._messages))

    # --- from the application ---

    async def _listen(self, socket: Socket) -> Ended:
        while True:
            got = await socket.receive()
            if isinstance(got, Ended):
                return got
            if self.resource.over:
                continue
            if isinstance(got, Binary):
                self._complain(UNDECODABLE, "binary")
            elif self._playout is None:
                self._complain(INVALID, "a one-way stream takes no messages")
            else:
                self._take(got, self._playout)

    def _take(self, data: bytes, playout: Playout) -> None:
        try:
            message = understand(data, self.resource.sid)
        except Invalid as problem:
            self._complain(INVALID, str(problem))
        except NotText as problem:
            self._refuse(str(problem))
        else:
            if isinstance(message, bytes):
                if not playout.append(message):
                    self._complain(OVERFULL, "audio is discarded")
            elif isinstance(message, Mark):
                self._records.happened("mark", name=message.name, how="queued")
                playout.mark(message.name)
            else:
                self._clear(message, playout)

    def _clear(self, message: Clear, playout: Playout) -> None:
        pending = playout.clear()
        self._records.cleared(playout.statistics)
        for name in pending:
            self._return(name, "cleared")

    def _refuse(self, problem: str) -> None:
        """End it because the application breaks the protocol."""
        if self._socket is not None:
            self._leave(Ended("app", f"protocol violation: {problem}", NOT_UTF8, VIOLATION))
            self._call.plant.tasks.start(self._socket.close(NOT_UTF8))

    def _complain(self, code: int, detail: str) -> None:
        """Tell the debugger, once a stream for each code; the message or the audio is lost."""
        if code not in self._complaints:
            self._complaints.add(code)
            self._call.warn(Notice(code, detail))


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
