"""Conference: a call in a room, until it leaves or is made to."""

from __future__ import annotations

from typing import Final

from voicecall_sim.carriers.plivo.elements import Conference
from voicecall_sim.carriers.plivo.live import LiveCall
from voicecall_sim.carriers.plivo.results import act
from voicecall_sim.carriers.plivo.rooms import enter
from voicecall_sim.carriers.plivo.steps import Step


async def perform_conference(call: LiveCall, wish: Conference) -> Step | None:
    """Be in a conference, and tell the action afterwards. Raises `Interrupted`."""
    entered = enter(call.plant, call, wish)
    if entered is None:
        call.note(0, f"the conference {wish.room!r} is full")
        return None
    room, member = entered
    recorded = {"RecordUrl": "", "RecordingID": ""}
    try:
        await call.control.wait(member.gone)
    finally:
        if room.recording is not None:
            told = room.recording.parameters()
            recorded = {name: told[name] for name in recorded}
        room.part(member)
    return await act(
        call,
        "Conference",
        wish.action,
        wish.method,
        {**room.parameters(member), **recorded},
        redirect=wish.redirect,
    )


FIDELITY: Final = (
    ("the action is told after a member has left, not when its call ends", "no source", "assumed"),
    ("a full conference is passed over", "no source", "assumed"),
)
