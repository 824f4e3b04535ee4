"""How problems are gathered, ordered and shown."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voicecall_sim.scenario.errors import (
    LONGEST,
    Findings,
    Problem,
    ScenarioError,
    nearest,
    no_such_place,
    padding,
    render,
    suggestion,
)
from voicecall_sim.scenario.place import Place

FILE = Path("a.scenario.yaml")


def place(line: int = 3, column: int = 5, excerpt: str = "  - anna: {haers: x}", width: int = 4) -> Place:
    return Place(FILE, line, column, excerpt, width)


def test_a_problem_shows_place_line_caret_and_remedy() -> None:
    assert str(Problem(place(), "what is wrong", "What to do.")) == (
        "a.scenario.yaml:3:5: what is wrong\n    3 |   - anna: {haers: x}\n      |     ^^^^\n      = What to do."
    )


def test_a_warning_says_so() -> None:
    assert str(Problem(place(), "odd", warning=True)).startswith("a.scenario.yaml:3:5: warning: odd\n")


def test_a_problem_with_a_file_as_a_whole_has_no_line() -> None:
    assert str(Problem(no_such_place(FILE), "cannot be read", "Look.")) == "a.scenario.yaml: cannot be read\n  = Look."


def test_an_error_has_its_problems_once_and_in_the_order_of_the_file() -> None:
    first, second = Problem(place(line=2), "one"), Problem(place(line=10), "two")
    error = ScenarioError([second, first, second])
    assert error.problems == (first, second)
    assert str(error) == render([first, second])


def test_findings_gather_and_raise_together() -> None:
    findings = Findings()
    with findings.gathering():
        raise ScenarioError([Problem(place(), "one")])
    findings.add(place(line=9), "two")
    with pytest.raises(ScenarioError) as caught:
        findings.settle()
    assert [problem.message for problem in caught.value.problems] == ["one", "two"]


def test_findings_keep_only_what_is_about_scenarios() -> None:
    with pytest.raises(KeyError), Findings().gathering():
        raise KeyError


def test_nothing_found_raises_nothing() -> None:
    Findings().settle()


@given(st.text(st.characters(exclude_categories=["Cc", "Cs"]), max_size=400), st.integers(1, 400), st.integers(1, 400))
def test_any_place_can_be_shown(excerpt: str, column: int, width: int) -> None:
    head, line, caret = render([Problem(Place(FILE, 1, min(column, len(excerpt) + 1), excerpt, width), "x")]).split(
        "\n"
    )
    assert head.endswith(": x")
    assert len(line) <= LONGEST + len("    1 | ") + 1
    assert caret.strip(" \t").startswith("| ")
    assert "^" in caret


def test_a_long_line_is_cut_around_the_caret() -> None:
    line = "a" * 150 + "HERE" + "b" * 150
    shown = render([Problem(Place(FILE, 1, 151, line, 4), "x")]).split("\n")
    assert shown[1][shown[2].index("^") :][:4] == "HERE"
    assert shown[1].endswith("…")
    assert "…" in shown[1][:10]


def test_signs_that_would_confuse_a_terminal_are_not_shown() -> None:
    assert "\x1b" not in render([Problem(Place(FILE, 1, 1, "\x1b[31m"), "x")])


@pytest.mark.parametrize(
    ("before", "blank"), [("ab", "  "), ("\ta", "\t "), ("日本", "    "), ("e\u0301", " "), ("", "")]
)
def test_padding_is_as_wide_as_the_text(before: str, blank: str) -> None:
    assert padding(before) == blank


@pytest.mark.parametrize(
    ("word", "meant"),
    [
        ("haers", "hears"),
        ("HEARS", "hears"),
        ("hangup", "hangs up"),
        ("hangs-up", "hangs up"),
        ("answer", "answers"),
        ("pre", "presses"),
        ("xyzzy", None),
        ("", None),
    ],
)
def test_the_nearest_word(word: str, meant: str | None) -> None:
    assert nearest(word, ["hears", "hears nothing", "hangs up", "answers", "presses"]) == meant


def test_a_suggestion_names_the_nearest_or_all() -> None:
    assert suggestion("haers", ["hears", "says"]) == "Did you mean `hears`?"
    assert suggestion("xyzzy", ["hears", "says"], "There are {}.".format) == "There are hears, says."
    assert suggestion("xyzzy", []) == ""
