"""How carriers let time pass: over their own doings, and in the HTTP clients that they use."""

from __future__ import annotations

import asyncio
from typing import Final

from voicecall_sim.world.clock import Micros, seconds

NEVER_ROUND: Final = 1e9
"""`ceil_threshold` of aiohttp's timeouts: it would round longer ones up to whole seconds of the loop's clock."""


async def pass_time(span: Micros) -> None:
    """Let time go by, if there is any to pass."""
    if span > 0:
        await asyncio.sleep(seconds(span))
