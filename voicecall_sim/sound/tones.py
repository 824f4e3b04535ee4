"""Sounds without words that lines know. What they sound like is in `rendering`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from voicecall_sim.sound.sound import Wordless
from voicecall_sim.world.clock import MILLISECOND, SECOND, Micros

BEEP: Final = Wordless("beep", 500 * MILLISECOND)
"""A voicemail's beep: 1 kHz for half a second."""

CED: Final = Wordless("fax answer tone", 3 * SECOND)
"""The tone of an answering fax: 2100 Hz, 2.6 s to 4 s (ITU-T T.30)."""

CNG: Final = Wordless("fax calling tone", 500 * MILLISECOND)
"""The tone of a calling fax: 1100 Hz, half a second, repeated after 3 s of silence (ITU-T T.30)."""

DIS: Final = Wordless("fax negotiation", 1500 * MILLISECOND)
"""What an answering fax sends next: a second of V.21 preamble and its capabilities (ITU-T T.30)."""

RINGBACK: Final = Wordless("ringback", 2 * SECOND)
"""Ringing as the caller hears it: 440 Hz and 480 Hz, 2 s on and 4 s off (North America)."""

BUSY: Final = Wordless("busy", 10 * SECOND)
"""The number is busy: 480 Hz and 620 Hz, half a second on and off (North America)."""

ROWS: Final = (697, 770, 852, 941)
COLUMNS: Final = (1209, 1336, 1477, 1633)
KEYS_BY_TONES: Final[Mapping[tuple[int, int], str]] = {
    (row, column): "123A456B789C*0#D"[4 * r + c] for r, row in enumerate(ROWS) for c, column in enumerate(COLUMNS)
}
"""The keys of a telephone by their two tones in Hz (ITU-T Q.23)."""


def dtmf(key: str, duration: Micros = 100 * MILLISECOND) -> Wordless:
    """A key as it sounds on the line. Raises `ValueError` for what is no key."""
    if key not in KEYS_BY_TONES.values():
        raise ValueError(f"{key!r} is not a key of a telephone; the keys are {' '.join(KEYS_BY_TONES.values())}")
    return Wordless(f"key {key}", duration)


def music(duration: Micros) -> Wordless:
    """Hold music of that length."""
    return Wordless("music", duration)


def silence(duration: Micros) -> Wordless:
    """Nothing, of that length."""
    return Wordless("silence", duration)
