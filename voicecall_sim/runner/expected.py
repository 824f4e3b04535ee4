"""Expected events: which journal entries they are about, what their matcher is shown, whether an entry is the one."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from voicecall_sim.carriers.vocabulary import Vocabulary
from voicecall_sim.runner.book import CallBook
from voicecall_sim.scenario.plan import Expected
from voicecall_sim.world.clock import MILLISECOND, Micros
from voicecall_sim.world.journal import Entry

TEXTS: Final[Mapping[str, str]] = {"answer": "text", "error": "error", "heard": "text"}
"""Kinds whose matcher is shown one field of the entry; all others are shown its data."""

EVENTS: Final = frozenset({"call", "answer", "error", "heard", "request", "webhook", "stream", "log"})
"""What is looked for in the journal, by the kind of its entries. Everything else expected is a condition."""

ABOUT_ONE_CALL: Final = frozenset({"call", "answer", "stream", "webhook"})
"""Kinds of which only the entries of the call that is meant count, even where none was named."""


def of_request(vocabulary: Vocabulary, data: Mapping[str, Any]) -> Mapping[str, Any]:
    """The names of what was asked for, and why it was refused, if it was."""
    names = vocabulary.names_of_operation(data["operation"], data.get("form") or data.get("json") or {})
    reasons = vocabulary.reasons(data)
    return {"operation": names, **({"refused": reasons} if reasons else {})}


NAMED: Final[Mapping[str, Callable[[Vocabulary, Mapping[str, Any]], Mapping[str, Any]]]] = {
    "request": of_request,
    "webhook": lambda vocabulary, data: {"event": vocabulary.names_of_event(data["event"])},
}
"""What is shown of a carrier's entries under the names that scenarios use on all carriers, beside its own."""


def instant_of(entry: Entry) -> Micros:
    """When it happened: for what is heard and said the end of the last sound, else when it was written."""
    ended = entry.data.get("ended") if entry.kind in ("heard", "said") else None
    return ended if isinstance(ended, int) else entry.at


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """The search for an event.

    `start` is the journal index from which entries count, `since` the instant from which they count, `until` the last
    one (None: for ever). With `every_call` the calls that were not named count too. `hosts` are the names by which
    carriers are reached, `vocabularies` their words.
    """

    expected: Expected
    book: CallBook
    hosts: Mapping[str, str]
    vocabularies: Mapping[str, Vocabulary] = field(default_factory=dict)
    every_call: bool = False
    start: int = 0
    since: Micros | None = None
    until: Micros | None = None

    def holds(self, entry: Entry) -> bool:
        """Whether this is the event."""
        return entry.kind == self.expected.subject and entry.index >= self.start and not self.differences(entry)

    def differences(self, entry: Entry) -> Sequence[str]:
        """What is wrong with an entry of the right kind."""
        return [*self._matched(entry), *self._ended_by(entry), *self._call(entry), *self._placed(entry)]

    def shown(self, entry: Entry) -> Any:
        """What the matcher is shown."""
        if entry.kind in TEXTS:
            return entry.data.get(TEXTS[entry.kind])
        vocabulary = self.vocabularies.get(entry.who)
        if entry.kind in NAMED and vocabulary is not None:
            return {**entry.data, "host": self.hosts.get(entry.who), **NAMED[entry.kind](vocabulary, entry.data)}
        return entry.data

    def _matched(self, entry: Entry) -> Sequence[str]:
        return self.expected.what.difference(self.shown(entry))

    def _ended_by(self, entry: Entry) -> Sequence[str]:
        by = self.expected.by
        if by is None or entry.data.get("by") == by:
            return ()
        return (f"by: expected {by}, was {entry.data.get('by', 'nobody')}",)

    def _call(self, entry: Entry) -> Sequence[str]:
        label = self.expected.call
        if label is None and (self.every_call or entry.kind not in ABOUT_ONE_CALL):
            return ()
        meant, number = self.book.meant(label), entry.data.get("call")
        # the entry of a call's acceptance is written just before the call is in the register
        # what belongs to no call of the network (0, or nothing) is about whichever is meant
        if meant is None or not number or number == meant.number or (label is None and number > meant.number):
            return ()
        return (f"it is about call {number}, not about {'the latest' if label is None else label} ({meant.number})",)

    def _placed(self, entry: Entry) -> Sequence[str]:
        at = instant_of(entry)
        if entry.index < self.start:
            return ("it came before the place from which this step looks on",)
        if self.since is not None and at < self.since:
            return (f"it came {shown_span(self.since - at)} too early",)
        if self.until is not None and at > self.until:
            return (f"it came {shown_span(at - self.until)} too late",)
        return ()


def shown_span(span: Micros) -> str:
    """A duration for a message."""
    return f"{span / MILLISECOND:g}ms" if span < 1_000 * MILLISECOND else f"{span / MILLISECOND / 1_000:g}s"
