"""The scripted brain: what a scenario's `agent:` says to what it hears. It answers behind the emulated AI services."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from voicecall_sim.world.clock import Micros
from voicecall_sim.world.surroundings import Surroundings


@dataclass(frozen=True, slots=True)
class ToolCall:
    """A function that the brain calls, with its arguments."""

    name: str
    arguments: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """What is heard, how the scenario wrote it, and what is replied after a while of thinking (µs).

    With `calls` a function is called after the reply; `then` is what is said when its output has come.
    """

    matches: Callable[[str], bool]
    written: str
    replies: str
    after: Micros = 0
    calls: ToolCall | None = None
    then: str = ""


@dataclass(frozen=True, slots=True)
class Thought:
    """What the brain makes of an utterance: a reply, or (None) a failure of the service. `delay` in µs.

    `calls` is a function to be called beside the reply; whoever makes the call says so with `Brain.called`.
    """

    reply: str | None
    delay: Micros
    calls: ToolCall | None = None
    then: str = ""


class Brain:
    """Answers by its pairs, the first that matches. Everything it hears is journaled as `thought`, who `agent`.

    An utterance that no pair matches is journaled with `unmatched` and the nearest pair, a function that nobody offers
    with `unoffered`, for the run to fail on.
    """

    def __init__(self, surroundings: Surroundings, pairs: Sequence[Pair] = ()) -> None:
        self.pairs = list(pairs)
        self.slowness: Micros = 0
        self.failures = 0
        self._journal = surroundings.journal
        self._afterwards: dict[str, str] = {}

    def hear(self, text: str, tools: Collection[str] | None = None) -> Thought:
        """What to say to this, after which delay. A brain that is to fail does so, as often as it was told.

        `tools` are the functions that are offered; None says that whoever asks does not mind.
        """
        if self._fails({"heard": text}):
            return Thought(None, self.slowness)
        for pair in self.pairs:
            if pair.matches(text):
                return self._by(pair, text, tools)
        nearest = difflib.get_close_matches(text, [pair.written for pair in self.pairs], n=1, cutoff=0.0)
        self._journal.write("agent", "thought", {"heard": text, "unmatched": True, "nearest": "".join(nearest)})
        return Thought("", self.slowness)

    def called(self, call_id: str, then: str) -> None:
        """A function was called under this id; `then` is what there is to say when its output comes."""
        self._afterwards[call_id] = then

    def told(self, call_id: str, output: str) -> Thought:
        """What to say to the output of a function: what the pair that called it says `then`; nothing otherwise."""
        then = self._afterwards.pop(call_id, "")
        if self._fails({"output": output}):
            return Thought(None, self.slowness)
        self._journal.write("agent", "thought", {"output": output, "replies": then})
        return Thought(then, self.slowness)

    def _fails(self, data: Mapping[str, Any]) -> bool:
        if not self.failures:
            return False
        self.failures -= 1
        self._journal.write("agent", "thought", {**data, "failed": True})
        return True

    def _by(self, pair: Pair, heard: str, tools: Collection[str] | None) -> Thought:
        data: dict[str, Any] = {"heard": heard, "replies": pair.replies}
        calls = pair.calls
        if calls is not None:
            data["calls"] = calls.name
            if tools is not None and calls.name not in tools:
                data["unoffered"] = True
                calls = None
        self._journal.write("agent", "thought", data)
        return Thought(pair.replies, self.slowness + pair.after, calls, pair.then)
