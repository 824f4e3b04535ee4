"""A subject's complaints at their places."""

from __future__ import annotations

import pytest

from voicecall_sim.scenario import explain

from .reading import plan, scenario

PLAN = plan(
    scenario(top="app:\n  inboundPolcy: open\n  outbound: {defaultMode: talk}\n  allowFrom: [+15550005678, nobody]\n")
)


def test_a_complaint_is_shown_where_it_belongs() -> None:
    assert str(explain(PLAN, "outbound.defaultMode", "`talk` is not a mode", "Did you mean `conversation`?")) == (
        "some.scenario.yaml:7:14: outbound.defaultMode: `talk` is not a mode\n"
        "    7 |   outbound: {defaultMode: talk}\n"
        "      |              ^^^^^^^^^^^^^^^^^\n"
        "      = Did you mean `conversation`?"
    )


@pytest.mark.parametrize(
    ("path", "line", "column"),
    [
        ("inboundPolcy", 6, 3),
        ("allowFrom.1", 8, 29),
        ("allowFrom[1]", 8, 29),
        ("outbound", 7, 3),
        ("outbound.notifyHangupDelaySec", 7, 3),
        ("twilio.authToken", 6, 3),
        ("", 6, 3),
    ],
)
def test_what_the_file_does_not_say_is_shown_at_the_block_around_it(path: str, line: int, column: int) -> None:
    (problem,) = explain(PLAN, path, "no").problems
    assert (problem.place.line, problem.place.column) == (line, column)


def test_without_configuration_the_file_is_the_place() -> None:
    (problem,) = explain(plan(scenario()), "fromNumber", "is missing").problems
    assert str(problem.place) == "some.scenario.yaml:1:1"
