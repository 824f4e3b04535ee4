"""What a pair of the scripted brain calls: a function with its arguments, and what is said when its output has come."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from voicecall_sim.scenario.cast import Cast
from voicecall_sim.scenario.grammar.shape import Key, Schema
from voicecall_sim.scenario.grammar.words import TEXT, Data
from voicecall_sim.scenario.nodes import Node, Pairs, Scalar, wrong
from voicecall_sim.scenario.plan import ToolPlan

ARGUMENTS: Final = Data("what a function is given")
EXAMPLE: Final = "Such as `calls: {end_call: {}}`."


@dataclass(frozen=True, slots=True)
class Function:
    """`{end_call: {}}`: one function by its name, its arguments as a map; `end_call` alone has none."""

    def read(self, node: Node, cast: Cast) -> ToolPlan:
        """The call."""
        if isinstance(node, Scalar) and node.text:
            return ToolPlan(name=node.text)
        if not isinstance(node, Pairs) or len(node.pairs) != 1:
            raise wrong(node, "one function is called at a time", EXAMPLE)
        ((name, given),) = node.pairs
        nothing = isinstance(given, Scalar) and given.empty
        return ToolPlan(name=name.text, arguments={} if nothing else ARGUMENTS.read(given, cast))

    def schema(self) -> Schema:
        """A name, or a map with one."""
        arguments = {"anyOf": [{"type": "object"}, {"type": "null"}]}
        one = {"type": "object", "additionalProperties": arguments, "minProperties": 1, "maxProperties": 1}
        return {"anyOf": [one, {"type": "string"}]}


CALLING: Final[Mapping[str, Key]] = {"calls": Key(Function()), "then": Key(TEXT)}


def check_calling(node: Node, values: Mapping[str, Any]) -> None:
    """What is said `then` follows a call. Raises `ScenarioError`."""
    if "then" in values and "calls" not in values:
        raise wrong(node, "`then` follows the output of a function, and none is called", EXAMPLE)
