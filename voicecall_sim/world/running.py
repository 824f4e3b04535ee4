"""Which world runs in which thread. What the world puts in place of the system's functions asks here."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from threading import get_ident
from typing import TYPE_CHECKING, Final

from voicecall_sim.world.errors import Misused

if TYPE_CHECKING:
    from voicecall_sim.world.world import World

RUNNING: Final[dict[int, World]] = {}
"""The worlds that run now, by thread."""


def world_here() -> World | None:
    """The world that runs in this thread."""
    return RUNNING.get(get_ident())


@contextmanager
def running(world: World) -> Iterator[None]:
    """Say that this world runs in this thread."""
    if get_ident() in RUNNING:
        raise Misused("a world already runs in this thread, and worlds do not nest")
    RUNNING[get_ident()] = world
    try:
        yield
    finally:
        del RUNNING[get_ident()]
