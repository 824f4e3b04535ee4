"""What holds while a world runs: nothing escapes, foreign clocks tell its time, its certificates are trusted."""

from __future__ import annotations

import functools
import gc
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Final

from voicecall_sim.world import foreign, guard, inline
from voicecall_sim.world.authority import trusted
from voicecall_sim.world.errors import Misused
from voicecall_sim.world.running import running
from voicecall_sim.world.substitutes import Substitutes

if TYPE_CHECKING:
    from voicecall_sim.world.world import World

FULL_COLLECTION: Final = 64
"""Every so many collections look at everything that the run has made."""


@functools.cache
def _substitutes() -> Substitutes:
    return Substitutes({**foreign.substitutes(), **inline.substitutes()})


@contextmanager
def laws(world: World) -> Iterator[None]:
    """Everything that holds for the length of a run, and is undone after it."""
    if sys.platform == "win32":
        raise Misused("worlds run on Linux and macOS; on Windows use WSL")
    guard.install()
    with ExitStack() as stack:
        stack.enter_context(trusted())
        stack.enter_context(_substitutes().in_place())
        stack.enter_context(foreign.dates_in_place())
        stack.enter_context(foreign.seeded(world))
        stack.enter_context(running(world))
        stack.enter_context(calm_collector())
        yield


@contextmanager
def calm_collector() -> Iterator[None]:
    """Garbage is collected when the loop rests, not when allocations happen to add up.

    What is collected may speak up (an exception nobody looked at, an unclosed session), and the instant at which it
    does must be the same in every run. What was there before the run is not looked at.
    """
    enabled = gc.isenabled()
    gc.disable()
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()
        if enabled:
            gc.enable()


def collect_garbage(rest: int) -> None:
    """The young garbage; now and then all of it."""
    gc.collect(2 if rest % FULL_COLLECTION == 0 else 1)
