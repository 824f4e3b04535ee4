"""What changes about the scripted brain."""

from __future__ import annotations

import sys
from typing import Final

from voicecall_sim.runner.performance import Performance
from voicecall_sim.runner.vendors import pair
from voicecall_sim.scenario.plan import AgentStep, Step

ALWAYS: Final = sys.maxsize
"""As often as it is asked."""


async def change(performance: Performance, step: Step, verb: AgentStep) -> None:
    """From now on it is slow, fails, or has another pair, which goes before the others."""
    brain = performance.stage.brain
    match verb.what:
        case "slow":
            brain.slowness = verb.value
        case "fails":
            brain.failures = ALWAYS if verb.value == "always" else verb.value
        case "replies":
            brain.pairs.insert(0, pair(verb.value))
        case _:
            raise performance.fail(step, f"the agent knows no `{verb.what}`", cause="It is slow, fails or replies.")
