"""AI services in a plan: whether its world has them, and what its scripted brain knows."""

from __future__ import annotations

from typing import Final

from voicecall_sim.scenario import plan as script
from voicecall_sim.scenario.plan import Plan, ReplyPlan
from voicecall_sim.services.brain import Pair, ToolCall

SPOKEN: Final = ("streaming", "realtime", "tts", "stt")
"""The blocks of an application's configuration by which it may speak or listen through AI services."""


def serves(plan: Plan) -> bool:
    """Whether there are AI services in the world of a plan: it has an agent, or its application may speak or listen."""
    lives = [step.verb.config for step in plan.steps if isinstance(step.verb, script.AppLife)]
    return plan.agent is not None or any(word in config for config in (plan.app, *lives) for word in SPOKEN)


def pair(reply: ReplyPlan) -> Pair:
    """A pair of the scripted brain."""
    return Pair(
        matches=lambda text: not reply.hears.difference(text),
        written=str(reply.hears),
        replies=reply.replies,
        after=reply.after,
        calls=None if reply.calls is None else ToolCall(reply.calls.name, reply.calls.arguments),
        then=reply.then,
    )
