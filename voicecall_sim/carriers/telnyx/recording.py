"""Recordings of legs: what is heard and said, as a file, and who is told."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from voicecall_sim.carriers.telnyx import ids
from voicecall_sim.carriers.telnyx.account import Recording
from voicecall_sim.carriers.telnyx.events import iso
from voicecall_sim.carriers.telnyx.leg import CallLeg
from voicecall_sim.carriers.telnyx.minutes import Minutes
from voicecall_sim.carriers.telnyx.refusals import Refused
from voicecall_sim.carriers.telnyx.rest_others import link
from voicecall_sim.carriers.telnyx.terms import RECORDING_READY
from voicecall_sim.carriers.waiting import pass_time
from voicecall_sim.sound.g711 import SILENT
from voicecall_sim.sound.sound import SAMPLE, Wordless
from voicecall_sim.telephony.tap import Tap
from voicecall_sim.world.clock import MILLISECOND, SECOND, Micros

BEEP: Final[Micros] = 500 * MILLISECOND
FLOW: Final = "telnyx_number_cc_app"
MARGIN: Final = 800
"""Samples of silence that trimming leaves."""
MP3_FRAME: Final = bytes.fromhex("fffb90c4") + bytes(413)
"""A silent frame of MPEG 1 layer III at 128 kbit/s and 44.1 kHz: 1152 samples."""
MP3_FRAME_TIME: Final[Micros] = 26_122


class Recorder:
    """Records one leg from now on, at most to its end."""

    def __init__(
        self,
        leg: CallLeg,
        *,
        kind: str,
        channels: str,
        track: str,
        longest: int,
        trim: bool,
        name: str | None,
        by: str,
        silence: int = 0,
        transcribed: bool = False,
    ) -> None:
        plant = leg.plant
        self.id = name or ids.new_uuid(plant.surroundings.chance, "recording")
        self._leg = leg
        self._format = kind
        self._channels = channels if track == "both" else "single"
        self._track = track
        self._by = by
        self._trim = trim
        self._began = plant.surroundings.clock.wall()
        self._taps = (Tap(leg.end), Tap(leg.end, outgoing=True))
        self._heard = [b"", b""]
        self._paused = False
        self._minutes = Minutes(leg, silence, self.stop) if silence or transcribed else None
        self._transcribed = transcribed
        self.over = False
        leg.recorders[self.id] = self
        leg.on_end.append(self.stop)
        if longest:
            leg.later(longest * SECOND, self.stop)

    def pause(self) -> None:
        """Leave out what comes until it goes on."""
        if not self._paused:
            self._take()
            self._paused = True

    def resume(self) -> None:
        """Go on."""
        if self._paused:
            for tap in self._taps:
                _ = tap.read()
            self._paused = False

    def stop(self) -> None:
        """End it; a second later the file is there, and told. Harmless when it is over."""
        if self.over:
            return
        self.over = True
        if self._minutes is not None:
            self._minutes.close()
        if not self._paused:
            self._take()
        for tap in self._taps:
            tap.close()
        if self._trim:
            self._heard = trimmed(*self._heard)
        ended = self._leg.plant.surroundings.clock.wall()
        self._leg.plant.tasks.start(self._save(ended))

    def _take(self) -> None:
        for at, tap in enumerate(self._taps):
            self._heard[at] += tap.read()

    async def _save(self, ended: Any) -> None:
        await pass_time(RECORDING_READY)
        leg = self._leg
        recording = Recording(
            id=self.id,
            leg=leg,
            format=self._format,
            channels=self._channels,
            initiated_by=self._by,
            started_at=self._began,
            ended_at=ended,
            duration_millis=len(self._heard[0]) * SAMPLE // MILLISECOND,
            file=self._file(),
            made_at=leg.plant.now(),
        )
        leg.plant.account.recordings[self.id] = recording
        start, end = iso(recording.started_at), iso(recording.ended_at)
        leg.tell(
            "call.recording.saved",
            recording_id=self.id,
            channels=self._channels,
            format=self._format,
            recording_urls={self._format: link(leg.plant, recording)},
            public_recording_urls={},
            recording_started_at=start,
            recording_ended_at=end,
            start_time=start,
            end_time=end,
            flow_destination=FLOW,
        )
        if self._transcribed and self._minutes is not None:
            leg.tell(
                "call.recording.transcription.saved",
                recording_id=self.id,
                recording_transcription_id=ids.new_uuid(leg.plant.surroundings.chance, "transcription"),
                status="completed",
                transcription_text=self._minutes.text,
            )

    def _file(self) -> bytes:
        if self._format == "mp3":
            return MP3_FRAME * max(1, len(self._heard[0]) * SAMPLE // MP3_FRAME_TIME)
        return wav_file(self._heard[0], self._heard[1], self._channels, self._track)


def trimmed(inbound: bytes, outbound: bytes) -> list[bytes]:
    """Both directions without the silence that both begin and end with, but for a tenth of a second."""
    first = min(len(side) - len(side.lstrip(SILENT)) for side in (inbound, outbound))
    last = max(len(side.rstrip(SILENT)) for side in (inbound, outbound))
    return [side[max(0, first - MARGIN) : last + MARGIN] for side in (inbound, outbound)]


def wav_file(inbound: bytes, outbound: bytes, channels: str, track: str) -> bytes:
    """The WAV file of both directions (mu-law, equally long or cut to the shorter)."""
    import numpy as np

    from voicecall_sim.sound.g711 import from_ulaw
    from voicecall_sim.sound.wav import wav

    length = min(len(inbound), len(outbound))
    one, other = from_ulaw(inbound[:length]), from_ulaw(outbound[:length])
    if track != "both":
        return wav(one if track == "inbound" else other)
    if channels == "dual":
        return wav(one, other)
    both = one.astype(np.int32) + other.astype(np.int32)
    return wav(np.clip(both, -32768, 32767).astype(np.int16))


def record_start(leg: CallLeg, given: Mapping[str, Any]) -> None:
    """Record from now on."""
    if given.get("play_beep"):
        _ = leg.end.play(Wordless("beep", BEEP))
    _ = Recorder(
        leg,
        kind=given["format"],
        channels=given["channels"],
        track=given.get("recording_track") or "both",
        longest=given.get("max_length") or 0,
        trim=given.get("trim") is not None,
        name=None,
        by="StartCallRecordingAPI",
        silence=given.get("timeout_secs") or 0,
        transcribed=bool(given.get("transcription")),
    )


def record_from_answer(leg: CallLeg, given: Mapping[str, Any], name: str) -> None:
    """Record as dial or answer asked for."""
    _ = Recorder(
        leg,
        kind=given.get("record_format") or "mp3",
        channels=given.get("record_channels") or "dual",
        track=given.get("record_track") or "both",
        longest=given.get("record_max_length") or 0,
        trim=given.get("record_trim") is not None,
        name=name,
        by="OutboundAPI",
        silence=given.get("record_timeout_secs") or 0,
    )


def chosen(leg: CallLeg, given: Mapping[str, Any]) -> list[Recorder]:
    """The recordings that a command is for: the named one, or all that run."""
    name = given.get("recording_id")
    if name is not None and name not in leg.recorders:
        raise Refused("10005", pointer="/recording_id", detail="Recording not found")
    found = [leg.recorders[name]] if name is not None else list(leg.recorders.values())
    return [recorder for recorder in found if not recorder.over]


def record_stop(leg: CallLeg, given: Mapping[str, Any]) -> None:
    """End recordings."""
    for recorder in chosen(leg, given):
        recorder.stop()


def record_pause(leg: CallLeg, given: Mapping[str, Any]) -> None:
    """Pause recordings."""
    for recorder in chosen(leg, given):
        recorder.pause()


def record_resume(leg: CallLeg, given: Mapping[str, Any]) -> None:
    """Go on with recordings."""
    for recorder in chosen(leg, given):
        recorder.resume()


FIDELITY: Final = (
    ("the fields of call.recording.saved; times are the recording's; no from and to", "observed traffic", "captured"),
    ("a single track is mono", "OpenAPI", "documented"),
    ("an MP3 recording lasts as long as the call and is silent; WAV is as heard", "our limit", "assumed"),
    ("what is paused is left out", "no source", "assumed"),
    ("trim-silence leaves 0.1 s at both ends", "no figure is published", "assumed"),
    ("several recordings may run at once", "no source", "assumed"),
    ("timeout_secs: so much silence on both sides ends a recording", "OpenAPI", "documented"),
    ("call.recording.transcription.saved after the recording, with what both sides said", "OpenAPI", "documented"),
)
