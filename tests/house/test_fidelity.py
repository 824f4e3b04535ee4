"""The fidelity ledger in the documents is the one that the code makes."""

from __future__ import annotations

from pathlib import Path

import pytest

from voicecall_sim.carriers import CARRIERS
from voicecall_sim.carriers.ledger import SERVICES, TUNNELS, entries, markdown

STANDINGS = {"documented", "captured", "executed", "reported", "reimplemented", "live-tested", "assumed"}


def test_the_page_is_up_to_date(root: Path) -> None:
    page = (root / "docs" / "fidelity.md").read_text(encoding="utf-8")
    assert page == markdown(), "make it again: voicecall-sim fidelity > docs/fidelity.md"


@pytest.mark.parametrize(
    ("name", "least"), [*((carrier, 50) for carrier in CARRIERS), *zip(SERVICES, (50, 10), strict=True), (TUNNELS, 30)]
)
def test_every_row_says_how_surely(name: str, least: int) -> None:
    found = entries(name)
    assert len(found) > least
    assert {entry.standing for entry in found} <= STANDINGS
    assert [entry for entry in found if not entry.behaviour or not entry.source] == []
