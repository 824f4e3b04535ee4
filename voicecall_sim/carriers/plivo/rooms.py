"""Conferences: rooms in which every member hears every other, by one way of a bridge for each pair."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from voicecall_sim.carriers.plivo import ids
from voicecall_sim.carriers.plivo.account import Callback
from voicecall_sim.carriers.plivo.elements import Conference
from voicecall_sim.carriers.plivo.live import LiveCall
from voicecall_sim.carriers.plivo.plant import Plant
from voicecall_sim.carriers.plivo.quiet import settle
from voicecall_sim.carriers.plivo.recordings import RecordingWish
from voicecall_sim.carriers.plivo.room_recording import RoomRecording
from voicecall_sim.carriers.plivo.room_sounds import entertain, sound
from voicecall_sim.carriers.plivo.union import Matching
from voicecall_sim.telephony.bridge import Way
from voicecall_sim.telephony.signals import Pressed, Signal, SoundBegan
from voicecall_sim.world.clock import SECOND, Micros

STAR: Final = "*"


@dataclass(slots=True, eq=False)
class Member:
    """One call in a room. `gone` is done when it is to leave."""

    call: LiveCall
    wish: Conference
    member_id: str
    joined: Micros
    gone: asyncio.Future[None]
    company: asyncio.Future[None]
    """Done when there is somebody to hear."""
    muted: bool = False
    deaf: bool = False
    stops: list[Callable[[], None]] = field(default_factory=list)

    def leave(self) -> None:
        """It is to leave. Harmless when it has."""
        if not self.gone.done():
            self.gone.set_result(None)


class Room:
    """A conference by its name, from its first member to its last. It begins when somebody who may begin it is in."""

    def __init__(self, plant: Plant, name: str) -> None:
        self.name = name
        self.uuid = ids.new_uuid(plant.surroundings.chance, "conference")
        self.began = plant.now()
        self.members: list[Member] = []
        self.started = False
        self.recording: RoomRecording | None = None
        self._floor: Member | None = None
        self._plant = plant
        self._count = 0
        self._ways: dict[tuple[str, str], Way] = {}

    def join(self, call: LiveCall, wish: Conference) -> Member:
        """Let a call in."""
        self._count += 1
        new = asyncio.get_running_loop().create_future
        member = Member(call, wish, str(self._count), self._plant.now(), new(), new(), muted=wish.muted)
        self.members.append(member)
        self.started = self.started or wish.start_on_enter
        call.record.conference = self.uuid
        member.stops = [
            call.end.listen(Matching(wish.digits_match, lambda digits: self._matched(member, digits)).hear),
            call.end.listen(lambda signal: self._hear(member, signal)),
            self._plant.tasks.later(wish.time_limit * SECOND, member.leave).cancel,
        ]
        sound(self._others(member), wish.enter_sound, "enterSound")
        self.wire()
        self.tell(member, "enter")
        if not member.company.done():
            entertain(call, wish.wait_sound, member.company)
        self._record_if_wanted()
        return member

    def part(self, member: Member) -> None:
        """A call is out. Harmless when it is."""
        if member not in self.members:
            return
        self.members.remove(member)
        for stop in member.stops:
            stop()
        self.wire()
        self.tell(member, "exit")
        settle(member.company)
        sound(self._others(member), member.wish.exit_sound, "exitSound")
        for other in self.members:
            if member.wish.end_on_exit or (len(self.members) == 1 and not other.wish.stay_alone):
                other.leave()
        if not self.members:
            self.end_recording()
            del self._plant.rooms[self.name]

    def wire(self) -> None:
        """Open the ways that there ought to be, and close the others."""
        wanted = {(one.member_id, two.member_id): (one, two) for one in self.members for two in self.members}
        wanted = {pair: both for pair, both in wanted.items() if self._hears(*both)}
        for pair in [pair for pair in self._ways if pair not in wanted]:
            self._ways.pop(pair).close()
        for pair, (speaker, listener) in wanted.items():
            if pair not in self._ways:
                way = Way if speaker.wish.relay else Keyless
                self._ways[pair] = way(speaker.call.end, listener.call.end, lambda end: None)
        if self.started and len(self.members) > 1:
            for member in self.members:
                settle(member.company)

    def begin_recording(self, wish: RecordingWish) -> RoomRecording:
        """Record it from now on, or go on with what records it."""
        if self.recording is None or self.recording.over:
            self.recording = RoomRecording(self._plant, self, wish)
        return self.recording

    def end_recording(self) -> None:
        """Record it no more. Harmless when nothing does."""
        if self.recording is not None:
            self.recording.stop()
            self.recording = None

    def parameters(self, member: Member) -> dict[str, str]:
        """What is told of a member."""
        return {
            "ConferenceName": self.name,
            "ConferenceUUID": self.uuid,
            "ConferenceMemberID": member.member_id,
        }

    def tell(self, member: Member, action: str, **more: str) -> None:
        """Tell the member's callback."""
        wish = member.wish
        if wish.callback is None:
            return
        params = {"ConferenceAction": action, **self.parameters(member), **more}
        callback = Callback(url=wish.callback, method=wish.callback_method)
        self._plant.tell(member.call.bare_errand("status", f"Conference {action}", callback, params))

    def _hears(self, speaker: Member, listener: Member) -> bool:
        return speaker is not listener and self.started and not speaker.muted and not listener.deaf

    def _hear(self, member: Member, signal: Signal) -> None:
        if member.wish.hangup_on_star and signal == Pressed(STAR):
            member.leave()
        if isinstance(signal, SoundBegan) and self._floor is not member and not member.muted:
            self._floor = member
            if member.wish.floor:
                self.tell(member, "floor")

    def _record_if_wanted(self) -> None:
        for member in self.members if self.started else ():
            wish = member.wish
            if wish.record and (wish.record_alone or len(self.members) > 1):
                callback = None if wish.callback is None else Callback(url=wish.callback, method=wish.callback_method)
                _ = self.begin_recording(RecordingWish(format=wish.record_format, callback=callback))
                return

    def _matched(self, member: Member, digits: str) -> None:
        self.tell(member, "digits", ConferenceDigitsMatch=digits)

    def _others(self, member: Member) -> list[LiveCall]:
        return [one.call for one in self.members if one is not member]


