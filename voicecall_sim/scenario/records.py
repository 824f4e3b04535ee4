"""Matchers for the application's record of a call: its state, its transcript, and that nothing has changed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from voicecall_sim.scenario.matching import MISSING, Comparison, Difference, shown

LIVE_STATES: Final = frozenset({"initiated", "ringing", "answered", "active", "speaking", "listening"})
"""The states of a record whose call is not over. Every other state is a terminal one."""


@dataclass(frozen=True, slots=True)
class Over(Comparison):
    """`state: ended`: any terminal state."""

    def differences(self, actual: Any) -> Iterator[Difference]:
        """Wrong while the call lives."""
        if not isinstance(actual, str) or actual in LIVE_STATES:
            yield Difference(f"expected ended (any terminal state), was {shown(actual)}")


@dataclass(frozen=True, slots=True)
class SomeLine(Comparison):
    """A transcript, a list of `{bot: text}` and `{user: text}`, with at least one line that matches."""

    line: Comparison

    def differences(self, actual: Any) -> Iterator[Difference]:
        """Wrong unless some line matches; the whole transcript is shown then."""
        lines = actual if isinstance(actual, (list, tuple)) else ()
        if not any(map(self.line.matches, lines)):
            yield Difference(f"expected a line {self.written}, was {shown(actual)}")


@dataclass(frozen=True, slots=True)
class Unchanged(Comparison):
    """`stored: unchanged`. It compares a pair: the record before the last `net` step, and the record now."""

    def differences(self, actual: tuple[Any, Any]) -> Iterator[Difference]:
        """What is different now, key by key."""
        before, now = actual
        if isinstance(before, Mapping) and isinstance(now, Mapping):
            for key in dict.fromkeys((*before, *now)):
                yield from self.changed(before.get(key, MISSING), now.get(key, MISSING), str(key))
        else:
            yield from self.changed(before, now, "")

    def changed(self, before: Any, now: Any, path: str) -> Iterator[Difference]:
        """A difference if the two are not equal."""
        if before != now:
            yield Difference(f"expected to stay {shown(before)}, became {shown(now)}", path)
