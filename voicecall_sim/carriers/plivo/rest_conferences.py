"""Conferences over REST: listed, shown, ended; members muted, deafened, kicked, hung up, spoken to."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

from voicecall_sim.carriers.plivo.asked import GONE, Answer, Asked, Office, Route, done
from voicecall_sim.carriers.plivo.recordings import RecordingWish
from voicecall_sim.carriers.plivo.refusals import NOT_FOUND, Refused, missing
from voicecall_sim.carriers.plivo.rest_live import begin, play_files, say
from voicecall_sim.carriers.plivo.rooms import Member, Room
from voicecall_sim.world.clock import SECOND

ALL: Final = "all"


def listing(office: Office, asked: Asked) -> Answer:
    """The names of those that go on."""
    return Answer(200, {"api_id": asked.api_id, "conferences": list(office.plant.rooms)})


def show(office: Office, asked: Asked) -> Answer:
    """One conference with its members; its numbers are texts."""
    room = found(office, asked)
    now = office.plant.now()
    told = {
        "conference_name": room.name,
        "conference_run_time": str((now - room.began) // SECOND),
        "conference_member_count": str(len(room.members)),
        "members": [whole(member, now) for member in room.members],
    }
    return Answer(200, {**told, "api_id": asked.api_id})


def whole(member: Member, now: int) -> dict[str, Any]:
    """A member."""
    record = member.call.record
    return {
        "muted": member.muted,
        "member_id": member.member_id,
        "deaf": member.deaf,
        "from": record.from_,
        "to": record.to,
        "caller_name": record.caller_name,
        "direction": record.direction,
        "call_uuid": record.uuid,
        "join_time": str((now - member.joined) // SECOND),
    }


def end(office: Office, asked: Asked) -> Answer:
    """Hang up all members of one."""
    hang_up(office, found(office, asked).members)
    return done(asked, 200, "conference hung up")


def end_all(office: Office, asked: Asked) -> Answer:
    """Hang up all members of all."""
    for room in tuple(office.plant.rooms.values()):
        hang_up(office, room.members)
    return done(asked, 200, "all conferences hung up")


def hang_up(office: Office, members: Sequence[Member]) -> None:
    """Hang up their calls."""
    for member in tuple(members):
        office.exchange.hang_up(member.call)


def found(office: Office, asked: Asked) -> Room:
    """The conference of the path. Raises `Refused`."""
    room = office.plant.rooms.get(asked.names["room"])
    if room is None:
        raise Refused(*NOT_FOUND)
    return room


def meant(room: Room, asked: Asked) -> list[Member]:
    """The members of the path: `all`, or a comma list. Raises `Refused`."""
    wanted = asked.names["members"]
    members = [one for one in room.members if wanted == ALL or one.member_id in wanted.split(",")]
    if not members:
        raise Refused(*NOT_FOUND)
    return members


def each(message: str, status: int, work: Callable[[Office, Member], None]) -> Callable[[Office, Asked], Answer]:
    """A handler that does something with each member that is meant."""

    def handle(office: Office, asked: Asked) -> Answer:
        room = found(office, asked)
        members = meant(room, asked)
        for member in members:
            work(office, member)
        room.wire()
        return done(asked, status, message, member_id=[member.member_id for member in members])

    return handle


def mute(office: Office, member: Member) -> None:
    """The others do not hear it."""
    member.muted = True


def unmute(office: Office, member: Member) -> None:
    """They do again."""
    member.muted = False


def deafen(office: Office, member: Member) -> None:
    """It does not hear the others."""
    member.deaf = True


def undeafen(office: Office, member: Member) -> None:
    """It does again."""
    member.deaf = False


def kick(office: Office, member: Member) -> None:
    """Out of the conference; its document goes on."""
    member.leave()


def drop(office: Office, member: Member) -> None:
    """Hang up its call."""
    office.exchange.hang_up(member.call)


def speak(office: Office, asked: Asked) -> Answer:
    """Say something to members."""
    text = asked.given.required("text")
    members = meant(found(office, asked), asked)
    for member in members:
        begin(member.call, "speak", say(member.call, text, 1))
    ids = [member.member_id for member in members]
    return done(asked, 202, "speak queued into conference", member_id=ids)


def play(office: Office, asked: Asked) -> Answer:
    """Play a file to members."""
    url = asked.given.url("url")
    if url is None:
        raise missing("url")
    members = meant(found(office, asked), asked)
    for member in members:
        begin(member.call, "play", play_files(member.call, (url,), 1, None))
    return done(asked, 202, "play queued into conference", member_id=[member.member_id for member in members])


def falls_silent(what: str) -> Callable[[Office, Member], None]:
    """Ends what REST had a member's call play."""

    def end_sound(office: Office, member: Member) -> None:
        task = member.call.sounds.pop(what, None)
        if task is not None:
            task.cancel()

    return end_sound


