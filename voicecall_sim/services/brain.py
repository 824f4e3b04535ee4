"""The scripted brain: what a scenario's `agent:` says to what it hears. It answers behind the emulated AI services."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from voicecall_sim.world.clock import Micros
from voicecall_sim.world.surroundings import Surroundings


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """What is heard, how the scenario wrote it, and what is replied after a while of thinking (µs)."""

    matches: Callable[[str], bool]
    written: str
    replies: str
    after: Micros = 0


@dataclass(frozen=True, slots=True)
class Thought:
    """What the brain makes of an utterance: a reply, or (None) a failure of the service. `delay` in µs."""

    reply: str | None
    delay: Micros


class Brain:
    """Answers by its pairs, the first that matches. Everything it hears is journaled as `thought`, who `agent`.

    An utterance that no pair matches is journaled with `unmatched` and the nearest pair, for the run to fail on.
    """

    def __init__(self, surroundings: Surroundings, pairs: Sequence[Pair] = ()) -> None:
        self.pairs = list(pairs)
        self.slowness: Micros = 0
        self.failures = 0
        self._journal = surroundings.journal

    def hear(self, text: str) -> Thought:
        """What to say to this, after which delay. A brain that is to fail does so, as often as it was told."""
        if self.failures:
            self.failures -= 1
            self._journal.write("agent", "thought", {"heard": text, "failed": True})
            return Thought(None, self.slowness)
        for pair in self.pairs:
            if pair.matches(text):
                self._journal.write("agent", "thought", {"heard": text, "replies": pair.replies})
                return Thought(pair.replies, self.slowness + pair.after)
        nearest = difflib.get_close_matches(text, [pair.written for pair in self.pairs], n=1, cutoff=0.0)
        self._journal.write("agent", "thought", {"heard": text, "unmatched": True, "nearest": "".join(nearest)})
        return Thought("", self.slowness)
