"""Scenarios as tests write them: only what matters, the rest is laid around it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from voicecall_sim.scenario import Document, Problem, check_text, plans, understand
from voicecall_sim.scenario.plan import Plan, Step

FILE = Path("some.scenario.yaml")
HEAD = "voicecall: 1\nname: Some\nwhy: To see.\ncarriers: [twilio]\n"
PEOPLE = "people:\n  anna: {phone: +15550005678}\n  bert: {phone: +15550005679}\n"
BOTH = "  - anna: {calls: app}\n  - bert: {calls: app}\n"


def scenario(*lines: str, top: str = "", people: str = PEOPLE) -> str:
    """A scenario with these steps after both people have called."""
    return f"{HEAD}{top}{people}steps:\n{BOTH if people == PEOPLE else ''}" + "".join(f"  - {line}\n" for line in lines)


def steps(*lines: str, top: str = "", people: str = PEOPLE) -> tuple[Step, ...]:
    """These steps, read."""
    found = plan(scenario(*lines, top=top, people=people)).steps
    return found[2:] if people == PEOPLE else found


def verb(line: str, top: str = "") -> Any:
    """The verb of this step."""
    (step,) = steps(line, top=top)
    return step.verb


def document(text: str) -> Document:
    """The text, understood."""
    return understand(text, FILE)


def plan(text: str, **chosen: Any) -> Plan:
    """The first plan of the text."""
    return plans(document(text), ["twilio"], **chosen)[0]


def problems(text: str) -> tuple[Problem, ...]:
    """What is wrong with the text."""
    return check_text(text, FILE, ["twilio"])


def messages(text: str) -> list[str]:
    """The messages of what is wrong."""
    return [problem.message for problem in problems(text)]
