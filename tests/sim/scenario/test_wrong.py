"""Wrong files, and exactly what their author reads: the table is `wrong.txt`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from voicecall_sim.scenario import check_text, render

TABLE = Path(__file__).with_name("wrong.txt")
FILE = Path("wrong.scenario.yaml")


def cases() -> Iterator[tuple[str, str, str]]:
    """Title, file and report of each case; `⏎` stands for the end of a last line that has none."""
    for case in TABLE.read_text(encoding="utf-8").split("\n=== ")[1:]:
        title, _, rest = case.partition("\n")
        text, _, report = f"\n{rest}".rpartition("\n---\n")
        yield title, f"{text}\n"[1:].removesuffix("⏎\n"), report.strip("\n")


CASES = list(cases())


@pytest.mark.parametrize(("text", "report"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_a_wrong_file_is_explained_with_remedies(text: str, report: str) -> None:
    problems = check_text(text, FILE, ["twilio"])
    assert render(problems) == report
    assert all(problem.remedy for problem in problems)


def test_the_table_is_read_whole() -> None:
    assert len(CASES) == TABLE.read_text(encoding="utf-8").count("\n=== ") >= 100
    assert len({title for title, _, _ in CASES}) == len(CASES)
