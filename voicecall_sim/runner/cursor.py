"""Looking along the journal: from where an actor looks on, and how something is waited for.

An actor looks for each sort of event from where his last awaiting step about that sort ended. Sorts are kept apart
because they are seen from different places: the application writes its log before its answer is on the wire, the
network knows of an end before a callback tells it, and no scenario should have to know which entry is written first.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

from voicecall_sim.world.clock import Micros, seconds
from voicecall_sim.world.journal import Entry
from voicecall_sim.world.world import World

Holds = Callable[[Entry], bool]


class Cursor:
    """For each actor and sort of event the journal index from which he looks on. It never goes back."""

    def __init__(self) -> None:
        self._positions: dict[tuple[str, str], int] = {}

    def of(self, actor: str, sort: str) -> int:
        """Where this actor looks on for events of that sort."""
        return self._positions.get((actor, sort), 0)

    def to(self, actor: str, sort: str, index: int) -> None:
        """This actor looks on from an index, unless he is further already."""
        self._positions[actor, sort] = max(self.of(actor, sort), index)


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
