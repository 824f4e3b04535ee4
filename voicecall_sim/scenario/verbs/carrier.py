"""What the carrier does of its own accord."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from voicecall_sim.carriers.vocabulary import REASONS
from voicecall_sim.scenario.cast import Cast
from voicecall_sim.scenario.errors import Findings
from voicecall_sim.scenario.grammar.form import Family, Form
from voicecall_sim.scenario.grammar.shape import Key, Keyed, Schema
from voicecall_sim.scenario.grammar.words import TEXT, Data, plain_data
from voicecall_sim.scenario.nodes import Node, Pairs, Scalar, wrong
from voicecall_sim.scenario.plan import CarrierStep


@dataclass(frozen=True, slots=True)
class Refusals:
    """`{create call: invalid number}`: which operation is refused, and why: a reason, or one of the carrier's codes."""

    def read(self, node: Node, cast: Cast) -> dict[str, Any]:
        """The reasons by operation."""
        if not isinstance(node, Pairs) or not node.pairs:
            raise wrong(node, "which operation, and why?", "Write `refuses: {create call: invalid number}`.")
        findings, reasons = Findings(), {}
        for operation, reason in node.pairs:
            with findings.gathering():
                cast.term("operation", operation)
                reasons[operation.text] = self.reason(reason, cast)
        findings.settle()
        return reasons

    def reason(self, node: Node, cast: Cast) -> int | str:
        """A reason, or a code of the carrier's catalogue."""
        if isinstance(node, Scalar) and node.text:
            cast.term("refusal", node)
            value: int | str = plain_data(node)
            return value
        raise wrong(node, "a reason is wanted here", f"Such as {', '.join(REASONS[:3])}, or a code of the carrier's.")

    def schema(self) -> Schema:
        """Reasons by operation."""
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
