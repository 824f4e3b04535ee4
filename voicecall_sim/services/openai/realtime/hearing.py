"""The input audio buffer and the server's voice activity detection, in the time of the audio itself."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from voicecall_sim.services.audio import ULAW, Format, meter
from voicecall_sim.services.openai.realtime.catalogue import PAUSES
from voicecall_sim.world.clock import MILLISECOND, SECOND, Micros

FIDELITY: Final = (
    (
        "audio_start_ms includes the padding before, audio_end_ms the silence after",
        "types/realtime/input_audio_buffer_speech_*",
        "documented",
    ),
    (
        "positions count all audio of the session, in its own time",
        "types/realtime/input_audio_buffer_speech_started_event",
        "documented",
    ),
    ("speech begins with two voiced blocks of 20 ms among three", "no source", "assumed"),
    ("threshold 0.5 is 10 dB below nominal speech, 0 is 50 dB below it, 1 is 2 dB above", "no source", "assumed"),
    ("a change of the format empties the buffer", "no source", "assumed"),
)

BLOCK: Final[Micros] = 20 * MILLISECOND
NOMINAL: Final = 4000.0
"""The mean magnitude of speech at its usual level, on the scale of 16 bits."""
NEEDED: Final = 2
"""Voiced blocks, among the last `LOOKED_AT`, that are the beginning of speech."""
LOOKED_AT: Final = 3
KEPT: Final[Micros] = 10 * SECOND
"""How much audio before speech is kept where turns are detected, beside the padding."""


@dataclass(frozen=True, slots=True)
class Started:
    """Speech was detected; what the model hears begins at `at` (µs of audio)."""

    at: Micros


@dataclass(frozen=True, slots=True)
class Stopped:
    """Speech is over; what the model hears ends at `at` (µs of audio)."""

    at: Micros


def loudness(threshold: float) -> float:
    """The mean magnitude from which a block is voiced, for a threshold of 0 to 1."""
    decibels = -50 + threshold * 80 if threshold <= 0.5 else -10 + (threshold - 0.5) * 24
    return float(NOMINAL * 10 ** (decibels / 20))


class Detector:
    """Finds where speech begins and ends, block by block."""

    def __init__(self, *, threshold: float, padding: Micros, silence: Micros) -> None:
        self.loudness = loudness(threshold)
        self.padding, self.silence = padding, silence
        self.speaking = False
        self._recent: deque[Micros | None] = deque(maxlen=LOOKED_AT)
        self._voiced_until: Micros = 0

    def hears(self, loud: float) -> bool:
        """Whether a block of that mean magnitude may mean anything."""
        return loud >= self.loudness or self.speaking or bool(self._recent)

    def block(self, loud: float, ends: Micros) -> Started | Stopped | None:
        """What a block of that mean magnitude, which ends there, means."""
        voiced = loud >= self.loudness
        if self.speaking:
            if voiced:
                self._voiced_until = ends
            elif ends - self._voiced_until >= self.silence:
                self.reset()
                return Stopped(ends)
            return None
        self._recent.append(ends - BLOCK if voiced else None)
        begun = [start for start in self._recent if start is not None]
        if not begun:
            self._recent.clear()
        if len(begun) < NEEDED:
            return None
        self.speaking, self._voiced_until = True, ends
        self._recent.clear()
        return Started(max(0, begun[0] - self.padding))

    def reset(self) -> None:
        """Nobody speaks."""
        self.speaking = False
        self._recent.clear()


def detector(turns: Mapping[str, Any] | None) -> Detector | None:
    """The detector that a session's configuration asks for."""
    if turns is None:
        return None
    pause = turns["silence_duration_ms"] if turns["type"] == "server_vad" else PAUSES[turns["eagerness"]]
    return Detector(
        threshold=turns.get("threshold", 0.5),
        padding=turns.get("prefix_padding_ms", 300) * MILLISECOND,
        silence=max(pause * MILLISECOND, BLOCK),
    )


class InputBuffer:
    """Audio that has come and is not committed yet. Instants are µs of audio since the session began."""

    def __init__(self) -> None:
        self.form: Format = ULAW
        self.detector: Detector | None = None
        self._audio = bytearray()
        self._start: Micros = 0
        self._before: Micros = 0
        self._received = 0
        self._rest = b""
        self._level = meter(ULAW.coding)
        self._block = self._most = 0

    @property
    def now(self) -> Micros:
        """How much audio has come in the session."""
        return self._before + self.form.duration(self._received)

    @property
    def length(self) -> Micros:
        """How much is there to be committed."""
        return self.form.duration(len(self._audio))

    def configure(self, form: Format, turns: Mapping[str, Any] | None) -> None:
        """Take another format, another turn detection."""
        if form != self.form:
            self._before, self._received, self._rest = self.now, 0, b""
            self.form = form
            self.clear()
        was = self.detector
        self.detector = detector(turns)
        self._level = meter(form.coding)
        self._block = form.byte_rate * BLOCK // SECOND
        self._most = 0 if self.detector is None else 2 * form.size(KEPT + self.detector.padding)
        if was is not None and self.detector is not None and was.speaking:
            was.loudness, was.padding, was.silence = (
                self.detector.loudness,
                self.detector.padding,
                self.detector.silence,
            )
            self.detector = was

    def append(self, data: bytes) -> Sequence[Started | Stopped]:
        """Take more audio; what was detected in it."""
        detector = self.detector
        self._audio += data
        if detector is None:
            self._received += len(data)
            return ()
        if len(data) == self._block and not self._rest:
            self._received += self._block
            loud = self._level(data)
            event = detector.block(loud, self.now) if detector.hears(loud) else None
            found: Sequence[Started | Stopped] = () if event is None else (event,)
        else:
            found = self._blocks(detector, self._rest + data)
        if len(self._audio) > self._most and not detector.speaking:
            self._forget(self.now - KEPT - detector.padding)
        return found

    def _blocks(self, detector: Detector, data: bytes) -> Sequence[Started | Stopped]:
        found = []
        self._received -= len(self._rest)
        whole = len(data) // self._block * self._block
        for start in range(0, whole, self._block):
            self._received += self._block
            event = detector.block(self._level(data[start : start + self._block]), self.now)
            if event is not None:
                found.append(event)
        self._rest = data[whole:]
        self._received += len(self._rest)
        return found

    def take(self, start: Micros | None = None, end: Micros | None = None) -> bytes:
        """The audio between two instants, or all; it is gone then, and what was before."""
        first = self.form.size((start or 0) - self._start)
        last = len(self._audio) if end is None else min(len(self._audio), self.form.size(end - self._start))
        taken = bytes(self._audio[min(first, last) : last])
        del self._audio[:last]
        self._start += self.form.duration(last)
        return taken

    def clear(self) -> None:
        """Forget what is there."""
        self._audio.clear()
        self._start = self.now
        if self.detector is not None:
            self.detector.reset()

    def _forget(self, before: Micros) -> None:
        size = self.form.size(before - self._start)
        del self._audio[:size]
        self._start += self.form.duration(size)
