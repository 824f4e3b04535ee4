"""What an access line adds to what its holder says: an echo of what is played to them, and noise."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from voicecall_sim.sound.g711 import from_ulaw, ulaw
from voicecall_sim.sound.sound import SILENCE, samples
from voicecall_sim.telephony.line import End
from voicecall_sim.telephony.track import Track
from voicecall_sim.world.clock import MILLISECOND, Micros

DELAY: Final = samples(60 * MILLISECOND)
"""How late an echo comes: acoustic, through the other side's telephone and back."""

SPEECH: Final = 5300.0
"""The effective value of coded speech (-16 dBFS), to which the level of noise relates."""

LOUDEST: Final = 32767


class Impairments:
    """The echo and the noise of `speaker`'s line, to be laid over their audio; sample 0 is at the instant `origin`."""

    def __init__(self, speaker: End, origin: Micros) -> None:
        quality = speaker.quality
        self._echo = None if quality.echo is None else Track(speaker.peer, origin)
        self._echo_gain = gain(quality.echo or 0)
        self._noise = None if quality.noise is None else np.random.default_rng(quality.seed)
        self._noise_level = SPEECH * gain(quality.noise or 0)

    def over(self, audio: bytes, first: int) -> bytes:
        """The audio that begins with sample `first`, with what the line adds. To be called with one piece after the
        other."""
        added = self._added(first, len(audio))
        if added is None:
            return audio
        mixed = np.clip(from_ulaw(audio) + added, -LOUDEST, LOUDEST)
        return ulaw(mixed.astype(np.int16))

    def close(self) -> None:
        """Listen no more."""
        if self._echo is not None:
            self._echo.close()

    def _added(self, first: int, count: int) -> NDArray[np.floating[Any]] | None:
        echo = self._echo_of(first - DELAY, count)
        if self._noise is None:
            return echo
        noise = self._noise.standard_normal(count) * self._noise_level
        return noise if echo is None else noise + echo

    def _echo_of(self, first: int, count: int) -> NDArray[np.floating[Any]] | None:
        if self._echo is None or not self._echo.sounds:
            return None
        played = self._echo.ulaw(first, count)
        self._echo.forget(first + count)
        return from_ulaw(played) * self._echo_gain if played.strip(SILENCE) else None


def gain(decibels: float) -> float:
    """The factor of a level."""
    return float(10 ** (decibels / 20))
