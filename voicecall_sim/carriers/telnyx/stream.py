"""Telnyx's media streams: one for each leg, two-way, connected before or after the answer."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Final

from voicecall_sim.carriers.emulator import StreamOpening
from voicecall_sim.carriers.streaming.messages import Clear, Invalid, Mark
from voicecall_sim.carriers.streaming.sockets import Ended, Unopened
from voicecall_sim.carriers.streaming.stream import FRAME_MS, Ear, MediaStream
from voicecall_sim.carriers.telnyx import ids
from voicecall_sim.carriers.telnyx.announcing import ends
from voicecall_sim.carriers.telnyx.events import iso
from voicecall_sim.carriers.telnyx.leg import CallLeg
from voicecall_sim.carriers.telnyx.refusals import Refused
from voicecall_sim.carriers.telnyx.stream_codecs import encoding, lacking
from voicecall_sim.carriers.telnyx.stream_incoming import understand
from voicecall_sim.carriers.telnyx.stream_messages import MALFORMED, TOKEN, Messages
from voicecall_sim.carriers.telnyx.stream_playing import Mouth
from voicecall_sim.telephony.line import End

TRACKS: Final[Mapping[str, tuple[str, ...]]] = {
    "inbound_track": ("inbound",),
    "outbound_track": ("outbound",),
    "both_tracks": ("inbound", "outbound"),
}
CALL_ENDED: Final = "call ended"
STOPPED: Final = "stopped"


class Stream(MediaStream[bytes]):
    """A Telnyx stream. `settled` is set when its connection has come up, or cannot be had."""

    binary: ClassVar[tuple[str, int]] = ("Binary frames are not understood.", MALFORMED)
    mouth: Mouth | None

    def __init__(self, leg: CallLeg, given: Mapping[str, Any]) -> None:
        plant = leg.plant
        super().__init__(plant.sockets, plant.tasks, leg.registered.number, two_way=True)
        self.id = ids.new_uuid(plant.surroundings.chance, "stream")
        self._leg = leg
        self._url: str = given["stream_url"]
        self._track: str = given.get("stream_track") or "inbound_track"
        self._given = given
        self._messages = Messages(self.id)
        self._answered = asyncio.Event()
        self.settled = asyncio.Event()
        leg.stream = self
        leg.on_end.append(lambda: self.stop(CALL_ENDED))
        if leg.answered:
            self._answered.set()
        leg.on_answer.append(self._answered.set)

    def compose(self) -> StreamOpening:
        """The opening, with the token that was given; the URL keeps its query."""
        token = self._given.get("stream_auth_token")
        named = self._given.get("custom_parameters") or ()
        return self.office.compose(
            call_id=self._leg.id,
            two_way=True,
            url=self._url,
            headers=() if token is None else ((TOKEN, token),),
            parameters=tuple((one["name"], str(one["value"])) for one in named),
        )

    async def connected(self, opening: StreamOpening) -> None:
        """`connected`; then nothing until the leg is answered."""
        self.say(self._messages.connected(dict(opening.headers).get(TOKEN)))
        self.settled.set()
        await self._answered.wait()

    def introduce(self, opening: StreamOpening) -> None:
        """The webhook that it has begun, and `start`."""
        leg, terms = self._leg, self._leg.plant.account.terms
        codec = self._given.get("stream_codec") or "default"
        codecs = {name: encoding(codec, leg.codec, little_endian=terms.little_endian) for name in TRACKS[self._track]}
        form = next(iter(codecs.values()))
        self._warn(None if (problem := lacking(codec)) is None else f"{problem}: the stream is {form.name}")
        leg.tell("streaming.started", stream_url=self._url)
        media_format = {"encoding": form.name, "sample_rate": form.sample_rate, "channels": 1}
        self.say(self._messages.start({**self._about(opening), "media_format": media_format}))
        self.ears = [Ear(leg.end, name, one.encode) for name, one in codecs.items()]
        self.mouth = Mouth(self._targets(), self._given, self.played, little_endian=terms.little_endian)
        self._warn(self.mouth.deaf)
        leg.on_key.append(self.pressed)
        self.until_over.append(lambda: leg.on_key.remove(self.pressed))

    def _warn(self, problem: str | None) -> None:
        """Say in the journal what is not emulated, if anything."""
        if problem is not None:
            self._leg.plant.debug(problem, self._leg.registered.number)

    def _about(self, opening: StreamOpening) -> dict[str, Any]:
        leg = self._leg
        about: dict[str, Any] = {
            "user_id": leg.plant.account.user_id,
            "call_control_id": opening.shown_call_id,
            "call_session_id": leg.session_id,
            "from": leg.from_,
            "to": leg.to,
        }
        if leg.client_state is not None:
            about["client_state"] = leg.client_state
        if opening.parameters:
            about["custom_parameters"] = dict(opening.parameters)
        return about

    def _targets(self) -> Sequence[End]:
        legs = self._given.get("stream_bidirectional_target_legs") or "opposite"
        lonely = self._leg.peer is None and self._leg.plant.account.terms.opposite_needs_a_bridge
        return [] if legs == "opposite" and lonely else ends(self._leg, legs)

    # --- what it says ---

    def media(self, ear: Ear, payload: bytes) -> str:
        """A frame, on the clock of the stream."""
        return self._messages.media(ear.name, ear.chunk, ear.passed * FRAME_MS, payload)

    def key(self, digit: str) -> str:
        """A key."""
        return self._messages.dtmf(digit, iso(self._leg.plant.surroundings.clock.wall()))

    def mark(self, name: str) -> str:
        """A mark that comes back."""
        return self._messages.mark(name)

    def farewell(self) -> str:
        """`stop`."""
        return self._messages.stop({"user_id": self._leg.plant.account.user_id, "call_control_id": self._leg.id})

    # --- what it hears ---

    def understand(self, data: bytes) -> bytes | Mark | Clear:
        """A frame of the application."""
        return understand(data)

    def take(self, message: bytes) -> None:
        """Play audio."""
        if self.mouth is not None:
            self.mouth.say(message)

    def complain(self, problem: Invalid) -> None:
        """An error frame."""
        self.say(self._messages.error(problem.code or MALFORMED, str(problem)))

    # --- what is told of it ---

    def opened(self, opening: StreamOpening) -> None:
        """It has introduced itself."""
        self.notes.opened(opening, self.id)

    def given_up(self, reason: str) -> None:
        """It was stopped before the leg was answered: nothing is told."""

    def unopened(self, failure: Unopened) -> None:
        """It does not come up."""
        self.notes.unopened(failure)
        self._leg.tell(
            "streaming.failed",
            failure_reason=failure.code,
            stream_id=self.id,
            stream_type="websocket",
            stream_params={"stream_url": self._url, "stream_track": self._track},
        )

    def closed(self, ended: Ended) -> None:
        """It is over."""
        self.notes.closed(ended, self.statistics)
        self._leg.tell("streaming.stopped", stream_url=self._url)

    def ended(self) -> None:
        """The leg has it no more."""
        self._leg.stream = None
        self.settled.set()


def streaming_start(leg: CallLeg, given: Mapping[str, Any]) -> None:
    """Start a stream; a second one is a 90045."""
    if leg.stream is not None or leg.forked is not None:
        raise Refused("90045")
    _ = Stream(leg, given)


def streaming_stop(leg: CallLeg, given: Mapping[str, Any]) -> None:
    """End the leg's stream; without one, or with another's id, it is a 90048."""
    if leg.stream is None or given.get("stream_id") not in (None, leg.stream.id):
        raise Refused("90048")
    leg.stream.stop(STOPPED)


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
