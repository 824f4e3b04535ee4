"""What happens to the tunnel between the carrier and the application."""

from __future__ import annotations

from typing import Final

from voicecall_sim.scenario.grammar.form import Family, Form, Said
from voicecall_sim.scenario.grammar.shape import Choice
from voicecall_sim.scenario.grammar.words import TEXT
from voicecall_sim.scenario.nodes import wrong
from voicecall_sim.scenario.plan import TunnelStep, Verb
from voicecall_sim.tunnels.kinds import KINDS, NONE
from voicecall_sim.tunnels.tunnel import TROUBLES

TUNNELS: Final = (NONE, *KINDS)


def event(said: Said) -> Verb:
    """Something can only happen to a tunnel that is there."""
    if said.cast.tunnel == NONE:
        raise wrong(said.verb, "there is no tunnel in this scenario", "Write `tunnel: ngrok-free` at top level.")
    return TunnelStep(said.verb.text, said.value)


VERBS: Final[Family] = {
    "restarts": Form(build=event),
    "changes url": Form(build=event, value=TEXT, optional=True),
    "shows interstitial": Form(build=event),
    "dies": Form(build=event),
    "fails": Form(build=event, value=Choice("a trouble of its program", {word: word for word in TROUBLES})),
}
