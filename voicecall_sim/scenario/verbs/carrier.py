"""What the carrier does of its own accord."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from voicecall_sim.carriers.vocabulary import REASONS
from voicecall_sim.scenario.cast import Cast
from voicecall_sim.scenario.errors import Findings
from voicecall_sim.scenario.grammar.form import Family, Form
from voicecall_sim.scenario.grammar.shape import Key, Keyed, Schema
from voicecall_sim.scenario.grammar.words import TEXT, plain_data
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


@dataclass(frozen=True, slots=True)
class Limits:
    """`{requests: 3}`: what the account may do from now on, in the carrier's own terms."""

    def read(self, node: Node, cast: Cast) -> dict[str, int | bool]:
        """Numbers and switches by name."""
        if not isinstance(node, Pairs) or not node.pairs:
            raise wrong(node, "what is limited, and to how much?", "Such as `limits: {requests: 3}`.")
        findings, limits = Findings(), {}
        for name, value in node.pairs:
            with findings.gathering():
                cast.term("limit", name)
                limits[name.text] = self.value(value)
        findings.settle()
        return limits

    def value(self, node: Node) -> int | bool:
        """A whole number from 0 on, or a switch."""
        value = plain_data(node)
        if isinstance(value, int) and value >= 0:
            return value
        raise wrong(
            node, "a whole number from 0 on is wanted here, or true or false", "Such as `limits: {requests: 3}`."
        )

    def schema(self) -> Schema:
        """Numbers and switches by name."""
        values = {"anyOf": [{"type": "integer", "minimum": 0}, {"type": "boolean"}]}
        return {"type": "object", "additionalProperties": values, "minProperties": 1}


ROUTES: Final = Keyed("`redirects`", {"webhook": Key(TEXT), "status": Key(TEXT), "fallback": Key(TEXT)})
"""Where the numbers of the account point, as in the carrier's console."""


def form(word: str, value: Any) -> Form:
    """A verb that passes what stands after it on to the carrier."""
    return Form(build=lambda said: CarrierStep(word, said.value), value=value)


VERBS: Final[Family] = {
    "refuses": form("refuses", Refusals()),
    "limits": form("limits", Limits()),
    "redirects": form("redirects", ROUTES),
}