def record(office: Office, asked: Asked) -> Answer:
    """Record the conference."""
    given, room = asked.given, found(office, asked)
    wish = RecordingWish(
        format=given.word("file_format", "mp3", "mp3", "wav"), callback=given.callback("callback"), by_api=True
    )
    begun = room.begin_recording(wish).record
    return done(asked, 202, "conference recording started", recording_id=begun.recording_id, url=begun.url)


def stop_recording(office: Office, asked: Asked) -> Answer:
    """Record it no more."""
    found(office, asked).end_recording()
    return GONE


MEMBER: Final = "Conference/{room}/Member/{members}"
ROUTES: Final = (
    Route(operation="list conferences", method="GET", path="Conference", handler=listing),
    Route(operation="end all conferences", method="DELETE", path="Conference", handler=end_all),
    Route(operation="fetch conference", method="GET", path="Conference/{room}", handler=show),
    Route(operation="end conference", method="DELETE", path="Conference/{room}", handler=end),
    Route(operation="mute member", method="POST", path=f"{MEMBER}/Mute", handler=each("muted", 202, mute)),
    Route(operation="unmute member", method="DELETE", path=f"{MEMBER}/Mute", handler=each("unmuted", 200, unmute)),
    Route(operation="deafen member", method="POST", path=f"{MEMBER}/Deaf", handler=each("deaf", 202, deafen)),
    Route(operation="undeafen member", method="DELETE", path=f"{MEMBER}/Deaf", handler=each("undeaf", 200, undeafen)),
    Route(operation="kick member", method="POST", path=f"{MEMBER}/Kick", handler=each("kicked", 202, kick)),
    Route(operation="hang up member", method="DELETE", path=MEMBER, handler=each("hangup", 200, drop)),
    Route(operation="speak to member", method="POST", path=f"{MEMBER}/Speak", handler=speak),
    Route(
        operation="stop speaking to member",
        method="DELETE",
        path=f"{MEMBER}/Speak",
        handler=each("speak stopped in conference", 200, falls_silent("speak")),
    ),
    Route(operation="play to member", method="POST", path=f"{MEMBER}/Play", handler=play),
    Route(
        operation="stop playing to member",
        method="DELETE",
        path=f"{MEMBER}/Play",
        handler=each("play stopped in conference", 200, falls_silent("play")),
    ),
    Route(
        operation="record conference",
        method="POST",
        path="Conference/{room}/Record",
        handler=record,
        spawns=False,
    ),
    Route(
        operation="stop recording conference",
        method="DELETE",
        path="Conference/{room}/Record",
        handler=stop_recording,
    ),
)

FIDELITY: Final = (
    ("names, members and messages; numbers are texts", "SDK fixtures; docs voice/api/conference", "captured"),
    ("what takes something back is answered with 200 and a word", "no source", "assumed"),
    ("stopping to speak, play or record what does not is no error", "no source", "assumed"),
)
