"""The rows from which the documentation's ledger of fidelity is made."""

from __future__ import annotations

import importlib
import pkgutil

import pytest

from voicecall_sim.carriers import twilio

STANDINGS = {"captured", "documented", "executed", "live-tested", "reported", "reimplemented", "assumed"}
MODULES = [
    module
    for found in pkgutil.iter_modules(twilio.__path__)
    if hasattr(module := importlib.import_module(f"{twilio.__name__}.{found.name}"), "FIDELITY")
]


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.__name__.rpartition(".")[2])
def test_each_row_says_what_from_where_and_how_surely(module: object) -> None:
    rows: tuple[tuple[str, str, str], ...] = module.FIDELITY  # type: ignore[attr-defined]
    assert rows
    for behaviour, source, standing in rows:
        assert behaviour
        assert source
        assert standing in STANDINGS
    assert len({behaviour for behaviour, _, _ in rows}) == len(rows)


def test_the_rest_side_has_its_rows() -> None:
    names = {module.__name__.rpartition(".")[2] for module in MODULES}
    assert names >= {"rest", "rest_calls", "rest_recordings", "rest_numbers", "orders", "signature", "refusals"}
