"""Looking along the journal: from where each actor looks on, and how something is waited for.

A step consumes the journal up to the entry that made it hold, and no more. So a condition that holds at once leaves
its actor where he was, and a window of `never` is consumed whole.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType

from voicecall_sim.world.clock import Micros, seconds
from voicecall_sim.world.journal import Entry
from voicecall_sim.world.world import World

Holds = Callable[[Entry], bool]


class Cursor:
    """For each actor the journal index from which he looks on: where his last awaiting step ended."""

    def __init__(self) -> None:
        self._positions: dict[str, int] = {}

    def of(self, actor: str) -> int:
        """Where this actor looks on."""
        return self._positions.get(actor, 0)

    def past(self, actor: str, entry: Entry) -> None:
        """This actor looks on behind the entry. He never goes back."""
        self.to(actor, entry.index + 1)

    def to(self, actor: str, index: int) -> None:
        """This actor looks on at an index, unless he is further already."""
        self._positions[actor] = max(self.of(actor), index)

    @property
    def positions(self) -> Mapping[str, int]:
        """Every actor's, for the curious."""
        return MappingProxyType(self._positions)


async def sleep_until(world: World, instant: Micros) -> None:
    """Return at that instant, or at once if it has passed."""
    left = instant - world.clock.now()
    if left > 0:
        await asyncio.sleep(seconds(left))


class Lookout:
    """Waits for entries of one world's journal."""

    def __init__(self, world: World) -> None:
        self._world = world

    async def event(self, start: int, deadline: Micros, holds: Holds) -> Entry | None:
        """The first entry from `start` on for which `holds`; None if the deadline, its last instant included, passed.

        `holds` is asked once for each entry, in order, in the instant in which it is written.
        """
        journal = self._world.journal
        for entry in journal.since(start):
            if holds(entry):
                return entry
        found: asyncio.Future[Entry] = asyncio.get_running_loop().create_future()

        def look(entry: Entry) -> None:
            if not found.done() and holds(entry):
                found.set_result(entry)

        silence = journal.listen(look)
        try:
            return await self._within(found, deadline)
        finally:
            silence()

    async def condition(self, deadline: Micros, differences: Callable[[], Sequence[str]]) -> Sequence[str]:
        """Look after every event until there is no difference; what is left of them at the deadline."""
        journal = self._world.journal
        while left := differences():
            seen = len(journal)
            if not await self._more(seen, deadline):
                return differences()
        return left

    async def _within(self, found: asyncio.Future[Entry], deadline: Micros) -> Entry | None:
        try:
            async with asyncio.timeout(self._left(deadline)):
                return await asyncio.shield(found)
        except TimeoutError:
            await self._world.settle()
            return found.result() if found.done() else None

    async def _more(self, seen: int, deadline: Micros) -> bool:
        try:
            async with asyncio.timeout(self._left(deadline)):
                await self._world.journal.more(seen)
        except TimeoutError:
            await self._world.settle()
        return self._world.clock.now() < deadline or len(self._world.journal) > seen

    def _left(self, deadline: Micros) -> float:
        return seconds(max(0, deadline - self._world.clock.now()))
