"""Near misses: which journal entries came closest to what was expected, and what is wrong with them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from voicecall_sim.world.journal import Entry

MOST: Final = 3
"""How many near misses a failure names."""

Differences = Callable[[Entry], Sequence[str]]


@dataclass(frozen=True, slots=True)
class NearMiss:
    """An entry that did not do, and why."""

    entry: Entry
    differences: Sequence[str]


def near_misses(entries: Iterable[Entry], differences: Differences, most: int = MOST) -> Sequence[NearMiss]:
    """The entries with the fewest differences, the later of equals first."""
    misses = [NearMiss(entry, differences(entry)) for entry in entries]
    return sorted(misses, key=lambda miss: (len(miss.differences), -miss.entry.index))[:most]


def explained(misses: Sequence[NearMiss], kind: str) -> Sequence[str]:
    """What is wrong with the best of them, a line each; that there was nothing of the kind, if so."""
    return misses[0].differences if misses else (f"there was no {kind} at all",)
