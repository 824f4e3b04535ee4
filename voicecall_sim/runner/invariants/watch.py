"""The watch: every journal entry goes to the rules that want its kind, once, in the instant in which it is written."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from voicecall_sim.runner.causes import likely_cause
from voicecall_sim.world.clock import Micros
from voicecall_sim.world.journal import Entry, Journal


@dataclass(frozen=True, slots=True, kw_only=True)
class Broken:
    """A rule that was broken: what happened, when, and the journal entries that show it."""

    rule: str
    title: str
    at: Micros
    nearest: Sequence[Entry] = ()
    cause: str = ""


class Rule(Protocol):
    """Something that must always hold. `name` is a short sentence; `kinds` are the journal entries it looks at."""

    @property
    def name(self) -> str:
        """The rule, as reports print it."""
        ...

    @property
    def kinds(self) -> frozenset[str]:
        """Which kinds of entries it is fed."""
        ...

    def feed(self, entry: Entry) -> str | None:
        """Look at an entry; returns what is wrong, if anything. Called very often: must be cheap."""
        ...

    def finish(self) -> Iterator[str]:
        """What turns out to be wrong once every call is over, while the application is still up."""
        ...


class Watch:
    """The rules of a run at work. `broken` has what they found, in order; a finding is reported once."""

    def __init__(self, journal: Journal, rules: Sequence[Rule]) -> None:
        self.broken: list[Broken] = []
        self._journal = journal
        self._rules = rules
        self._feeds: dict[str, list[tuple[Rule, Callable[[Entry], str | None]]]] = defaultdict(list)
        for rule in rules:
            for kind in sorted(rule.kinds):
                self._feeds[kind].append((rule, rule.feed))
        journal.listen(self._feed)

    def report(self, rule: str, title: str, nearest: Sequence[Entry] = (), cause: str = "") -> None:
        """Something was found; said once, however often it is found."""
        if any(known.rule == rule and known.title == title for known in self.broken):
            return
        at = nearest[-1].at if nearest else self._now()
        self.broken.append(Broken(rule=rule, title=title, at=at, nearest=nearest, cause=cause))

    def finish(self) -> None:
        """Every call is over, and the application still up: ask each rule for the last time."""
        for rule in self._rules:
            for title in rule.finish():
                self.report(rule.name, title, cause=likely_cause(self._journal))

    def _feed(self, entry: Entry) -> None:
        for rule, feed in self._feeds.get(entry.kind, ()):
            if (title := feed(entry)) is not None:
                self.report(rule.name, title, (entry,))

    def _now(self) -> Micros:
        return self._journal[-1].at if len(self._journal) else 0
