"""The scenario language: YAML files into plans that the runner performs.

`find` finds files, `load` reads and checks one, `plans` multiplies it by carriers and matrix. `check_text` and `render`
are for linting, `explain` shows a subject's complaint about its configuration at its place, `schema` is for editors.
"""

from __future__ import annotations

from voicecall_sim.scenario.checking import check_text, explain
from voicecall_sim.scenario.errors import Problem, ScenarioError, render
from voicecall_sim.scenario.load import Document, find, load, plans, understand
from voicecall_sim.scenario.schema import schema

__all__ = [
    "Document",
    "Problem",
    "ScenarioError",
    "check_text",
    "explain",
    "find",
    "load",
    "plans",
    "render",
    "schema",
    "understand",
]
