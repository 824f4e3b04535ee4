"""A fax: tones instead of words (ITU-T T.30), and nobody who understands what is said to it."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from voicecall_sim.actors import options
from voicecall_sim.actors.handset import Handset
from voicecall_sim.sound.tones import CED, CNG, DIS
from voicecall_sim.world.clock import MILLISECOND, SECOND, Micros, seconds

READERS: Final[Mapping[str, options.Reader]] = {"patience": options.duration}

SILENCE_BEFORE_CED: Final[Micros] = 1800 * MILLISECOND
"""An answering machine is silent for 1.8 s to 2.5 s before its tone (ITU-T T.30)."""
SILENCE_AFTER_CED: Final[Micros] = 75 * MILLISECOND
"""And for 75 ms after it (ITU-T T.30)."""
SILENCE_AFTER_CNG: Final[Micros] = 3 * SECOND
"""A calling tone comes every 3.5 s (ITU-T T.30)."""
SILENCE_AFTER_DIS: Final[Micros] = 3 * SECOND
"""How long a fax waits for an answer before it repeats itself: T4, 3 s (ITU-T T.30)."""
PATIENCE: Final[Micros] = 35 * SECOND
"""How long a fax tries to find another one: T1, 35 s (ITU-T T.30)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fax:
    """Answers with CED and DIS, or calls with CNG, over and over; hangs up when its `patience` has passed."""

    patience: Micros = PATIENCE

    async def __call__(self, handset: Handset) -> None:
        """One call."""
        signalling = call_tones if handset.end is handset.end.leg.calling else answer_tones
        try:
            async with asyncio.timeout(seconds(self.patience)):
                await signalling(handset)
        except TimeoutError:
            handset.end.hang_up()


async def answer_tones(handset: Handset) -> None:
    """What a called fax sends, for ever."""
    await asyncio.sleep(seconds(SILENCE_BEFORE_CED))
    await handset.sound(CED)
    await asyncio.sleep(seconds(SILENCE_AFTER_CED))
    while True:
        await handset.sound(DIS)
        await asyncio.sleep(seconds(SILENCE_AFTER_DIS))


async def call_tones(handset: Handset) -> None:
    """What a calling fax sends, for ever."""
    while True:
        await handset.sound(CNG)
        await asyncio.sleep(seconds(SILENCE_AFTER_CNG))
