"""Limits on what was measured: `overrun.max < 200ms`. A threshold is a matcher over a metric's samples."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from voicecall_sim.scenario import units
from voicecall_sim.scenario.errors import suggestion
from voicecall_sim.scenario.units import Unfit

METRICS: Final[Mapping[str, str]] = {
    "first_audio": "from the answer to the first sound of the application",
    "turn": "from the end of what a person says to the first sound of the reply",
    "overrun": "how long the application is still heard after it was interrupted",
}
"""What can be measured, in µs."""

COMPARATORS: Final[Mapping[str, Callable[[float, float], bool]]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}

LIMIT: Final = re.compile(r"\s*(\w+)\s*\.\s*(\w+)\s*([<>]=?|\S+)\s*(\S+)\s*")
FORM: Final = "Write it like `turn.p95 < 1500ms`."


def percentile(percent: int) -> Callable[[Sequence[float]], float]:
    """The smallest sample that so many percent of all samples do not exceed (nearest rank)."""
    return lambda samples: sorted(samples)[-(-percent * len(samples) // 100) - 1]


AGGREGATES: Final[Mapping[str, Callable[[Sequence[float]], float]]] = {
    "min": min,
    "max": max,
    "mean": lambda samples: sum(samples) / len(samples),
    "p50": percentile(50),
    "p90": percentile(90),
    "p95": percentile(95),
    "p99": percentile(99),
}


@dataclass(frozen=True, slots=True)
class Threshold:
    """`metric.aggregate comparator limit`; the limit is in µs. Its `str` is how the scenario wrote it."""

    metric: str
    aggregate: str
    comparator: str
    limit: int
    written: str

    def difference(self, actual: Sequence[float] | None) -> Sequence[str]:
        """What is wrong with the samples (µs) of the metric; to have none is wrong."""
        if not actual:
            return [f"{self.metric} was never measured, wanted {self.written}"]
        value = AGGREGATES[self.aggregate](actual)
        if COMPARATORS[self.comparator](value, self.limit):
            return []
        return [f"{self.metric}.{self.aggregate} was {units.shown_duration(round(value))}, wanted {self.written}"]

    def matches(self, actual: Any) -> bool:
        """Whether the samples keep the limit."""
        return not self.difference(actual)

    def __str__(self) -> str:
        return self.written


def threshold_pattern() -> str:
    """A regular expression of what `threshold` reads, for the schema."""
    return rf"^\s*({'|'.join(METRICS)})\s*[.]\s*({'|'.join(AGGREGATES)})\s*[<>]=?\s*[0-9.]+\s*(us|ms|s|m|h|d)\s*$"


def threshold(text: str) -> Threshold:
    """The threshold that a text describes. Raises `Unfit`."""
    found = LIMIT.fullmatch(text)
    if found is None:
        raise Unfit(f"`{text}` is no limit on a metric", FORM)
    metric, aggregate, comparator, limit = found.groups()
    for word, known, what in (
        (metric, METRICS, "metric"),
        (aggregate, AGGREGATES, "aggregate"),
        (comparator, COMPARATORS, "comparison"),
    ):
        if word not in known:
            raise Unfit(f"`{word}` is no {what}", suggestion(word, known, "There are: {}.".format))
    return Threshold(metric, aggregate, comparator, units.duration(limit), text)
