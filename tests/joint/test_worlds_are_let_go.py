"""A finished world is let go of: nothing of the process keeps it, and a long tour needs no more memory than a short."""

from __future__ import annotations

import gc
import logging
import weakref
from collections.abc import Iterator, Sequence
from typing import Final

import pytest

from tests.joint.bundled import bundled
from voicecall_sim.runner.run import Run
from voicecall_sim.scenario.plan import Plan
from voicecall_sim.subjects import factory

CHOSEN: Final = (
    "conversation/two_turns",
    "agent/talks",
    "outcomes/busy",
    "callbacks/lost_create_reply",
    "inbound/greeted_once",
)
"""Both directions, with and without an agent, faults, a call that never comes about. No crash: what it froze stays."""

SLACK: Final = 100
"""Objects that a run may leave in caches that have an end: keys seen for the first time, compiled patterns."""


@pytest.fixture(autouse=True)
def _unheard() -> Iterator[None]:
    """pytest keeps log records, with the exceptions in them, and those their frames."""
    logging.disable()
    yield
    logging.disable(logging.NOTSET)


@pytest.fixture(autouse=True)
def _alone(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """What there was before the test, which is much, is not looked through; worlds would have it looked at again."""
    gc.freeze()
    with monkeypatch.context() as patch:
        patch.setattr(gc, "freeze", lambda: None)
        patch.setattr(gc, "unfreeze", lambda: None)
        yield
    gc.unfreeze()


def chosen(name: str) -> Plan:
    return bundled(f"{name}.scenario.yaml")[0]


def run(plan: Plan) -> Sequence[weakref.ref[object]]:
    """A plan performed, and what shows whether its world is still there."""
    done = Run(plan, factory("sdk"), seed=plan.seed)
    done.perform()
    assert done.failures == []
    stage = done.stage
    assert stage is not None
    return [
        weakref.ref(part) for part in (done.world, done.world.loop, stage, stage.carrier, stage.phone, stage.subject)
    ]


@pytest.mark.parametrize("name", CHOSEN)
def test_nothing_keeps_a_world_that_is_over(name: str) -> None:
    parts = run(chosen(name))
    gc.collect()
    assert [part() for part in parts] == [None] * len(parts)


def test_a_tour_of_many_runs_needs_no_more_memory_than_a_short_one() -> None:
    tour = [chosen(name) for name in CHOSEN]
    counts = []
    for _ in range(4):
        for plan in tour:
            run(plan)
        gc.collect()
        counts.append(len(gc.get_objects()))
    assert counts[-1] - counts[1] < SLACK, counts
