"""What the carrier does of its own accord, and what happens to tunnels."""

from __future__ import annotations

from collections.abc import Mapping

from voicecall_sim.faults.rest import Refused
from voicecall_sim.faults.rules import Odds, RestAim, RestRule
from voicecall_sim.runner.performance import Performance
from voicecall_sim.scenario.plan import CarrierStep, Step, TunnelStep


async def change(performance: Performance, step: Step, verb: CarrierStep) -> None:
    """`refuses: {create call: 21211}`: every such request from now on, until another code or `none` takes its place."""
    if verb.what != "refuses" or not isinstance(verb.value, Mapping):
        raise performance.fail(
            step,
            f"no carrier {verb.what} yet",
            cause="A refusal can be scripted: `carrier: {refuses: {create call: 21211}}`.",
        )
    for operation, code in verb.value.items():
        refuse(performance, str(operation), code)


def refuse(performance: Performance, operation: str, code: int | str) -> None:
    """One operation is refused with this code, or (`none`) is not any more."""
    interferer = performance.stage.interferer
    interferer.exchanges = [
        rule
        for rule in interferer.exchanges
        if not (isinstance(rule.fault, Refused) and rule.aim.operation == operation)
    ]
    if code != "none":
        odds = Odds(draw=performance.draw("refusal"))
        interferer.add(RestRule(RestAim(operation=operation), Refused(code), odds))


async def tunnel(performance: Performance, step: Step, verb: TunnelStep) -> None:
    """Tunnels are not emulated yet; a scenario that has one is told so at its beginning."""
    raise performance.fail(step, "there is no tunnel in this world", cause="Tunnels are not emulated yet.")
