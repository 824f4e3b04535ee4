"""What can be set about the Realtime service: how long things take, how long sessions live, what it still accepts."""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random
from typing import Final

from voicecall_sim.services.speaking import Tempo
from voicecall_sim.world.clock import MILLISECOND, SECOND, Micros

HOUR: Final[Micros] = 3600 * SECOND


@dataclass(slots=True, kw_only=True)
class Knobs:
    """`latency` and `jitter` (µs) are of transcripts, `tempo` is of responses. `accepts_beta` is as in old days."""

    draw: Random
    latency: Micros = 250 * MILLISECOND
    jitter: Micros = 0
    tempo: Tempo = field(default_factory=lambda: Tempo(latency=300 * MILLISECOND))
    session_limit: Micros = HOUR
    accepts_beta: bool = False

    def transcript_after(self) -> Micros:
        """How long the next transcript takes."""
        return self.latency + (self.draw.randint(0, self.jitter) if self.jitter else 0)
