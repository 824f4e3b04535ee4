"""What becomes of an audio stream, told: the journal's entries and the application's status callbacks."""

from __future__ import annotations

from typing import Final

from voicecall_sim.carriers.emulator import StreamOpening
from voicecall_sim.carriers.plivo.account import Callback, StreamRecord
from voicecall_sim.carriers.plivo.elements import Stream
from voicecall_sim.carriers.plivo.live import LiveCall
from voicecall_sim.carriers.plivo.overrides import UNSETTABLE
from voicecall_sim.carriers.plivo.parameters import bare
from voicecall_sim.carriers.plivo.stream_socket import NORMAL_CLOSES, Ended, Unopened
from voicecall_sim.carriers.plivo.webhooks import Errand
from voicecall_sim.telephony.playout import Statistics


class StreamRecords:
    """Writes and tells for one stream. `opening` is known from its first attempt on."""

    def __init__(self, call: LiveCall, record: StreamRecord, wish: Stream) -> None:
        self.opening: StreamOpening | None = None
        self._call = call
        self._record = record
        self._wish = wish

    def happened(self, event: str, **details: object) -> None:
        """Something else."""
        self._write(event, details, None)

    def opened(self, opening: StreamOpening) -> None:
        """It has introduced itself, as that."""
        shown = {"id": self._record.stream_id, "request": upgrade(opening)}
        self._write("opened", {"url": opening.url}, shown)
        self._tell("StartStream")

    def failed(self, reason: str) -> None:
        """It was given up before it was connected."""
        self.happened("failed", reason=reason)

    def unopened(self, failure: Unopened) -> None:
        """It does not come up: refused by the application, or out of reach."""
        event = "failed" if failure.status is None else "refused"
        self.happened(event, reason=failure.detail, code="DroppedStream", status=failure.status)
        self._tell("DroppedStream")

    def degraded(self, percent: int) -> None:
        """The application says more than is played."""
        self._call.note(0, f"the stream's buffer is {percent}% full")
        self._tell("DegradedStream")

    def cleared(self, statistics: Statistics) -> None:
        """The application emptied the queue."""
        self.happened("cleared", **totals(statistics))

    def closed(self, ended: Ended, statistics: Statistics | None) -> None:
        """It is over; `statistics` if it could play."""
        played = {} if statistics is None else totals(statistics)
        self.happened("closed", by=ended.by, reason=ended.reason, status=ended.status, **played)
        if ended.by == "network" or (ended.status or 0) not in NORMAL_CLOSES:
            self._call.note(0, f"the stream ended: {ended.reason}")
        self._tell("StopStream")

    def _write(self, event: str, details: dict[str, object], evidence: dict[str, str] | None) -> None:
        data = {
            "event": event,
            "call": self._call.registered.number,
            "stream": 0 if self.opening is None else self.opening.number,
            "direction": "two-way" if self._record.bidirectional else "one-way",
            **{name: value for name, value in details.items() if value is not None},
        }
        self._call.plant.surroundings.journal.write(self._call.plant.name, "stream", data, evidence)

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


def totals(statistics: Statistics) -> dict[str, object]:
    """What has become of the application's audio, in µs."""
    return {"queued": statistics.queued, "played": statistics.played, "discarded": statistics.discarded}


def upgrade(opening: StreamOpening) -> str:
    """The upgrade request as text."""
    return "\n".join((f"GET {opening.url}", *(f"{name}: {value}" for name, value in opening.headers)))


FIDELITY: Final = (
    (
        "StartStream, StopStream, DroppedStream, DegradedStream with their parameters",
        "XML and API reference",
        "documented",
    ),
    ("the newer names started, stopped and failed are not used", "the pages differ", "assumed"),
    ("settings in the fragment do not count for these callbacks", "callback-configurations", "documented"),
)
