"""A human, between the lines of the script: says hello when picking up, if that is their way."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from voicecall_sim.actors import options
from voicecall_sim.actors.handset import Handset

READERS: Final[Mapping[str, options.Reader]] = {"greeting": options.words}


@dataclass(frozen=True, slots=True, kw_only=True)
class Human:
    """Says `greeting` when a call is answered; nothing without one."""

    greeting: str | None = None

    async def __call__(self, handset: Handset) -> None:
        """One call."""
        if self.greeting is not None:
            await handset.say(self.greeting)
