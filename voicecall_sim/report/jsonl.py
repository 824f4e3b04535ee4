"""Everything that a run tells, as JSON lines: its events, and the journal of each scenario before its end."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, TextIO

from voicecall_sim.runner.events import Failure, Outcome, PlanBegan, PlanEnded, RunEvent, TourBegan, TourEnded
from voicecall_sim.scenario.plan import Plan
from voicecall_sim.world.journal import Entry


class JsonlReport:
    """A reporter that writes each event as it comes. Keys are sorted; instants and durations are in microseconds.

    Two runs of one seed differ in `real` and in `evidence` alone.
    """

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._out: TextIO = path.open("w", encoding="utf-8")

    def __call__(self, event: RunEvent) -> None:
        """Write an event; the file is complete and closed with the last one."""
        for line in lines(event):
            self._out.write(json.dumps(line, sort_keys=True, ensure_ascii=False, default=plain_value) + "\n")
        self._out.flush()
        if isinstance(event, TourEnded):
            self.close()

    def close(self) -> None:
        """Close the file, also when the run is broken off. Harmless when it is over."""
        self._out.close()


def lines(event: RunEvent) -> Iterator[Mapping[str, Any]]:
    """The objects that an event is written as."""
    match event:
        case TourBegan(plans):
            yield {"event": "tour began", "plans": [plan.id for plan in plans]}
        case PlanBegan(plan):
            yield {"event": "plan began"} | plan_facts(plan)
        case PlanEnded(outcome):
            yield from (entry_facts(outcome.plan, entry) for entry in outcome.journal)
            yield {"event": "plan ended"} | outcome_facts(outcome)
        case TourEnded(outcomes, simulated, real):
            counts = {outcome.plan.id: outcome.verdict.value for outcome in outcomes}
            yield {"event": "tour ended", "verdicts": counts, "simulated": simulated, "real": real}


def plan_facts(plan: Plan) -> dict[str, Any]:
    """What identifies a plan."""
    return {
        "plan": plan.id,
        "name": plan.name,
        "why": plan.why,
        "place": str(plan.place),
        "carrier": plan.carrier,
        "cell": dict(plan.cell),
        "seed": plan.seed,
        "tags": sorted(plan.tags),
    }


def entry_facts(plan: Plan, entry: Entry) -> dict[str, Any]:
    """One journal entry."""
    return {
        "event": "entry",
        "plan": plan.id,
        "index": entry.index,
        "at": entry.at,
        "who": entry.who,
        "kind": entry.kind,
        "data": entry.data,
        "evidence": dict(entry.evidence),
    }


def outcome_facts(outcome: Outcome) -> dict[str, Any]:
    """How a plan ended."""
    return {
        "plan": outcome.plan.id,
        "verdict": outcome.verdict.value,
        "reason": outcome.reason,
        "failures": [failure_facts(failure) for failure in outcome.failures],
        "simulated": outcome.simulated,
        "real": outcome.real,
        "calls": outcome.calls,
        "metrics": outcome.metrics,
        "again": outcome.again,
    }


def failure_facts(failure: Failure) -> dict[str, Any]:
    """Why it failed; `nearest` are indexes of journal entries."""
    return {
        "title": failure.title,
        "place": None if failure.place is None else str(failure.place),
        "expected": failure.expected,
        "differences": list(failure.differences),
        "nearest": [entry.index for entry in failure.nearest],
        "cause": failure.cause,
        "source": failure.source,
        "at": failure.at,
        "rule": failure.rule,
        "traceback": failure.traceback,
    }


def plain_value(value: Any) -> Any:
    """What JSON has no form for: bytes as text, mappings and sequences of other kinds as the usual ones."""
    match value:
        case bytes():
            return value.decode("utf-8", "backslashreplace")
        case Mapping():
            return dict(value)
        case set() | frozenset():
            return sorted(value)
        case _:
            return str(value)
