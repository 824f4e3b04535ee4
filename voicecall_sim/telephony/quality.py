"""How good somebody's access line is: echo, noise, lost frames."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Any, Final

from voicecall_sim.sound.sound import Sound
from voicecall_sim.telephony.lossy import Lossy


@dataclass(frozen=True, slots=True, kw_only=True)
class Quality:
    """What a line does to the sound that goes over it.

    `echo` is the level (dB) at which what is played to its holder comes back, `noise` that of white noise on what the
    other side hears, both relative to speech; None for neither. `loss` is the share of 20 ms frames that are lost,
    either way. `seed` is that of the noise, `chance` decides what is lost.
    """

    echo: float | None = None
    noise: float | None = None
    loss: float = 0.0
    seed: int = 0
    chance: Random = field(default_factory=lambda: Random(0), repr=False, compare=False)

    def carry(self, sound: Sound) -> Sound:
        """A sound as it comes out of this line: with gaps, if the line loses frames."""
        return Lossy(sound, self.loss, Random(self.chance.getrandbits(64))) if self.loss else sound

    @property
    def audible(self) -> bool:
        """Whether the line adds something to what its holder says."""
        return self.echo is not None or self.noise is not None


CLEAR: Final = Quality()
"""A perfect line."""


def quality(line: Mapping[str, Any], chance: Random) -> Quality:
    """The quality that a scenario describes: `echo` and `noise` in dB, `loss` as a share."""
    described = {key: line[key] for key in ("echo", "noise", "loss") if line.get(key) is not None}
    return Quality(**described, seed=chance.getrandbits(64), chance=chance) if described else CLEAR
