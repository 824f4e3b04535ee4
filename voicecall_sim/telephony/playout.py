"""A carrier's playback buffer towards one end of a leg, with its exact play-out clock.

An application fills it faster than it plays; what the person hears is what was played. Not every sample in it is a
sound on the leg: leading silence is none, and what is heard are *voiced runs* (see `runs`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from voicecall_sim.telephony.line import End
from voicecall_sim.world.clock import Micros


@dataclass(frozen=True, slots=True, kw_only=True)
class Statistics:
    """What became of the audio, in µs: `queued` is `played`, `discarded` (by `clear` or `close`) and what is buffered.

    `refused` was over the limit and never queued. Silence of underruns is not counted.
    """

    queued: Micros
    played: Micros
    discarded: Micros
    refused: Micros


class Playout:
    """Plays G.711 µ-law at 8000 samples/s from the instant of the first append to an empty buffer, first in first out.

    `limit` is how much it holds at most, in µs of audio. `marked` is told the name of each mark when everything queued
    before it has been played. An underrun shorter than 200 ms is silence within the sound, with the audio after it on
    the same 125 µs grid.
    """

    def __init__(
        self, end: End, *, limit: Micros | None = None, marked: Callable[[str], None] = lambda name: None
    ) -> None:
        raise NotImplementedError

    @property
    def buffered(self) -> Micros:
        """How much audio is queued and not yet played."""
        raise NotImplementedError

    @property
    def statistics(self) -> Statistics:
        """What has become of the audio by now."""
        raise NotImplementedError

    def append(self, ulaw: bytes) -> bool:
        """Queue 8 kHz µ-law of any length. False, and nothing queued, if it would exceed the limit, or when closed."""
        raise NotImplementedError

    def mark(self, name: str) -> None:
        """Have `marked` told when everything queued by now has been played: at once (synchronously) when nothing is."""
        raise NotImplementedError

    def clear(self) -> list[str]:
        """Empty the buffer and fall silent at this instant; the marks that were pending, in order.

        `marked` is not called for those; a mark whose audio has been played by this very instant is told first.
        """
        raise NotImplementedError

    def close(self) -> None:
        """As `clear`, for good: pending marks are forgotten, later audio is refused. Harmless when it is closed."""
        raise NotImplementedError
