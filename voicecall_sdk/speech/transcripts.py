"""What was said, from the pieces in which a speech-to-speech model tells it (reference, section 10.6)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

LONGEST: Final = 1200
"""Characters of a partial text."""

MOST_OPEN: Final = 64
REPEATED_WITHIN: Final = 2.0
"""Seconds in which the same final text again is the same utterance told twice."""

CUMULATIVE_FROM: Final = 4
"""Some models send the whole text each time instead of what is new; so much of it must be repeated to tell."""


class Transcript:
    """One speaker's words. `now` is the loop's clock."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._open: dict[str, str] = {}
        self._last = ("", float("-inf"))

    def partial(self, item_id: str, delta: str) -> str:
        """All words of an item so far."""
        so_far = self._open.pop(item_id, "")
        repeated = len(so_far) >= CUMULATIVE_FROM and delta.startswith(so_far)
        text = (delta if repeated else so_far + delta)[-LONGEST:]
        self._open[item_id] = text
        while len(self._open) > MOST_OPEN:
            del self._open[next(iter(self._open))]
        return text.strip()

    def final(self, item_id: str, text: str) -> str:
        """An item's words; "" when there are none, or when they were told a moment ago."""
        self._open.pop(item_id, None)
        text, (last, at), now = text.strip(), self._last, self._now()
        self._last = (text, now)
        return "" if text == last and now - at < REPEATED_WITHIN else text
