"""The conversations of a run as WAV files: one for each call, the person on the left, the application on the right."""

from __future__ import annotations

import hashlib
import wave
from pathlib import Path
from typing import Final

import numpy as np

from voicecall_sim.runner.events import Outcome, PlanEnded, Recording, RunEvent
from voicecall_sim.scenario.plan import Plan
from voicecall_sim.sound.g711 import RATE, from_ulaw

LONGEST: Final = 200
"""Bytes of a name before the call's: file systems take 255 in all."""


class AudioNotWritten(Exception):
    """A recording cannot be put where it was wanted; the message says why."""


class AudioReport:
    """A reporter that writes the recordings of each scenario into a directory when it is over, failed or not.

    16-bit, 8 kHz, from the answer to the end of the call. Raises `AudioNotWritten`, for the directory at once.
    """

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._written: set[str] = set()
        try:
            directory.mkdir(parents=True, exist_ok=True)
            probe = directory / ".writable"
            probe.touch()
            probe.unlink()
        except OSError as error:
            raise AudioNotWritten(f"recordings cannot go to {directory}: {error.strerror}") from None

    def __call__(self, event: RunEvent) -> None:
        """Write what there is of a scenario that is over."""
        if isinstance(event, PlanEnded):
            for name, recording in named(event.outcome):
                self._write(self._unused(name), recording)

    def _unused(self, name: str) -> str:
        """Scenarios of different directories may have one name; a second one gets `~2`."""
        number, unused = 1, name
        while unused in self._written:
            number += 1
            unused = f"{name}~{number}"
        self._written.add(unused)
        return unused

    def _write(self, name: str, recording: Recording) -> None:
        path = self._directory / f"{name}.wav"
        try:
            path.write_bytes(b"")
            with wave.open(str(path), "wb") as file:
                file.setparams((2, 2, RATE, 0, "NONE", ""))
                file.writeframes(stereo(recording))
        except OSError as error:
            raise AudioNotWritten(f"{path} cannot be written: {error.strerror}") from None


def stereo(recording: Recording) -> bytes:
    """Both sides as interleaved linear samples, little-endian."""
    both = np.stack([from_ulaw(recording.said), from_ulaw(recording.heard)], axis=1)
    return both.astype("<i2").tobytes()


def named(outcome: Outcome) -> list[tuple[str, Recording]]:
    """The recordings with their names: by scenario, cell and call, and by leg where a call has several."""
    stem, seen, names = stem_of(outcome.plan), set(), []
    for recording in outcome.recordings:
        call = f"{stem}.leg-{recording.leg}" if recording.call is None else f"{stem}.call-{recording.call}"
        names.append((f"{call}.leg-{recording.leg}" if call in seen else call, recording))
        seen.add(call)
    return names


def stem_of(plan: Plan) -> str:
    """`two_turns.a-conversation-of-two-turns.twilio`: the file, the name of the scenario, its cell; a very long one is
    shortened."""
    file, _, name = plan.id.rpartition("::")
    stem = Path(file).name.removesuffix(".yaml").removesuffix(".scenario")
    whole = f"{stem}.{name.replace('[', '.').replace(']', '').replace('/', '-')}"
    if len(whole.encode()) <= LONGEST:
        return whole
    digest = hashlib.sha256(whole.encode()).hexdigest()[:8]
    return f"{whole.encode()[: LONGEST - len(digest) - 1].decode(errors='ignore')}-{digest}"
