"""Recordings: their life, what they last, and who is told."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from voicecall_sim.carriers.plivo import ids
from voicecall_sim.carriers.plivo.account import Callback, RecordingRecord
from voicecall_sim.carriers.plivo.live import LiveCall
from voicecall_sim.carriers.plivo.plant import Plant
from voicecall_sim.carriers.plivo.timing import RECORDING_READY
from voicecall_sim.carriers.plivo.webhooks import Errand
from voicecall_sim.carriers.waiting import pass_time
from voicecall_sim.telephony.line import End
from voicecall_sim.telephony.signals import Signal, SoundEnded
from voicecall_sim.world.clock import MILLISECOND, SECOND, Micros


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingWish:
    """How something is to be recorded. `by_api` has the callback tell less; `transcription` is told the words."""

    format: str = "mp3"
    longest: int | None = None
    callback: Callback | None = None
    transcription: Callback | None = None
    by_api: bool = False


class Recording:
    """A recording from now on. The record is the account's at once; who is recorded is up to those who derive."""

    def __init__(self, plant: Plant, wish: RecordingWish, record: RecordingRecord) -> None:
        self.record = record
        self._plant = plant
        self._wish = wish
        self._began = plant.now()
        plant.account.recordings[record.recording_id] = record
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
        self.record.ended = self.record.began + (self._plant.now() - self._began) // MILLISECOND
        self._plant.tasks.start(self._make_ready())

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

    def ready(self) -> None:
        """It is there: tell whoever wants to know."""

    async def _make_ready(self) -> None:
        await pass_time(RECORDING_READY)
        self.ready()


class Recorder(Recording):
    """Records one call, at most to its end."""

    def __init__(self, call: LiveCall, wish: RecordingWish) -> None:
        made = new_record(call.plant, wish, call_uuid=call.uuid, from_=call.record.from_, to=call.record.to)
        super().__init__(call.plant, wish, made)
        self._call = call
        self._words = Words(call.end) if wish.transcription is not None else None
        call.recorders[made.recording_id] = self
        call.on_end.append(self.stop)

    def stop(self) -> None:
        """End it. Harmless when it is over."""
        if self._words is not None:
            self._words.close()
        super().stop()

    def ready(self) -> None:
        """Tell callback and transcription."""
        told, call = self.parameters(), self._call
        if self._wish.by_api:
            told = {name: told[name] for name in ("RecordUrl", "RecordingDuration", "RecordingID")}
        if self._wish.callback is not None:
            make = call.bare_errand if self._wish.by_api else call.errand
            call.plant.tell(make("recording", "RecordStop", self._wish.callback, told))
        if self._wish.transcription is not None and self._words is not None:
            call.plant.tell(self._transcript(self._wish.transcription, self._words.text))

    def _transcript(self, callback: Callback, text: str) -> Errand:
        told = {
            "transcription": text,
            "transcription_charge": "0.00000",
            "transcription_rate": "0.00000",
            "duration": str(whole_seconds(self.record.milliseconds * MILLISECOND)),
            "call_uuid": self._call.uuid,
            "recording_id": self.record.recording_id,
            "error": "",
        }
        return Errand(
            kind="recording", event="transcription", call_uuid=self._call.uuid, callback=callback, params=told
        )


class Words:
    """What the other end of a line says, as text, until it is closed."""

    def __init__(self, end: End) -> None:
        self._said: list[str] = []
        self._peer = end.peer
        self._stop = end.listen(self._hear)
        self._open = True

    @property
    def text(self) -> str:
        """All of it."""
        return " ".join(words for words in self._said if words)

    def close(self) -> None:
        """Listen no more; what is under way counts as far as it was heard. Harmless when it is closed."""
        if self._open:
            self._open = False
            self._stop()
            if self._peer.playing is not None:
                self._said.append(self._peer.playing.heard)

    def _hear(self, signal: Signal) -> None:
        if isinstance(signal, SoundEnded):
            self._said.append(signal.playing.heard)


def new_record(
    plant: Plant, wish: RecordingWish, *, call_uuid: str, from_: str = "", to: str = "", conference: str | None = None
) -> RecordingRecord:
    """A recording's record, made now."""
    recording_id = ids.new_uuid(plant.surroundings.chance, "recording")
    account, wall = plant.account, plant.surroundings.clock.wall()
    return RecordingRecord(
        recording_id=recording_id,
        call_uuid=call_uuid,
        url=f"{account.media_base}/v1/Account/{account.auth_id}/Recording/{recording_id}.{wish.format}",
        format=wish.format,
        began=int(wall.timestamp() * 1000),
        added=wall,
        from_=from_,
        to=to,
        conference=conference,
    )


def whole_seconds(span: Micros) -> int:
    """A duration as it is told."""
    return round(span / SECOND)


FIDELITY: Final = (
    ("RecordUrl, RecordingID, durations in s and ms, start and end in epoch ms", "docs voice/xml/record", "documented"),
    ("the callback of a recording by REST tells URL, duration and ID", "docs voice/api/call/record", "documented"),
    ("what goes on has durations of -1", "docs voice/xml/record", "documented"),
    ("the transcription URL is told text, duration, charge and identifiers", "docs voice/xml/record", "documented"),
    ("transcribed is what the other end says; it costs nothing and comes with the recording", "no source", "assumed"),
)
