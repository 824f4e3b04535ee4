"""The verbs of the language, one file per family of actors. `VERBS` has them by actor; `person` is everybody else."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from voicecall_sim.scenario.grammar.form import Family
from voicecall_sim.scenario.verbs import agent, app, carrier, clock, expect, net, person, tunnel

VERBS: Final[Mapping[str, Family]] = {
    "person": person.VERBS,
    "app": app.VERBS,
    "agent": agent.VERBS,
    "net": net.VERBS,
    "carrier": carrier.VERBS,
    "tunnel": tunnel.VERBS,
    "clock": clock.VERBS,
    "expect": expect.VERBS,
}
ACTORS: Final = tuple(actor for actor in VERBS if actor != "person")
"""The actors that every scenario has; nobody else may be called so."""
