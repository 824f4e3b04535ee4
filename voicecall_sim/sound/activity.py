"""Whether a voice sounds, judged from energy alone, as voice activity detectors of services do."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

FRAME: Final = 80
"""Samples that are judged together: 10 ms."""
FULL_SCALE: Final = 32768.0
NOTHING: Final = -math.inf
BREATH: Final = 2
"""Frames of silence within a voice that do not interrupt its beginning: the gaps of coded speech."""
ZEROS: Final = b"\xff\x7f"


def silent(ulaw: bytes) -> bool:
    """Whether it is digital silence."""
    return not ulaw.strip(ZEROS)


def rms(ulaw: bytes) -> float:
    """The root of the mean square of the linear samples, 0 to 32124."""
    return 0.0 if silent(ulaw) else _rms(bytes(ulaw))


@lru_cache(maxsize=8192)
def _rms(ulaw: bytes) -> float:
    import numpy as np

    from voicecall_sim.sound.g711 import from_ulaw

    wave = from_ulaw(ulaw).astype(np.float64)
    return math.sqrt(float(wave @ wave) / len(wave))


def dbfs(level: float) -> float:
    """A level as `rms` tells it in dB of full scale (a square wave of 32768): coded speech has about -16."""
    return 20 * math.log10(level / FULL_SCALE) if level else NOTHING


@dataclass(frozen=True, slots=True)
class Change:
    """A voice began or ended. `sample` is where it did, `noticed` where that became certain."""

    sounding: bool
    sample: int
    noticed: int


class Activity:
    """Voice activity on a line: fed with mu-law at 8 kHz in pieces of any size.

    A voice begins with `attack` samples of sound above `threshold` dBFS (breaths of 20 ms in it do not matter) and ends
    with `release` samples below it; both count in whole 10 ms.
    """

    def __init__(self, threshold: float = -40.0, attack: int = 320, release: int = 4000) -> None:
        self.heard = 0
        self.sounding = False
        self._least = FULL_SCALE * 10 ** (threshold / 20)
        self._attack = -(-attack // FRAME)
        self._release = -(-release // FRAME)
        self._rest = b""
        self._levels = (0.0, 0.0)
        self._loud = 0
        self._quiet = 0
        self._began = 0

    @property
    def level(self) -> float:
        """Of the last 20 ms, in dBFS."""
        return dbfs(math.hypot(*self._levels) / math.sqrt(2))

    def feed(self, ulaw: bytes) -> list[Change]:
        """Hear more; what that changes."""
        changes = []
        data = self._rest + ulaw
        whole = len(data) // FRAME * FRAME
        for at in range(0, whole, FRAME):
            self.heard += FRAME
            if (change := self._judge(rms(data[at : at + FRAME]))) is not None:
                changes.append(change)
        self._rest = data[whole:]
        return changes

    def _judge(self, level: float) -> Change | None:
        self._levels = (self._levels[1], level)
        if level >= self._least:
            return self._sound()
        self._quiet += 1
        if not self.sounding:
            if self._quiet > BREATH:
                self._loud = 0
            return None
        return self._turn(self.heard - self._quiet * FRAME) if self._quiet >= self._release else None

    def _sound(self) -> Change | None:
        self._quiet = 0
        if self.sounding:
            return None
        if not self._loud:
            self._began = self.heard - FRAME
        self._loud += 1
        return self._turn(self._began) if self._loud >= self._attack else None

    def _turn(self, sample: int) -> Change:
        self.sounding = not self.sounding
        self._loud = 0
        return Change(self.sounding, sample, self.heard)


def voiced_spans(ulaw: bytes, threshold: float = -40.0, pause: int = 400) -> list[tuple[int, int]]:
    """Where it sounds above that level in dBFS: spans from a sample on to before another, to 2.5 ms.

    Silence shorter than `pause` samples does not interrupt a span.
    """
    if silent(ulaw):
        return []
    import numpy as np

    from voicecall_sim.sound.g711 import from_ulaw

    grain = 20
    wave = from_ulaw(ulaw + ZEROS[:1] * (-len(ulaw) % grain)).astype(np.float64).reshape(-1, grain)
    loud = np.flatnonzero(np.square(wave).mean(axis=1) >= (FULL_SCALE * 10 ** (threshold / 20)) ** 2)
    if not len(loud):
        return []
    breaks = np.flatnonzero(np.diff(loud) * grain > pause)
    firsts, lasts = loud[np.r_[0, breaks + 1]] * grain, (loud[np.r_[breaks, len(loud) - 1]] + 1) * grain
    return [(int(first), min(int(last), len(ulaw))) for first, last in zip(firsts, lasts, strict=True)]
