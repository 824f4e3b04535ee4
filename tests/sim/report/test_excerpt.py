from __future__ import annotations

from pathlib import Path

from voicecall_sim.report.excerpt import excerpt
from voicecall_sim.scenario.plan import Place


def test_the_lines_around_a_step_come_from_the_file(tmp_path: Path) -> None:
    file = tmp_path / "a.yaml"
    file.write_text("one\ntwo\nthree\n  - four:\n      five\nsix\nseven\n")
    shown = excerpt(Place(file, 4, 5), "- four:\n    five")
    assert shown == [
        ("    2 | two", False),
        ("    3 | three", False),
        ("    4 |   - four:", True),
        ("      |     ^", True),
        ("    5 |       five", True),
        ("    6 | six", False),
    ]


def test_the_edges_of_the_file_are_no_obstacle(tmp_path: Path) -> None:
    file = tmp_path / "a.yaml"
    file.write_text("one\n")
    assert excerpt(Place(file, 1, 1), "") == [("    1 | one", True), ("      | ^", True)]


def test_without_a_file_the_source_is_shown() -> None:
    shown = excerpt(Place(Path("no such file"), 7, 3), "- anna: calls\n  more")
    assert shown == [("    7 | - anna: calls", True), ("      |   ^", True), ("    8 |   more", True)]
