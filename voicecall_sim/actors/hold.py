"""A line that nobody attends to: hold music, with an announcement now and then, or nothing at all."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from voicecall_sim.actors import options
from voicecall_sim.actors.handset import Handset
from voicecall_sim.sound.tones import music
from voicecall_sim.world.clock import SECOND, Micros, seconds

HOLD_READERS: Final[Mapping[str, options.Reader]] = {
    "says": options.words,
    "every": options.duration,
    "gives up": options.duration,
}
SILENT_READERS: Final[Mapping[str, options.Reader]] = {"gives up": options.duration}


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """Music; with `says`, that at once and again `every` so long. Hangs up when `gives_up` has passed."""

    says: str | None = None
    every: Micros = 30 * SECOND
    gives_up: Micros = 600 * SECOND

    async def __call__(self, handset: Handset) -> None:
        """One call."""
        handset.later(self.gives_up, handset.end.hang_up)
        while True:
            if self.says is not None:
                await handset.say(self.says)
            await handset.sound(music(self.every))


@dataclass(frozen=True, slots=True, kw_only=True)
class Silent:
    """Never makes a sound; hangs up when `gives_up` has passed, if it ever does."""

    gives_up: Micros | None = None

    async def __call__(self, handset: Handset) -> None:
        """One call."""
        if self.gives_up is not None:
            await asyncio.sleep(seconds(self.gives_up))
            handset.end.hang_up()
