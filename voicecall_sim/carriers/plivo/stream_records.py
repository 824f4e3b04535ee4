"""What becomes of an audio stream, told: the journal's entries and the application's status callbacks."""

from __future__ import annotations

from typing import Final

from voicecall_sim.carriers.emulator import StreamOpening
from voicecall_sim.carriers.plivo.account import Callback, StreamRecord
from voicecall_sim.carriers.plivo.elements import Stream
from voicecall_sim.carriers.plivo.live import LiveCall
from voicecall_sim.carriers.plivo.overrides import UNSETTABLE
from voicecall_sim.carriers.plivo.parameters import bare
from voicecall_sim.carriers.plivo.webhooks import Errand
from voicecall_sim.carriers.streaming.notes import StreamNotes
from voicecall_sim.carriers.streaming.sockets import Ended, Unopened
from voicecall_sim.telephony.playout import Statistics


class StreamRecords:
    """Tells of one stream beside its socket. Its `notes` are the journal's."""

    def __init__(self, call: LiveCall, record: StreamRecord, wish: Stream, notes: StreamNotes) -> None:
        self._call = call
        self._record = record
        self._wish = wish
        self._notes = notes

    def opened(self, opening: StreamOpening) -> None:
        """It has introduced itself, as that."""
        self._notes.opened(opening, self._record.stream_id)
        self._tell("StartStream")

    def unopened(self, failure: Unopened) -> None:
        """It does not come up: refused by the application, or out of reach."""
        self._notes.unopened(failure)
        self._tell("DroppedStream")

    def degraded(self, percent: int) -> None:
        """The application says more than is played."""
        self._call.note(0, f"the stream's buffer is {percent}% full")
        self._tell("DegradedStream")

    def closed(self, ended: Ended, statistics: Statistics | None) -> None:
        """It is over; `statistics` if it could play."""
        self._notes.closed(ended, statistics)
        if not ended.in_order:
            self._call.note(0, f"the stream ended: {ended.reason}")
        self._tell("StopStream")

    def _tell(self, event: str) -> None:
        wish, record = self._wish, self._call.record
        if wish.status_url is None:
            return
        params = {
            "CallUUID": record.uuid,
            "StreamID": self._record.stream_id,
            "Event": event,
            "From": bare(record.from_),
            "To": record.to,
            "ServiceURL": wish.url,
            "bidirectional": str(wish.bidirectional).lower(),
            "audioTrack": wish.track,
            "streamTimeout": str(wish.timeout),
            "contentType": wish.content_type,
            "extraHeaders": wish.extra_headers,
            "keepCallAlive": str(wish.keep_call_alive).lower(),
        }
        callback = Callback(url=wish.status_url, method=wish.status_method)
        errand = Errand(
            kind="stream", event=event, call_uuid=record.uuid, callback=callback, params=params, settings=UNSETTABLE
        )
        self._call.plant.tell(errand)


FIDELITY: Final = (
    (
        "StartStream, StopStream, DroppedStream, DegradedStream with their parameters",
        "XML and API reference",
        "documented",
    ),
    ("the newer names started, stopped and failed are not used", "the pages differ", "assumed"),
    ("settings in the fragment do not count for these callbacks", "callback-configurations", "documented"),
)
