"""How good somebody's access line is: echo, noise, lost frames."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Quality:
    """What a line does to the sound that goes over it.

    `echo` is the level (dB) at which what is played to its holder comes back, `noise` that of white noise on what the
    other side hears, both relative to speech; None for neither. `loss` is the share of 20 ms frames that are lost,
    either way. `seed` decides which, and the noise.
    """

    echo: float | None = None
    noise: float | None = None
    loss: float = 0.0
    seed: int = 0
