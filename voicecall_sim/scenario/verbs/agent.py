"""The scripted brain: what changes about it in the course of a scenario."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from voicecall_sim.scenario.cast import Cast
from voicecall_sim.scenario.grammar.calling import CALLING, check_calling
from voicecall_sim.scenario.grammar.form import Family, Form, Said
from voicecall_sim.scenario.grammar.matcher import CAUGHT
from voicecall_sim.scenario.grammar.shape import Key, Schema
from voicecall_sim.scenario.grammar.words import DURATION, TEXT, WHOLE
from voicecall_sim.scenario.matching import Anything
from voicecall_sim.scenario.nodes import Node, Scalar, wrong
from voicecall_sim.scenario.plan import AgentStep, ReplyPlan, Verb


@dataclass(frozen=True, slots=True)
class HowOften:
    """How many times from now on, or `always`; 0 ends it."""

    def read(self, node: Node, cast: Cast) -> int | Literal["always"]:
        """The number of times."""
        if isinstance(node, Scalar) and node.text == "always":
            return "always"
        times = WHOLE.read(node, cast)
        if times < 0:
            raise wrong(node, f"`{times}` is less than none", "A number of times, or `always`.")
        return times

    def schema(self) -> Schema:
        """A count or `always`."""
        return {"anyOf": [WHOLE.schema(), {"const": "always"}]}


def change(said: Said) -> Verb:
    """Only a scripted brain can be changed."""
    if not said.cast.scripted_brain:
        remedy = "Write `agent: []` at top level for a brain without pairs."
        raise wrong(said.verb, "there is no scripted brain in this scenario", remedy)
    return AgentStep(said.verb.text, value_of(said))


def value_of(said: Said) -> object:
    """What the step changes: a pair, a span, or how often (once, if nothing is said)."""
    if said.verb.text == "replies":
        check_calling(said.verb, said.values)
        return ReplyPlan(
            place=said.place,
            hears=said.get("hears", Anything("anything")),
            replies=said.value,
            calls=said.get("calls"),
            then=said.get("then", ""),
        )
    return said.value if said.value is not None else 1


VERBS: Final[Family] = {
    "slow": Form(build=change, value=DURATION),
    "fails": Form(build=change, value=HowOften(), optional=True),
    "replies": Form(build=change, value=TEXT, options={"hears": Key(CAUGHT), **CALLING}),
}
