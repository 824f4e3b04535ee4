"""`docs/defects.md`: every defect of the predecessor has its row, and whatever a row names exists."""

from __future__ import annotations

import ast
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

import pytest

DEFECTS: Final = 78
"""So many are listed in the predecessor's reference, section 16."""

PARTS: Final = frozenset(
    {
        "the Gateway's wire",
        "a list of destinations",
    }
)
"""What rows may wait for."""

ROW: Final = re.compile(r"^\| *(\d+) *\|(.*)\|$", re.MULTILINE)
NAMED: Final = re.compile(r"`([^`]+)`")
CITED: Final = re.compile(r"predecessor's defects? ((?:\d+|, | and )+)")


@dataclass(frozen=True, slots=True)
class Row:
    """One defect: what it is, what is so instead, what shows that, and what it waits for."""

    number: int
    versions: str
    defect: str
    ours: str
    shown_by: Sequence[str]
    waits_for: Sequence[str]


def rows(text: str) -> Sequence[Row]:
    """The rows of the tables, in their order."""
    found = []
    for number, rest in ROW.findall(text):
        versions, defect, ours, shown, waits = (cell.strip() for cell in rest.split("|"))
        names = NAMED.findall(shown)
        assert ", ".join(f"`{name}`" for name in names) == shown, f"row {number}: {shown!r}"
        found.append(Row(int(number), versions, defect, ours, names, [part for part in waits.split(", ") if part]))
    return found


@pytest.fixture(scope="module")
def table(root: Path) -> Sequence[Row]:
    """The rows of the document."""
    return rows((root / "docs" / "defects.md").read_text(encoding="utf-8"))


@cache
def found_in(file: Path) -> frozenset[str]:
    """The names of a file's tests."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    functions = (node for node in tree.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))
    return frozenset(node.name for node in functions if node.name.startswith("test_"))


def exists(name: str, root: Path) -> bool:
    """Whether there is such a scenario or test."""
    if name.endswith(".scenario.yaml"):
        return (root / "scenarios" / name).is_file()
    file, _, test = name.partition("::")
    return (root / file).is_file() and test in found_in(root / file)


def test_each_has_its_row(table: Sequence[Row]) -> None:
    assert [row.number for row in table] == list(range(1, DEFECTS + 1))


def test_each_is_told_whole(table: Sequence[Row]) -> None:
    assert not [row.number for row in table if row.versions not in ("S", "N", "S/N") or len(row.defect) < 10]
    assert not [row.number for row in table if bool(row.ours) is not bool(row.shown_by)]


def test_each_is_shown_or_waits_for_something(table: Sequence[Row]) -> None:
    assert not [row.number for row in table if not (row.shown_by or row.waits_for)]
    assert not [row.number for row in table if not PARTS.issuperset(row.waits_for)]


def test_what_is_named_exists(table: Sequence[Row], root: Path) -> None:
    assert not [(row.number, name) for row in table for name in row.shown_by if not exists(name, root)]


def test_no_part_is_waited_for_by_nobody(table: Sequence[Row]) -> None:
    assert {part for row in table for part in row.waits_for} == PARTS


@pytest.mark.parametrize(
    ("name", "there"),
    [
        ("inbound/refused.scenario.yaml", True),
        ("inbound/refuse.scenario.yaml", False),
        ("inbound", False),
        ("tests/house/test_defects.py::test_each_has_its_row", True),
        ("tests/house/test_defects.py::test_each", False),
        ("tests/house/test_defects.py::found_in", False),
        ("tests/house/test_defects.py", False),
        ("tests/house/test_nothing.py::test_each_has_its_row", False),
    ],
)
def test_what_does_not_exist_is_noticed(name: str, there: bool, root: Path) -> None:
    assert exists(name, root) is there


def test_rows_are_read() -> None:
    text = (
        "| # | in |\n|---|---|\n| 7 | S/N | it rang | for 20 s | `a.scenario.yaml`, `b.py::test_c` | Telnyx, Plivo |\n"
    )
    assert rows(text) == [
        Row(7, "S/N", "it rang", "for 20 s", ["a.scenario.yaml", "b.py::test_c"], ["Telnyx", "Plivo"])
    ]


def test_a_scenario_that_cites_a_defect_is_in_its_row(
    table: Sequence[Row], scenarios: Sequence[Path], root: Path
) -> None:
    """What a scenario says it is there for is what the table says."""
    missing = []
    for file in scenarios:
        why = next(line for line in file.read_text(encoding="utf-8").splitlines() if line.startswith("why:"))
        cited = [number for found in CITED.findall(why) for number in re.findall(r"\d+", found)]
        name = file.relative_to(root / "scenarios").as_posix()
        missing += [(int(number), name) for number in cited if name not in table[int(number) - 1].shown_by]
    assert not missing
