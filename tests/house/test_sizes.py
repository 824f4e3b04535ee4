"""One idea a file: nothing that has to be scrolled through."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import pytest

LONGEST: Final = 400
OBSCURE: Final = frozenset({"utils", "util", "helpers", "helper", "common", "misc", "base", "manager"})


def test_no_file_is_longer_than_400_lines(modules: Sequence[Path], root: Path) -> None:
    others = [file for folder in ("tests", "benchmarks") for file in (root / folder).rglob("*.py")]
    lengths = {file.relative_to(root).as_posix(): len(lines(file)) for file in (*modules, *others)}
    assert not {file: length for file, length in lengths.items() if length > LONGEST}


def lines(file: Path) -> Sequence[str]:
    return file.read_text(encoding="utf-8").splitlines()


def test_files_are_named_by_the_thing_they_hold(modules: Sequence[Path]) -> None:
    assert not [file for file in modules if file.stem in OBSCURE]


@pytest.mark.parametrize(("file", "most"), [("conftest.py", 30), ("ARCHITECTURE.md", 120)])
def test_what_should_fit_on_a_page_does(root: Path, file: str, most: int) -> None:
    assert len(lines(root / file)) < most
