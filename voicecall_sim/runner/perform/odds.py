"""How often a fault strikes, and how late it makes things: what the options of a `net` step say."""

from __future__ import annotations

from typing import Final

from voicecall_sim.faults.fault import Span
from voicecall_sim.faults.rules import Odds
from voicecall_sim.runner.performance import Performance
from voicecall_sim.scenario.plan import NetStep

AT_ONCE: Final = Span()


def odds(performance: Performance, verb: NetStep) -> Odds:
    """How often: what is `next` once, or `count` times; what stands, as long as it stands."""
    left = verb.count if verb.count is not None else 1 if verb.which.startswith("next ") else None
    return Odds(draw=performance.draw(str(verb.options.get("seed", ""))), chance=verb.chance, left=left)


def span(verb: NetStep, otherwise: Span = AT_ONCE) -> Span:
    """The delay that `by` says."""
    return otherwise if verb.by is None else Span(at_least=verb.by[0], at_most=verb.by[1])
