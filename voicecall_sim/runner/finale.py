"""After the last step: faults stop, everybody hangs up, and what must then be so is looked at.

In this order: the network is healed and nothing interferes any more; what the script counted is judged again, before
the runner itself ends anything; people hang up; every call ends; every slot comes back; the application stops; a minute
passes; nothing of it is left.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from voicecall_sim.runner.cursor import sleep_until
from voicecall_sim.runner.invariants import house
from voicecall_sim.runner.stage import Stage
from voicecall_sim.telephony.network import CallState
from voicecall_sim.world.clock import SECOND, Micros

MINUTE: Final[Micros] = 60 * SECOND

LIVENESS: Final[Micros] = 10 * MINUTE
"""How long calls may go on, and slots be taken, once faults have stopped and everybody has hung up."""

AFTER_STOP: Final[Micros] = MINUTE
"""How long after its own stop something of the application may still be there."""

LOOKS: Final = (0, 100_000, SECOND, 5 * SECOND, 20 * SECOND, MINUTE, 2 * MINUTE, 5 * MINUTE, LIVENESS)
"""When it is looked whether something is over, counted from the beginning."""

LONGEST: Final[Micros] = 3 * LIVENESS + AFTER_STOP + MINUTE
"""The longest that all this can take."""


class Finale:
    """The end of a run on a stage."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._world = stage.world

    async def calm(self) -> bool:
        """Faults stop; returns whether a call is still going on."""
        self._stage.interferer.clear()
        self._stage.links.heal()
        await self._world.settle()
        return any(call.state is not CallState.ENDED for call in self._stage.phone.calls)

    async def hang_up(self) -> None:
        """Everybody hangs up, and every call has to end."""
        for person in self._stage.people.values():
            person.stop()
        if not await self._until(self._all_ended):
            for call in self._stage.phone.calls:
                if call.state is not CallState.ENDED:
                    title = f"call {call.number} ({call.from_} to {call.to}) is still {call.state.value}"
                    self._stage.watch.report(house.EVERY_CALL_ENDS, f"{title} after {LIVENESS // MINUTE} minutes")

    async def free(self) -> None:
        """Every slot of a running application has to come back."""
        over = self._stage.up and await self._until(self._all_ended)
        if over and not await self._until(lambda: self._stage.subject.live() == 0):
            calls = self._stage.subject.live()
            title = f"{calls} of the application's slots still taken {LIVENESS // MINUTE} minutes after the last call"
            self._stage.watch.report(house.SLOTS_COME_BACK, title)

    async def stop(self) -> None:
        """What it has stored is looked at, the application stops, and a minute later nothing of it is left."""
        if not self._stage.up:
            return
        self._stage.watch.finish()
        await self._stage.stop()
        await sleep_until(self._world, self._world.clock.now() + AFTER_STOP)
        for leftover, count in house.grouped(self._stage.app_host.leftovers()).items():
            times = f" ({count} times)" if count > 1 else ""
            self._stage.watch.report(house.NOTHING_LEFT, f"left on {self._stage.app_host.name}: {leftover}{times}")

    def _all_ended(self) -> bool:
        return all(call.state is CallState.ENDED for call in self._stage.phone.calls) and not self._stage.carrier.busy()

    async def _until(self, over: Callable[[], bool]) -> bool:
        began = self._world.clock.now()
        for look in LOOKS:
            await sleep_until(self._world, began + look)
            await self._world.settle()
            if over():
                return True
        return False