class Keyless(Way):
    """A way that leaves the keys out."""

    def _take(self, signal: Signal) -> None:
        if not isinstance(signal, Pressed):
            super()._take(signal)


def enter(plant: Plant, call: LiveCall, wish: Conference) -> tuple[Room, Member] | None:
    """Let a call into the room that it wants, which is made if need be; None if that is full."""
    room = plant.rooms.get(wish.room)
    if room is None:
        room = plant.rooms[wish.room] = Room(plant, wish.room)
    if len(room.members) >= wish.max_members:
        return None
    return room, room.join(call, wish)


FIDELITY: Final = (
    (
        "the first member that may start it begins the conference; till then nobody hears anybody",
        "docs voice/xml/conference",
        "documented",
    ),
    ("endConferenceOnExit, stayAlone, maxMembers, timeLimit, hangupOnStar", "docs voice/xml/conference", "documented"),
    ("callbackUrl is told enter, exit and digits", "docs voice/xml/conference", "documented"),
    ("of several who speak at once the last is heard", "one sound a line", "assumed"),
    (
        "record begins with the second member, or with recordWhenAlone at once",
        "docs voice/xml/conference",
        "documented",
    ),
    (
        "floorEvent tells who begins to speak after another; relayDTMF=false keeps keys back",
        "docs voice/xml/conference",
        "documented",
    ),
    ("sendDigits and the transcription of a conference are not emulated", "our choice", "assumed"),
)
