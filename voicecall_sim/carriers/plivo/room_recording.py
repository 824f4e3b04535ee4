"""The recording of a conference: begun by an element or by REST, ended by REST or with the conference."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from voicecall_sim.carriers.plivo.plant import Plant
from voicecall_sim.carriers.plivo.recordings import Recording, RecordingWish, new_record
from voicecall_sim.carriers.plivo.webhooks import Errand

if TYPE_CHECKING:
    from voicecall_sim.carriers.plivo.rooms import Room


class RoomRecording(Recording):
    """One recording of one conference, told to the callback of whoever wanted it, and of the member that asked."""

    def __init__(self, plant: Plant, room: Room, wish: RecordingWish) -> None:
        first = room.members[0]
        record = new_record(plant, wish, call_uuid=first.call.uuid, conference=room.name)
        super().__init__(plant, wish, record)
        self._room = room
        self._first = first

    def ready(self) -> None:
        """Tell the callback."""
        callback = self._wish.callback
        if callback is None:
            return
        told = {**self.parameters(), **self._room.parameters(self._first), "ConferenceAction": "record"}
        uuid = self._first.call.uuid
        self._plant.tell(
            Errand(
                kind="recording",
                event="Conference record",
                call_uuid=uuid,
                callback=callback,
                params={"CallUUID": uuid, **told},
            )
        )


FIDELITY: Final = (
    (
        "ConferenceAction=record with the Record fields when a recording is there",
        "docs voice/xml/conference",
        "documented",
    ),
    ("a conference has one recording at a time; its record names the first member's call", "no source", "assumed"),
)
