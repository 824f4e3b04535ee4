"""What the carrier does of its own accord."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from voicecall_sim.faults.rest import Refused
from voicecall_sim.faults.rules import Odds, RestAim, RestRule
from voicecall_sim.runner.performance import Performance
from voicecall_sim.scenario.plan import CarrierStep, Step


async def change(performance: Performance, step: Step, verb: CarrierStep) -> None:
    """A refusal, another route, other terms."""
    try:
        CHANGES[verb.what](performance, verb.value)
    except ValueError as impossible:
        raise performance.fail(step, str(impossible)) from None


def refuses(performance: Performance, reasons: Mapping[str, int | str]) -> None:
    """`refuses: {create call: invalid number}`: the next such request is refused for that reason, or with that code of
    the carrier's catalogue.
    """
    vocabulary = performance.stage.vocabulary
    for operation, reason in reasons.items():
        if not vocabulary.knows_refusal(reason) or not vocabulary.knows_operation(operation):
            carrier = performance.stage.carrier.name
            raise ValueError(
                f"{carrier} cannot refuse `{operation}` with `{reason}`: it has {sorted(vocabulary.refusals)}"
            )
        odds = Odds(draw=performance.draw("refusal"), left=1)
        performance.stage.interferer.add(RestRule(RestAim(operation=operation), Refused(reason), odds))


def redirects(performance: Performance, urls: Mapping[str, str]) -> None:
    """`redirects: {webhook: , status: , fallback: }`: where the numbers of the account point, as in its console."""
    stage = performance.stage
    webhook = urls.get("webhook", stage.public_url)
    stage.carrier.route_inbound(webhook, urls.get("status", stage.status_url), urls.get("fallback"))


def limits(performance: Performance, terms: Mapping[str, int | bool]) -> None:
    """`limits: {requests: 3}`: what the account may do from now on."""
    for name, value in terms.items():
        performance.stage.carrier.limit(name, value)


CHANGES: Final[Mapping[str, Callable[[Performance, Any], None]]] = {
    "refuses": refuses,
    "redirects": redirects,
    "limits": limits,
}
