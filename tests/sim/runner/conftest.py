"""Scenarios run against the fake application."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from voicecall_sim.carriers import CARRIERS
from voicecall_sim.runner.events import Outcome
from voicecall_sim.runner.tour import Options, perform
from voicecall_sim.scenario.load import plans, understand
from voicecall_sim.scenario.plan import Plan

from .fake_app import FakeApp

HEAD = "voicecall: 1\nname: Somebody calls\nwhy: Because.\ncarriers: [twilio]\n"
ANNA = "people: {anna: {phone: +15550005678, answers: {after: 1s}}}\n"

Write = Callable[..., list[Plan]]
Play = Callable[..., Outcome]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Plans of a scenario; what is not said of the head and of Anna is added."""

    def written(text: str, *, people: str = ANNA) -> list[Plan]:
        whole = textwrap.dedent(text)
        head = HEAD if "voicecall:" not in whole else ""
        return plans(understand(head + people + whole, tmp_path / "calls.scenario.yaml"), CARRIERS)

    return written


@pytest.fixture
def play(write: Write) -> Play:
    """The outcome of a scenario of one plan."""

    def played(text: str, *, people: str = ANNA, options: Options | None = None) -> Outcome:
        (plan,) = write(text, people=people)
        return perform(plan, FakeApp, options or Options())

    return played


def titles(outcome: Outcome) -> Sequence[str]:
    return [failure.title for failure in outcome.failures]


def rules(outcome: Outcome) -> Sequence[str | None]:
    return [failure.rule for failure in outcome.failures]
