"""The bundled scenarios, selected and performed in this process."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from voicecall_sim.runner.events import Outcome, Reporter
from voicecall_sim.runner.selection import Selection, checked_by, select
from voicecall_sim.runner.tour import Options, tour
from voicecall_sim.scenario.plan import Plan
from voicecall_sim.subjects import factory

ROOT: Final = Path(__file__).resolve().parents[2]


def bundled(*paths: str, words: str = "") -> list[Plan]:
    """The plans of the bundled scenarios at or below these paths of `scenarios/`; all without."""
    wanted = [str(ROOT / "scenarios" / path) for path in paths or ("",)]
    plans, _ = select(Selection(paths=wanted, words=words), checked_by(factory("sdk")))
    return plans


def performed(
    plans: Sequence[Plan], *reporters: Reporter, seed: int | None = None, fail_fast: bool = False
) -> Sequence[Outcome]:
    """Perform them against the SDK."""
    return tour(plans, factory("sdk"), reporters, Options(seed=seed, fail_fast=fail_fast))


def red(outcomes: Sequence[Outcome]) -> list[str]:
    """The ids of those that are not well, with the first reason."""
    bad = [outcome for outcome in outcomes if not outcome.verdict.good]
    return [f"{outcome.plan.id}: {outcome.failures[0].title if outcome.failures else ''}" for outcome in bad]
