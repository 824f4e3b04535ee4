"""The bundled scenarios: each is understood, says why it is there, and is the only one of its name."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import pytest

from voicecall_sim.carriers import CARRIERS
from voicecall_sim.runner.selection import checked_by
from voicecall_sim.scenario.load import Document, load, plans
from voicecall_sim.subjects import factory

LEAST = 30


@pytest.fixture(scope="module")
def read(scenarios: Sequence[Path]) -> Sequence[Document]:
    """The bundled scenarios, read once."""
    return [load(file) for file in scenarios]


def test_there_are_enough_of_them(scenarios: Sequence[Path]) -> None:
    assert len(scenarios) >= LEAST


def test_every_file_below_scenarios_is_one(scenarios: Sequence[Path], root: Path) -> None:
    assert set((root / "scenarios").rglob("*.y*ml")) == set(scenarios)


def test_each_is_understood_without_a_warning(read: Sequence[Document]) -> None:
    check = checked_by(factory("sdk"))
    for document in read:
        assert not document.warnings
        for plan in plans(document, CARRIERS):
            check(plan)


def test_each_says_why_it_is_there(read: Sequence[Document]) -> None:
    assert not [document.name for document in read if len(document.why) < 20]


def test_each_has_a_name_of_its_own(read: Sequence[Document]) -> None:
    names = Counter(document.name for document in read)
    assert not [name for name, count in names.items() if count > 1]
