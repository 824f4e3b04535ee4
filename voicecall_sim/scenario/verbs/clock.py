"""The passing of time."""

from __future__ import annotations

from typing import Final

from voicecall_sim.scenario.grammar.form import Family, Form
from voicecall_sim.scenario.grammar.words import DURATION
from voicecall_sim.scenario.plan import Waits

VERBS: Final[Family] = {"waits": Form(build=lambda said: Waits(said.value), value=DURATION)}
