"""Recordings: their life, what they last, and who is told."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from voicecall_sim.carriers.plivo import ids
from voicecall_sim.carriers.plivo.account import Callback, RecordingRecord
from voicecall_sim.carriers.plivo.live import LiveCall
from voicecall_sim.carriers.plivo.timing import RECORDING_READY
from voicecall_sim.carriers.waiting import pass_time
from voicecall_sim.world.clock import MILLISECOND, SECOND, Micros


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingWish:
    """How a call is to be recorded. `by_api` has the callback tell less."""

    format: str = "mp3"
    longest: int | None = None
    callback: Callback | None = None
    by_api: bool = False


class Recorder:
    """Records one call from now on, at most to its end. The record is the account's at once."""

    def __init__(self, call: LiveCall, wish: RecordingWish) -> None:
        plant = call.plant
        recording_id = ids.new_uuid(plant.surroundings.chance, "recording")
        account = plant.account
        wall = plant.surroundings.clock.wall()
        base = f"{account.media_base}/v1/Account/{account.auth_id}/Recording"
        self._call = call
        self._wish = wish
        self._began = plant.now()
        self.record = RecordingRecord(
            recording_id=recording_id,
            call_uuid=call.uuid,
            url=f"{base}/{recording_id}.{wish.format}",
            format=wish.format,
            began=int(wall.timestamp() * 1000),
            added=wall,
            from_=call.record.from_,
            to=call.record.to,
        )
        account.recordings[recording_id] = self.record
        call.recorders[recording_id] = self
        call.on_end.append(self.stop)
        self._limit = None if wish.longest is None else plant.tasks.later(wish.longest * SECOND, self.stop)

    @property
    def over(self) -> bool:
        """Whether it records no more."""
        return self.record.ended is not None

    def stop(self) -> None:
        """End it. Harmless when it is over."""
        if self.over:
            return
        if self._limit is not None:
            self._limit.cancel()
        self.record.ended = self.record.began + (self._call.plant.now() - self._began) // MILLISECOND
        self._call.plant.tasks.start(self._make_ready())

    def parameters(self) -> dict[str, str]:
        """What actions and callbacks tell of it; one that goes on has durations of -1."""
        record = self.record
        long = "-1" if record.ended is None else str(whole_seconds(record.milliseconds * MILLISECOND))
        return {
            "RecordUrl": record.url,
            "RecordingID": record.recording_id,
            "RecordingDuration": long,
            "RecordingDurationMs": "-1" if record.ended is None else str(record.milliseconds),
            "RecordingStartMs": "-1" if record.ended is None else str(record.began),
            "RecordingEndMs": "-1" if record.ended is None else str(record.ended),
        }

    async def _make_ready(self) -> None:
        if self._wish.callback is None:
            return
        await pass_time(RECORDING_READY)
        told = self.parameters()
        if self._wish.by_api:
            told = {name: told[name] for name in ("RecordUrl", "RecordingDuration", "RecordingID")}
            errand = self._call.bare_errand("recording", "RecordStop", self._wish.callback, told)
        else:
            errand = self._call.errand("recording", "RecordStop", self._wish.callback, told)
        self._call.plant.tell(errand)


def whole_seconds(span: Micros) -> int:
    """A duration as it is told."""
    return round(span / SECOND)


FIDELITY: Final = (
    ("RecordUrl, RecordingID, durations in s and ms, start and end in epoch ms", "docs voice/xml/record", "documented"),
    ("the callback of a recording by REST tells URL, duration and ID", "docs voice/api/call/record", "documented"),
    ("what goes on has durations of -1", "docs voice/xml/record", "documented"),
)
