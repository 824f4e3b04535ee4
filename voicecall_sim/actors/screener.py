"""A call screener: asks who is calling and why before it puts anybody through.

It journals `screened` with its decision: `{call, text, connects}`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from voicecall_sim.actors import options
from voicecall_sim.actors.character import Matcher
from voicecall_sim.actors.handset import Handset
from voicecall_sim.sound.tones import music
from voicecall_sim.world.clock import SECOND, Micros, seconds

READERS: Final[Mapping[str, options.Reader]] = {
    "asks": options.words,
    "connects": options.flag_or_matcher,
    "waits": options.duration,
    "thinks": options.duration,
    "accepts": options.words,
    "declines": options.words,
    "greeting": options.words,
}

ASKS: Final = "Hi. Please say your name and why you are calling."
ACCEPTS: Final = "Thank you. Please hold while I try to reach them."
DECLINES: Final = "They are not available. Goodbye."


@dataclass(frozen=True, slots=True, kw_only=True)
class Screener:
    """Asks, and listens `waits` for a whole utterance.

    If that is an answer and `connects` says so (yes, or a matcher of the answer), it says `accepts`, plays music while
    it `thinks`, and then a human is on the line, who says `greeting` and does what the script says. Otherwise it says
    `declines` and hangs up.
    """

    asks: str = ASKS
    connects: bool | Matcher = True
    waits: Micros = 10 * SECOND
    thinks: Micros = 4 * SECOND
    accepts: str = ACCEPTS
    declines: str = DECLINES
    greeting: str = "Hello?"

    async def __call__(self, handset: Handset) -> None:
        """One call."""
        await handset.say(self.asks)
        answer = await self._listen(handset)
        connects = self._decide(answer)
        handset.journal("screened", text=answer, connects=connects)
        await handset.say(self.accepts if connects else self.declines)
        if not connects:
            handset.end.hang_up()
            return
        await handset.sound(music(self.thinks))
        await handset.say(self.greeting)

    async def _listen(self, handset: Handset) -> str:
        try:
            async with asyncio.timeout(seconds(self.waits)):
                heard = await handset.hearing.heard(bool, since=handset.hearing.mark(), whole=True, ear=handset.ear)
        except TimeoutError:
            return ""
        return heard.text

    def _decide(self, answer: str) -> bool:
        if isinstance(self.connects, bool):
            return self.connects and bool(answer)
        return bool(answer) and not self.connects.difference(answer)
