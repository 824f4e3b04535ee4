"""`docs/bugs.md`: every public bug has its row, whatever a row names exists, and scenarios cite them alike."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import pytest

from tests.house.test_defects import exists

BUGS: Final = 40
ROW: Final = re.compile(r"^\| *(\d+) *\|([^|]*)\|([^|]*)\|([^|]*)\|$", re.MULTILINE)


@pytest.fixture(scope="module")
def rows(root: Path) -> Sequence[tuple[int, str, list[str]]]:
    """Number, threads, and what shows it."""
    text = (root / "docs" / "bugs.md").read_text(encoding="utf-8")
    return [
        (int(number), told.strip(), re.findall(r"`([^`]+)`", shown)) for number, told, _, shown in ROW.findall(text)
    ]


def test_each_has_its_row(rows: Sequence[tuple[int, str, list[str]]]) -> None:
    assert [number for number, _, _ in rows] == list(range(1, BUGS + 1))


def test_each_is_told_of_somewhere_and_shown(rows: Sequence[tuple[int, str, list[str]]], root: Path) -> None:
    assert not [number for number, told, _ in rows if not re.match(r"[\w.-]+#\d+", told)]
    assert not [(number, shown) for number, _, shown in rows if not shown]
    assert not [(number, name) for number, _, shown in rows for name in shown if not exists(name, root)]


def test_a_scenario_that_cites_a_bug_is_in_its_row(
    rows: Sequence[tuple[int, str, list[str]]], scenarios: Sequence[Path], root: Path
) -> None:
    """The first thread of a row stands for it: the scenario that cites it first is named there."""
    whys = {
        file.relative_to(root / "scenarios").as_posix(): next(
            line for line in file.read_text(encoding="utf-8").splitlines() if line.startswith("why:")
        )
        for file in scenarios
    }
    for number, told, shown in rows:
        thread = told.split(",")[0]
        citing = {name for name, why in whys.items() if re.search(rf"\b{re.escape(thread)}\b", why)}
        assert not citing or citing & set(shown), f"{number}: {thread} is cited by {', '.join(sorted(citing))}"
