"""Conditions: what can be looked at, at any moment, until it is as expected. Each tells what is different."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from voicecall_sim.runner.book import Record
from voicecall_sim.runner.performance import Performance
from voicecall_sim.scenario.plan import Expected
from voicecall_sim.scenario.records import Unchanged

Condition = Callable[[Performance, Expected], Sequence[str]]

NOTHING_STORED: Final = ("nothing is stored about the call",)


def state(performance: Performance, expected: Expected) -> Sequence[str]:
    """The state in the application's record of the call."""
    record = performance.book.record(expected.call)
    return NOTHING_STORED if record is None else expected.what.difference(record.get("state"))


def stored(performance: Performance, expected: Expected) -> Sequence[str]:
    """The application's durable record of the call; with `unchanged` everything that it has stored."""
    if isinstance(expected.what, Unchanged):
        return expected.what.difference((performance.stored, flat(performance.stage.subject.records())))
    record = performance.book.record(expected.call)
    return NOTHING_STORED if record is None else expected.what.difference(record)


def transcript(performance: Performance, expected: Expected) -> Sequence[str]:
    """The transcript in the application's record."""
    record = performance.book.record(expected.call)
    return expected.what.difference(record.get("transcript", ()) if record is not None else ())


def metric(performance: Performance, expected: Expected) -> Sequence[str]:
    """A limit on what was measured so far, in µs."""
    name = getattr(expected.what, "metric", "")
    return expected.what.difference(performance.stage.gauges.meter.taken().get(name, ()))


CONDITIONS: Final[Mapping[str, Condition]] = {
    "state": state,
    "stored": stored,
    "transcript": transcript,
    "metric": metric,
}


def flat(records: Sequence[Record]) -> Mapping[str, Any]:
    """All records as one map, so that they can be compared key by key."""
    return {f"{record.get('callId')}.{key}": value for record in records for key, value in record.items()}
