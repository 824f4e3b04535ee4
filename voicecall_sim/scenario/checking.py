"""Checking without running: everything wrong with a text, and a subject's complaints shown at their places."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Final

from voicecall_sim.scenario.errors import Problem, ScenarioError
from voicecall_sim.scenario.load import plans, understand
from voicecall_sim.scenario.place import Place
from voicecall_sim.scenario.plan import Plan

INDEX: Final = re.compile(r"\[(\d+)\]")


def check_text(text: str, file: Path, carriers: Collection[str] = ()) -> tuple[Problem, ...]:
    """Everything wrong with the text of a scenario, warnings included; nothing is raised.

    `file` is where it claims to be from, and where `use` counts from; `carriers` are those emulated here.
    """
    try:
        document = understand(text, file)
        plans(document, carriers)
    except ScenarioError as error:
        return error.problems
    return document.warnings


def explain(plan: Plan, path: str, message: str, hint: str = "") -> ScenarioError:
    """What a subject says about its configuration, at the place in the file: `path` as `outbound.defaultMode`.

    What the file does not say (a missing key, a default) is shown at the next block around it.
    """
    return ScenarioError([Problem(place_of(plan, path), f"{path}: {message}" if path else message, hint)])


def place_of(plan: Plan, path: str) -> Place:
    """The place of a path below `app:`, of what is around it if the file does not have it, else of the file."""
    return next((plan.where[way] for way in upwards(path) if way in plan.where), plan.place)


def upwards(path: str) -> Iterator[str]:
    """`app.a.b.c`, `app.a.b`, `app.a`, `app`; list items as `allowFrom[0]` or `allowFrom.0`."""
    way = ".".join(part for part in ("app", INDEX.sub(r".\1", path).strip(".")) if part)
    while way:
        yield way
        way = way.rpartition(".")[0]
