"""What a media stream leaves behind: journal entries, the debugger's notices, status callbacks."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from voicecall_sim.carriers.emulator import StreamOpening
from voicecall_sim.carriers.twilio.account import Callback
from voicecall_sim.carriers.twilio.debugger import CATALOGUE, Notice
from voicecall_sim.carriers.twilio.live import LiveCall
from voicecall_sim.carriers.twilio.stream_failures import Unopened
from voicecall_sim.carriers.twilio.stream_resource import StreamResource
from voicecall_sim.carriers.twilio.stream_socket import Ended
from voicecall_sim.telephony.playout import Statistics

SHOWN: Final = 4
"""How much of a parameter's value is shown: it may be a token."""


class StreamRecords:
    """The records of one stream. `opening` is what it was opened with, once it was."""

    def __init__(self, call: LiveCall, resource: StreamResource, callback: Callback | None) -> None:
        self.opening: StreamOpening | None = None
        self._call = call
        self._resource = resource
        self._callback = callback
        self._direction = "two-way" if resource.two_way else "one-way"

    def happened(self, event: str, **details: object) -> None:
        """Something that carriers have in common; what is None is left out."""
        self._write(event, details, None)

    def opened(self, opening: StreamOpening) -> None:
        """It has introduced itself, as that."""
        self._write("opened", {"url": opening.url}, {"id": self._resource.sid, "request": upgrade(opening)})
        self._tell("stream-started")

    def failed(self, reason: str) -> None:
        """It was given up before it was connected."""
        self.happened("failed", reason=reason)

    def unopened(self, failure: Unopened) -> None:
        """It does not come up: refused by the application, or out of reach."""
        notice = Notice(failure.code, failure.detail)
        event = "failed" if failure.status is None else "refused"
        self.happened(event, reason=failure.detail, code=failure.code, status=failure.status)
        self._call.warn(notice)
        self._tell("stream-error", notice)

    def cleared(self, statistics: Statistics) -> None:
        """The application emptied the buffer."""
        self.happened("cleared", **totals(statistics))

    def closed(self, ended: Ended, statistics: Statistics | None) -> None:
        """It is over; `statistics` if it could play."""
        played = {} if statistics is None else totals(statistics)
        self.happened("closed", by=ended.by, reason=ended.reason, status=ended.status, code=ended.code, **played)
        if ended.code is not None:
            notice = Notice(ended.code, ended.reason)
            self._call.warn(notice)
            self._tell("stream-error", notice)
        self._tell("stream-stopped")

    def _write(self, event: str, details: dict[str, object], evidence: dict[str, str] | None) -> None:
        data = {
            "event": event,
            "call": self._call.registered.number,
            "stream": 0 if self.opening is None else self.opening.number,
            "direction": self._direction,
            **{name: value for name, value in details.items() if value is not None},
        }
        self._call.plant.surroundings.journal.write(self._call.plant.name, "stream", data, evidence)

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


def totals(statistics: Statistics) -> dict[str, object]:
    """What has become of the application's audio, in µs."""
    return {"queued": statistics.queued, "played": statistics.played, "discarded": statistics.discarded}


def iso8601(at: datetime, nanoseconds: int) -> str:
    """A UTC instant with nanoseconds: `2026-09-29T10:00:05.602648368Z`."""
    return f"{at:%Y-%m-%dT%H:%M:%S.%f}{nanoseconds:03d}Z"


def upgrade(opening: StreamOpening) -> str:
    """The upgrade request and the parameters as text; of these values only the beginning."""
    lines = [f"GET {opening.url}", *(f"{name}: {value}" for name, value in opening.headers), ""]
    lines += [f"<Parameter> {name}={value[:SHOWN]}…" for name, value in opening.parameters]
    return "\n".join(lines)


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
