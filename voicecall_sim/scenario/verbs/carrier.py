"""What the carrier does of its own accord."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from voicecall_sim.scenario.cast import Cast
from voicecall_sim.scenario.errors import Findings
from voicecall_sim.scenario.grammar.form import Family, Form
from voicecall_sim.scenario.grammar.shape import Key, Keyed, Schema
from voicecall_sim.scenario.grammar.words import TEXT, Data, plain_data
from voicecall_sim.scenario.nodes import Node, Pairs, Scalar, wrong
from voicecall_sim.scenario.plan import CarrierStep


@dataclass(frozen=True, slots=True)
class Refusals:
    """`{create call: 21211}`: which operation is refused, and with which of the carrier's codes."""

    def read(self, node: Node, cast: Cast) -> dict[str, Any]:
        """The codes by operation."""
        if not isinstance(node, Pairs) or not node.pairs:
            raise wrong(node, "which operation, and with which code?", "Write `refuses: {create call: 21211}`.")
        findings, codes = Findings(), {}
        for operation, code in node.pairs:
            with findings.gathering():
                codes[operation.text] = self.code(code)
        findings.settle()
        return codes

    def code(self, node: Node) -> int | str:
        """A code of the carrier's catalogue."""
        if isinstance(node, Scalar) and node.text:
            value: int | str = plain_data(node)
            return value
        raise wrong(node, "a code of the carrier's catalogue is wanted here", "Such as 21211, or an HTTP status.")

    def schema(self) -> Schema:
        """Codes by operation."""
        return {"type": "object", "additionalProperties": {"type": ["integer", "string"]}, "minProperties": 1}


ROUTES: Final = Keyed("`redirects`", {"webhook": Key(TEXT), "status": Key(TEXT), "fallback": Key(TEXT)})
"""Where the numbers of the account point, as in the carrier's console."""


def form(word: str, value: Any) -> Form:
    """A verb that passes what stands after it on to the carrier."""
    return Form(build=lambda said: CarrierStep(word, said.value), value=value)


VERBS: Final[Family] = {
    "refuses": form("refuses", Refusals()),
    "limits": form("limits", Data("what is limited")),
    "sends": form("sends", Data("what is sent")),
    "redirects": form("redirects", ROUTES),
}
