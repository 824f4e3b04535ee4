"""DTMF on the line itself: which keys a stretch of sound holds (ITU-T Q.23, Q.24)."""

from __future__ import annotations

from typing import Final

import numpy as np

from voicecall_sim.sound.g711 import RATE, from_ulaw
from voicecall_sim.sound.tones import COLUMNS, KEYS_BY_TONES, ROWS

WINDOW: Final = 160
"""Samples judged together: 20 ms. Two in a row make a key: Q.24 asks for 40 ms."""
HOP: Final = 80
LEAST: Final = 2.0e4
"""Mean square of the faintest key: -47 dBFS."""
PURE: Final = 0.8
TWIST: Final = 8.0
"""One tone has at most so many times the energy of the other: 9 dB, as Q.24 (table A-1) has it at most."""

_TURNS: Final = np.outer(np.arange(WINDOW) / RATE, (*ROWS, *COLUMNS))
_WAVES: Final = np.exp(2j * np.pi * _TURNS)


def keys_in(ulaw: bytes) -> str:
    """The keys pressed in a stretch of mu-law at 8 kHz, in order."""
    wave = from_ulaw(ulaw).astype(np.float64)
    keys, last, before = [], "", ""
    for at in range(0, len(wave) - WINDOW + 1, HOP):
        key = _key(wave[at : at + WINDOW])
        if key and key == before and key != last:
            keys.append(key)
            last = key
        elif not key and not before:
            last = ""
        before = key
    return "".join(keys)


def _key(window: np.ndarray[tuple[int], np.dtype[np.float64]]) -> str:
    energy = float(window @ window)
    if energy < LEAST * WINDOW:
        return ""
    powers = np.square(np.abs(window @ _WAVES)) * 2 / WINDOW
    row, column = int(powers[:4].argmax()), int(powers[4:].argmax())
    a, b = float(powers[row]), float(powers[4 + column])
    if a + b < PURE * energy or a > TWIST * b or b > TWIST * a:
        return ""
    return KEYS_BY_TONES[ROWS[row], COLUMNS[column]]
