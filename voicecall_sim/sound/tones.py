"""Sounds without words that lines know. Real audio gives the frequencies named here a body."""

from __future__ import annotations

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


def music(duration: Micros) -> Wordless:
    """Hold music of that length."""
    return Wordless("music", duration)


def silence(duration: Micros) -> Wordless:
    """Nothing, of that length."""
    return Wordless("silence", duration)
