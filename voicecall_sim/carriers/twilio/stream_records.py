"""What a media stream leaves behind: the journal's entries, the debugger's notices, status callbacks."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from voicecall_sim.carriers.emulator import StreamOpening
from voicecall_sim.carriers.streaming.notes import StreamNotes
from voicecall_sim.carriers.streaming.sockets import Ended, Unopened
from voicecall_sim.carriers.twilio.account import Callback
from voicecall_sim.carriers.twilio.debugger import CATALOGUE, Notice
from voicecall_sim.carriers.twilio.live import LiveCall
from voicecall_sim.carriers.twilio.stream_failures import code_of
from voicecall_sim.carriers.twilio.stream_resource import StreamResource
from voicecall_sim.telephony.playout import Statistics


class StreamRecords:
    """What one stream tells the application beside the socket, and the debugger. Its `notes` are the journal's."""

    def __init__(self, call: LiveCall, resource: StreamResource, callback: Callback | None, notes: StreamNotes) -> None:
        self._call = call
        self._resource = resource
        self._callback = callback
        self._notes = notes

    def opened(self, opening: StreamOpening) -> None:
        """It has introduced itself, as that."""
        self._notes.opened(opening, self._resource.sid)
        self._tell("stream-started")

    def unopened(self, failure: Unopened) -> None:
        """It does not come up: refused by the application, or out of reach."""
        self._notes.unopened(failure)
        self._wrong(Notice(int(failure.code), failure.detail))

    def closed(self, ended: Ended, statistics: Statistics | None) -> None:
        """It is over; `statistics` if it could play."""
        code = code_of(ended)
        self._notes.closed(ended, statistics, code)
        if code is not None:
            self._wrong(Notice(code, ended.reason))
        self._tell("stream-stopped")

    def _wrong(self, notice: Notice) -> None:
        self._call.warn(notice)
        self._tell("stream-error", notice)

    def _tell(self, event: str, notice: Notice | None = None) -> None:
        if self._callback is None:
            return
        plant, resource = self._call.plant, self._resource
        nanoseconds = plant.surroundings.chance("twilio.nanoseconds").randrange(1000)
        params = {
            "StreamSid": resource.sid,
            "StreamName": resource.shown_name,
            "StreamEvent": event,
            "Timestamp": iso8601(plant.surroundings.clock.wall(), nanoseconds),
        }
        if notice is not None:
            params["StreamError"] = f"{notice.code}: {CATALOGUE[notice.code][1]}"
        plant.tell(self._call.bare_errand("stream", event, self._callback, params))


def iso8601(at: datetime, nanoseconds: int) -> str:
    """A UTC instant with nanoseconds: `2026-09-29T10:00:05.602648368Z`."""
    return f"{at:%Y-%m-%dT%H:%M:%S.%f}{nanoseconds:03d}Z"


FIDELITY: Final = (
    (
        "status callbacks name call and stream, and no parties; Timestamp is ISO 8601 in ns",
        "observed traffic",
        "captured",
    ),
    ("StreamName is the stream's identifier if it has no name", "observed traffic", "captured"),
    ("a stream that does not come up is told as stream-error alone", "no source", "assumed"),
    ("an abnormal end is told as stream-error and stream-stopped", "no source", "assumed"),
    ("the text of StreamError: code and sentence of the error dictionary", "no source", "assumed"),
)
