"""What happens to one media stream, in the journal: see `Carrier` for the events and their words."""

from __future__ import annotations

from voicecall_sim.carriers.emulator import StreamOpening
from voicecall_sim.carriers.streaming.office import StreamOffice
from voicecall_sim.carriers.streaming.sockets import Ended, Unopened
from voicecall_sim.telephony.playout import Statistics


class StreamNotes:
    """The entries of one stream of the call with that number. `opening` is what it was opened with, once it was."""

    def __init__(self, office: StreamOffice, call: int, *, two_way: bool) -> None:
        self.opening: StreamOpening | None = None
        self._office = office
        self._call = call
        self._two_way = two_way

    def happened(self, event: str, **details: object) -> None:
        """Something; what is None is left out."""
        self._office.write(event, self._number, self._call, self._two_way, details)

    def opened(self, opening: StreamOpening, stream_id: str) -> None:
        """It has introduced itself, as that."""
        evidence = {"id": stream_id, "request": self._office.shown(opening)}
        self._office.write("opened", self._number, self._call, self._two_way, {"url": opening.url}, evidence)

    def unopened(self, failure: Unopened) -> None:
        """It does not come up: refused by the application, or out of reach."""
        event = "failed" if failure.status is None else "refused"
        self.happened(event, reason=failure.detail, code=failure.code, status=failure.status)

    def cleared(self, statistics: Statistics) -> None:
        """The application emptied the buffer."""
        self.happened("cleared", **totals(statistics))

    def closed(self, ended: Ended, statistics: Statistics | None, code: int | None = None) -> None:
        """It is over; `statistics` if it could play, `code` the carrier's for such an end."""
        played = {} if statistics is None else totals(statistics)
        self.happened("closed", by=ended.by, reason=ended.reason, status=ended.status, code=code, **played)

    @property
    def _number(self) -> int:
        return 0 if self.opening is None else self.opening.number


def totals(statistics: Statistics) -> dict[str, object]:
    """What has become of the application's audio, in µs."""
    return {"queued": statistics.queued, "played": statistics.played, "discarded": statistics.discarded}
