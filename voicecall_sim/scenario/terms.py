"""Words of a scenario that only its carriers can judge: operations, refusals, events. Judged once they are known."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from voicecall_sim.carriers.vocabulary import EVENTS, OPERATIONS, REASONS, Vocabulary
from voicecall_sim.scenario.errors import Problem, nearest
from voicecall_sim.scenario.nodes import Scalar

SERVICES: Final = ("chat", "responses", "speech", "realtime")
"""What AI services are asked for."""


@dataclass(frozen=True, slots=True)
class Term:
    """A word, what sort of word it is, and the carrier that its step is for (None: all)."""

    sort: str
    word: Scalar
    carrier: str | None = None


@dataclass(frozen=True, slots=True)
class Sort:
    """A sort of words: how it is called, whether a carrier knows one, the neutral ones and a carrier's own."""

    called: str
    knows: Callable[[Vocabulary, str], bool]
    neutral: tuple[str, ...]
    own: Callable[[Vocabulary], Iterable[str]]


SORTS: Final[Mapping[str, Sort]] = {
    "operation": Sort("operation", Vocabulary.knows_operation, OPERATIONS, lambda carrier: carrier.operations),
    "request": Sort(
        "operation",
        lambda carrier, word: word in SERVICES or carrier.knows_operation(word),
        (*OPERATIONS, *SERVICES),
        lambda carrier: carrier.operations,
    ),
    "refusal": Sort("refusal", Vocabulary.knows_refusal, REASONS, lambda carrier: carrier.codes),
    "reason": Sort("refusal", lambda carrier, word: word in carrier.refusals, REASONS, lambda carrier: ()),
    "limit": Sort("limit", Vocabulary.knows_limit, (), lambda carrier: carrier.limits),
    "event": Sort("event", Vocabulary.knows_event, EVENTS, lambda carrier: carrier.events),
}
"""What a fault is aimed at, what a request is expected to be, what is refused, why it was, what webhooks tell."""


def problems(terms: Iterable[Term], vocabularies: Mapping[str, Vocabulary]) -> Iterator[Problem]:
    """What is wrong with these words; `vocabularies` are those of the scenario's carriers, by name."""
    for term in terms:
        meant = {name: vocabulary for name, vocabulary in vocabularies.items() if term.carrier in (None, name)}
        sort = SORTS[term.sort]
        lacking = {name: vocabulary for name, vocabulary in meant.items() if not sort.knows(vocabulary, term.word.text)}
        if lacking:
            yield Problem(term.word.place, complaint(term, sort, lacking), remedy(term, sort, meant, lacking))


def complaint(term: Term, sort: Sort, lacking: Iterable[str]) -> str:
    """Which carriers do not know it."""
    return f"`{term.word.text}` is no {sort.called} of {' and '.join(lacking)}"


def remedy(term: Term, sort: Sort, meant: Mapping[str, Vocabulary], lacking: Mapping[str, Vocabulary]) -> str:
    """The nearest word; where it belongs, if some carriers know it; or the neutral words."""
    owns = [word for vocabulary in lacking.values() for word in sorted(sort.own(vocabulary)) if not word.isdigit()]
    common = [word for word in sort.neutral if all(sort.knows(vocabulary, word) for vocabulary in meant.values())]
    some = [name for name in meant if name not in lacking]
    if some:
        shared = f" All have: {', '.join(common)}." if common else ""
        return f"What only {' and '.join(some)} can do goes below `only:`.{shared}"
    close = nearest(term.word.text, (*common, *owns))
    known = (
        f"It can be: {', '.join(common)}, or a word of the carrier's own." if common else f"It has: {', '.join(owns)}."
    )
    return f"Did you mean `{close}`?" if close else known
