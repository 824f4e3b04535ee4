"""Transcription of a leg: what is said on the tracks that are wanted, told as it is recognised."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import Any, Final

from voicecall_sim.carriers.telnyx.leg import CallLeg
from voicecall_sim.carriers.telnyx.refusals import Refused
from voicecall_sim.sound.sound import CUT, Rest
from voicecall_sim.telephony.line import End, Playing
from voicecall_sim.telephony.signals import Signal, SoundBegan, SoundEnded
from voicecall_sim.world.clock import MILLISECOND, SECOND, Micros

PAUSE: Final[Micros] = 700 * MILLISECOND
"""Silence that ends an utterance."""
INTERIM_EVERY: Final[Micros] = SECOND
TRACKS: Final[Mapping[str, tuple[str, ...]]] = {
    "inbound": ("inbound",),
    "outbound": ("outbound",),
    "both": ("inbound", "outbound"),
}
NAMING: Final = frozenset({"B", "Telnyx"})
"""The engines whose events name the track."""


class Transcription:
    """Transcribes a leg from now on, at most to its end."""

    def __init__(self, leg: CallLeg, given: Mapping[str, Any]) -> None:
        config = given.get("transcription_engine_config") or {}
        names = given.get("transcription_engine", "Google") in NAMING
        interim = bool(config.get("interim_results", False))
        tracks = TRACKS[given.get("transcription_tracks") or "inbound"]
        self._ears = [Ear(leg, track, names_track=names, interim=interim) for track in tracks]
        leg.transcription = self
        leg.on_end.append(self.stop)

    def stop(self) -> None:
        """Listen no more; what is being said is not told. Harmless when it is over."""
        for ear in self._ears:
            ear.close()


class Ear:
    """One track: `inbound` is what the other end says, `outbound` what it hears."""

    def __init__(self, leg: CallLeg, track: str, *, names_track: bool, interim: bool) -> None:
        self._leg = leg
        self._track = {"transcription_track": track} if names_track else {}
        self._interim = interim
        self._said: list[str] = []
        self._voice: tuple[Playing, Micros] | None = None
        self._timer: asyncio.TimerHandle | None = None
        speaker: End = leg.end.peer if track == "inbound" else leg.end
        self._stop = speaker.peer.listen(self._hear)
        if speaker.playing is not None:
            self._begin(speaker.playing, speaker.playing.played)

    def close(self) -> None:
        """Listen no more."""
        self._stop()
        self._disarm()

    def _hear(self, signal: Signal) -> None:
        match signal:
            case SoundBegan(playing):
                self._begin(playing, 0)
            case SoundEnded(playing) if self._voice is not None and self._voice[0] is playing:
                self._said.append(self._under_way())
                self._voice = None
                self._arm(PAUSE, self._finish)
            case _:
                pass

    def _begin(self, playing: Playing, skipped: Micros) -> None:
        if playing.sound.spoken or playing.sound.open:
            self._voice = (playing, skipped)
            self._disarm()
            if self._interim:
                self._arm(INTERIM_EVERY, self._meanwhile)

    def _under_way(self) -> str:
        if self._voice is None:
            return ""
        playing, skipped = self._voice
        return Rest(playing.sound, skipped).text(playing.played - skipped).strip(CUT).strip()

    def _text(self) -> str:
        return " ".join(text for text in (*self._said, self._under_way()) if text)

    def _meanwhile(self) -> None:
        if text := self._text():
            self._tell(text, final=False)
        self._arm(INTERIM_EVERY, self._meanwhile)

    def _finish(self) -> None:
        text, self._said = self._text(), []
        if text:
            self._tell(text, final=True)

    def _tell(self, text: str, *, final: bool) -> None:
        sure = round(self._leg.plant.surroundings.chance("telnyx.confidence").uniform(0.85, 0.99), 6) if final else 0.0
        data = {"transcript": text, "confidence": sure, "is_final": final, **self._track}
        self._leg.tell("call.transcription", transcription_data=data)

    def _arm(self, span: Micros, then: Callable[[], None]) -> None:
        self._disarm()
        self._timer = self._leg.plant.tasks.later(span, then)

    def _disarm(self) -> None:
        if self._timer is not None:
            self._timer.cancel()


def transcription_start(leg: CallLeg, given: Mapping[str, Any]) -> None:
    """Transcribe from now on. A second time is a 90054."""
    if leg.transcription is not None:
        raise Refused("90054")
    _ = Transcription(leg, given)


def transcription_stop(leg: CallLeg, given: Mapping[str, Any]) -> None:
    """Transcribe no more."""
    if leg.transcription is not None:
        leg.transcription.stop()
        leg.transcription = None


FIDELITY: Final = (
    ("transcript, confidence, is_final; the track with the engine Telnyx alone", "OpenAPI", "documented"),
    ("interim results have confidence 0.0", "an integrator's notes", "reported"),
    ("interim results once a second, if interim_results is set", "no figure is published", "assumed"),
    ("an utterance ends with 0.7 s of silence", "no figure is published", "assumed"),
    ("transcription ends by itself with the call; a second start is 90054", "API error codes", "documented"),
)
