"""One media stream of a leg: connected, introduced, fed with what is heard, played from, and ended."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import Any, Final

from voicecall_sim.carriers.emulator import StreamOpening
from voicecall_sim.carriers.telnyx import ids
from voicecall_sim.carriers.telnyx.announcing import ends
from voicecall_sim.carriers.telnyx.events import iso
from voicecall_sim.carriers.telnyx.leg import CallLeg
from voicecall_sim.carriers.telnyx.refusals import Refused
from voicecall_sim.carriers.telnyx.stream_codecs import encoding
from voicecall_sim.carriers.telnyx.stream_incoming import Clear, Mark, Wrong, understand
from voicecall_sim.carriers.telnyx.stream_messages import MALFORMED, TOKEN, Messages
from voicecall_sim.carriers.telnyx.stream_office import write
from voicecall_sim.carriers.telnyx.stream_playing import Mouth
from voicecall_sim.carriers.telnyx.stream_socket import Binary, Ended, Socket, Unopened
from voicecall_sim.telephony.tap import Tap

FRAME: Final = 160
FRAME_MILLIS: Final = 20
TRACKS: Final[Mapping[str, tuple[str, ...]]] = {
    "inbound_track": ("inbound",),
    "outbound_track": ("outbound",),
    "both_tracks": ("inbound", "outbound"),
}


class Stream:
    """A stream from its being asked for to its end."""

    def __init__(self, leg: CallLeg, given: Mapping[str, Any]) -> None:
        self.id = ids.new_uuid(leg.plant.surroundings.chance, "stream")
        self._leg = leg
        self._url: str = given["stream_url"]
        self._track: str = given.get("stream_track") or "inbound_track"
        self._given = given
        self._messages = Messages(self.id)
        self._socket: Socket | None = None
        self._opening: StreamOpening | None = None
        self._mouth: Mouth | None = None
        self._ears: list[tuple[str, Tap, Callable[[bytes], bytes]]] = []
        self._sent: dict[str, int] = {}
        self._unsubscribe: list[Callable[[], None]] = []
        self._over = False
        self._begun = False
        self._answered = asyncio.Event()
        self.settled = asyncio.Event()
        """Set when its connection has come up, or failed to."""
        leg.stream = self
        leg.on_end.append(self.stop)
        if leg.answered:
            self._answered.set()
        leg.on_answer.append(self._answered.set)
        self._task = leg.plant.tasks.spawn(self._run())

    # --- from outside ---

    def stop(self) -> None:
        """End it from this side: told to the application, then closed. Harmless when it is over."""
        if self._over:
            return
        if self._socket is None or not self._begun:
            self._over = True
            self._leg.stream = None
            self._task.cancel()
            if self._socket is not None:
                self._leg.plant.tasks.start(self._close(self._socket))
            return
        about = {"user_id": self._leg.plant.account.user_id, "call_control_id": self._leg.id}
        self._socket.send(self._messages.stop(about))
        self._leave(Ended("carrier", "call ended" if self._leg.over else "stopped"))
        self._leg.plant.tasks.start(self._close(self._socket))

    def cut(self) -> None:
        """Break its connection."""
        if self._socket is not None:
            self._socket.abort()

    # --- its life ---

    async def _close(self, socket: Socket) -> None:
        # only one may read from the socket
        self._task.cancel()
        await asyncio.wait([self._task])
        await socket.close()

    async def _run(self) -> None:
        try:
            socket = await self._open()
        except Unopened as failure:
            self._fail(failure)
            return
        finally:
            self.settled.set()
        await self._answered.wait()
        self._begin(socket)
        ended = await self._listen(socket)
        if not self._over:
            self._leave(ended)

    async def _open(self) -> Socket:
        office = self._leg.plant.sockets
        named = {one["name"]: str(one["value"]) for one in self._given.get("custom_parameters") or ()}
        self._opening = office.compose(
            call_id=self._leg.id,
            url=self._url,
            token=self._given.get("stream_auth_token"),
            parameters=named,
            two_way=True,
        )
        socket, self._opening = await office.connect(self._opening)
        self._socket = socket
        socket.send(self._messages.connected(dict(self._opening.headers).get(TOKEN)))
        return socket

    def _fail(self, failure: Unopened) -> None:
        self._over = True
        self._leg.stream = None
        event = "failed" if failure.status is None else "refused"
        self._write(event, reason=failure.detail, code="connection_failed", status=failure.status)
        self._leg.tell(
            "streaming.failed",
            failure_reason="connection_failed",
            stream_id=self.id,
            stream_type="websocket",
            stream_params={"stream_url": self._url, "stream_track": self._track},
        )

    def _begin(self, socket: Socket) -> None:
        """Introduce it; nothing is heard before `start` is sent."""
        assert self._opening is not None
        leg, terms = self._leg, self._leg.plant.account.terms
        self._begun = True
        codec = self._given.get("stream_codec") or "default"
        codecs = {name: encoding(codec, leg.codec, little_endian=terms.little_endian) for name in TRACKS[self._track]}
        form = next(iter(codecs.values()))
        leg.tell("streaming.started", stream_url=self._url)
        media_format = {"encoding": form.name, "sample_rate": form.sample_rate, "channels": 1}
        socket.send(self._messages.start({**self._about(), "media_format": media_format}))
        self._ears = [(name, Tap(leg.end, outgoing=name == "outbound"), one.encode) for name, one in codecs.items()]
        self._mouth = Mouth(self._targets(), self._given, self._played, little_endian=terms.little_endian)
        if self._mouth.deaf is not None:
            leg.plant.debug(self._mouth.deaf, leg.registered.number)
        leg.on_key.append(self._key)
        self._unsubscribe = [
            leg.plant.sockets.ticker.add(self._tick),
            *(tap.close for _, tap, _ in self._ears),
            lambda: leg.on_key.remove(self._key),
        ]
        leg.plant.sockets.live[self._opening.number] = self
        self._write("opened", url=self._opening.url)

    def _about(self) -> dict[str, Any]:
        assert self._opening is not None
        leg = self._leg
        about: dict[str, Any] = {
            "user_id": leg.plant.account.user_id,
            "call_control_id": self._opening.shown_call_id,
            "call_session_id": leg.session_id,
            "from": leg.from_,
            "to": leg.to,
        }
        if leg.client_state is not None:
            about["client_state"] = leg.client_state
        if self._opening.parameters:
            about["custom_parameters"] = dict(self._opening.parameters)
        return about

    def _targets(self) -> list[Any]:
        legs = self._given.get("stream_bidirectional_target_legs") or "opposite"
        lonely = self._leg.peer is None and self._leg.plant.account.terms.opposite_needs_a_bridge
        return [] if legs == "opposite" and lonely else ends(self._leg, legs)

    def _leave(self, ended: Ended) -> None:
        """It is over, at this instant."""
        assert self._opening is not None
        assert self._mouth is not None
        self._over = True
        for unsubscribe in self._unsubscribe:
            unsubscribe()
        self._mouth.close()
        self._leg.stream = None
        self._leg.plant.sockets.live.pop(self._opening.number, None)
        self._write("closed", by=ended.by, reason=ended.reason, status=ended.status, **self._mouth.totals())
        self._leg.tell("streaming.stopped", stream_url=self._url)

    # --- towards the application ---

    def _tick(self) -> None:
        assert self._socket is not None
        for track, tap, encode in self._ears:
            heard = tap.read(FRAME)
            for at in range(0, len(heard), FRAME):
                payload = encode(heard[at : at + FRAME])
                sent = self._sent[track] = self._sent.get(track, 0) + 1
                if not self._socket.congested:
                    self._socket.send(self._messages.media(track, payload, sent * FRAME_MILLIS))

    def _key(self, key: str) -> None:
        self._say(self._messages.dtmf(key, iso(self._leg.plant.surroundings.clock.wall())))
        self._write("dtmf", digit=key)

    def _played(self, name: str, how: str) -> None:
        self._say(self._messages.mark(name))
        self._write("mark", name=name, how=how)

    def _say(self, text: str) -> None:
        if self._socket is not None and not self._over:
            self._socket.send(text)

    # --- from the application ---

    async def _listen(self, socket: Socket) -> Ended:
        assert self._mouth is not None
        while True:
            got = await socket.receive()
            if isinstance(got, Ended):
                return got
            try:
                if isinstance(got, Binary):
                    raise Wrong(MALFORMED, "Binary frames are not understood.")
                self._take(got, self._mouth)
            except Wrong as problem:
                self._say(self._messages.error(problem.code, str(problem)))

    def _take(self, text: str, mouth: Mouth) -> None:
        message = understand(text)
        match message:
            case Mark(name):
                self._write("mark", name=name, how="queued")
                mouth.mark(name)
            case Clear():
                pending = mouth.clear()
                self._write("cleared", **mouth.totals())
                for name in pending:
                    self._played(name, "cleared")
            case _:
                mouth.say(message)

    def _write(self, event: str, **details: Any) -> None:
        if self._opening is not None:
            write(self._leg.plant, self._opening, event, **details)


def streaming_start(leg: CallLeg, given: Mapping[str, Any]) -> None:
    """Start a stream; a second one is a 90045."""
    if leg.stream is not None:
        raise Refused("90045")
    _ = Stream(leg, given)


def streaming_stop(leg: CallLeg, given: Mapping[str, Any]) -> None:
    """End the leg's stream; without one, or with another's id, it is a 90048."""
    if leg.stream is None or given.get("stream_id") not in (None, leg.stream.id):
        raise Refused("90048")
    leg.stream.stop()


FIDELITY: Final = (
    ("a stream established before the call originates begins at the answer", "OpenAPI", "documented"),
    ("connected, the webhook streaming.started, start, then audio every 20 ms", "media streaming", "documented"),
    ("both tracks come over one stream", "observed traffic", "captured"),
    ("stop, the close, streaming.stopped, then call.hangup", "observed traffic", "captured"),
    ("one stream for each leg; a second is 90045, none to stop 90048", "API error codes", "documented"),
    ("streaming.failed: connection_failed, and the call goes on", "OpenAPI", "documented"),
    ("an application that closes the socket ends the stream, not the call; nobody reconnects", "no source", "assumed"),
    ("keys are told over the socket and by webhook", "media streaming", "documented"),
    ("audio for the opposite leg is heard on a leg that has none; a term changes it", "reports differ", "reported"),
)
