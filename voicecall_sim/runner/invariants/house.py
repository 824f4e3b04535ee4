"""Rules about the house: nothing left behind, no exception nobody took, no secret where it can be read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import orjson

from voicecall_sim.world.journal import Entry

NO_SECRETS: Final = "no secret is written down"
NOTHING_LEFT: Final = "nothing is left after the stop"
NOTHING_UNHANDLED: Final = "no exception is left unhandled"
SLOTS_COME_BACK: Final = "a call that is over occupies nothing"
KNOWS_AN_ANSWER: Final = "the agent has a reply"
EVERY_CALL_ENDS: Final = "every call ends once faults stop"


@dataclass(slots=True)
class NoSecrets:
    """What the application writes, says, answers and sends has no secret in it.

    The journal replaces secrets by their names as they come in; where the application speaks, such a name is a leak.
    """

    secrets: Sequence[str]
    name: str = NO_SECRETS
    kinds: frozenset[str] = frozenset({"log", "error", "answer", "heard", "webhook", "request", "rpc"})
    _marks: tuple[bytes, ...] = field(init=False)

    def __post_init__(self) -> None:
        self._marks = tuple(f"<{secret}>".encode() for secret in self.secrets)

    def feed(self, entry: Entry) -> str | None:
        """Look for the names of secrets in what the application wrote."""
        text = written(entry.data)
        if b"<" not in text:
            return None
        found = [mark[1:-1].decode() for mark in self._marks if mark in text]
        return f"{' and '.join(found)} in a {entry.kind} of {entry.who}" if found else None

    def finish(self) -> Iterator[str]:
        """Nothing more to say."""
        return iter(())


@dataclass(slots=True)
class KnowsAnAnswer:
    """A scripted agent hears nothing that no pair of its script matches."""

    name: str = KNOWS_AN_ANSWER
    kinds: frozenset[str] = frozenset({"thought"})

    def feed(self, entry: Entry) -> str | None:
        """Look for thoughts without a match, and for functions that nobody offers."""
        if entry.data.get("unoffered"):
            return f"the agent is to call `{entry.data.get('calls')}`, and the application offers no such function"
        if not entry.data.get("unmatched"):
            return None
        nearest = entry.data.get("nearest")
        hint = f"the nearest pair hears {nearest}" if nearest else "there is no pair"
        return f"no pair of `agent:` matches {entry.data.get('heard')!r}; {hint}"

    def finish(self) -> Iterator[str]:
        """Nothing more to say."""
        return iter(())


@dataclass(slots=True)
class NothingUnhandled:
    """No exception reaches the loop because nobody took it."""

    name: str = NOTHING_UNHANDLED
    kinds: frozenset[str] = frozenset({"unhandled"})

    def feed(self, entry: Entry) -> str | None:
        """Each is one too many."""
        return f"on {entry.who}: {entry.data.get('error') or entry.data.get('message')}"

    def finish(self) -> Iterator[str]:
        """Nothing more to say."""
        return iter(())


def written(data: Mapping[str, Any]) -> bytes:
    """Everything that an entry says, as text: of most in a tenth of the time that `repr` takes."""
    try:
        return orjson.dumps(data)
    except TypeError:  # what JSON does not have
        return repr(data).encode(errors="replace")


def grouped(leftovers: Sequence[str]) -> Mapping[str, int]:
    """Equal leftovers counted, in their order."""
    counts: dict[str, int] = {}
    for leftover in leftovers:
        counts[leftover] = counts.get(leftover, 0) + 1
    return counts
