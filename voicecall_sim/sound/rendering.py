"""What sounds without words sound like, by their names."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np

from voicecall_sim.sound.g711 import RATE, ulaw
from voicecall_sim.sound.tones import KEYS_BY_TONES
from voicecall_sim.world.clock import SECOND, Micros


@dataclass(frozen=True, slots=True)
class Tone:
    """Sine tones together. `amplitude` is that of each; `on` and `off` are its rhythm, unbroken when `on` is 0."""

    hertz: tuple[int, ...]
    amplitude: int
    on: Micros = 0
    off: Micros = 0


CHORD: Final = Tone((220, 277, 330), 1200)
"""What any other name sounds like, music among them: a quiet chord of A major."""

TONES: Final[Mapping[str, Tone]] = {
    "silence": Tone((), 0),
    "beep": Tone((1000,), 8000),
    # precise tone plan of North America (Telcordia GR-506-CORE): ringback -19 dBm, busy -24 dBm a tone
    "ringback": Tone((440, 480), 2500, on=2 * SECOND, off=4 * SECOND),
    "busy": Tone((480, 620), 1500, on=SECOND // 2, off=SECOND // 2),
    "fax answer tone": Tone((2100,), 6000),
    "fax calling tone": Tone((1100,), 6000),
    "fax negotiation": Tone((1650,), 6000),
    **{f"key {key}": Tone(pair, 6000) for pair, key in KEYS_BY_TONES.items()},
}


def rendered(name: str, first: int, last: int) -> bytes:
    """The mu-law audio of a sound of that name, from sample `first` (not before 0) on to before sample `last`."""
    audio = period(name)
    size = len(audio)
    begin = first % size
    whole = audio * ((begin + max(0, last - first)) // size + 1)
    return whole[begin : begin + max(0, last - first)]


@lru_cache(maxsize=64)
def period(name: str) -> bytes:
    """A sound of that name until it repeats: tones of whole Hz do after a second, or after their rhythm."""
    tone = TONES.get(name, CHORD)
    instants = np.arange(max(SECOND, tone.on + tone.off) * RATE // SECOND) / RATE
    wave = np.zeros(len(instants))
    for hertz in tone.hertz:
        wave += np.sin(2 * np.pi * hertz * instants)
    if tone.on:
        wave[instants * SECOND % (tone.on + tone.off) >= tone.on] = 0
    return ulaw(np.rint(tone.amplitude * wave).astype(np.int16))
