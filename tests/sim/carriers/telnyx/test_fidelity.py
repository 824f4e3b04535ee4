"""The rows from which the documentation's ledger of fidelity is made."""

from __future__ import annotations

import importlib
import pkgutil

import pytest

from voicecall_sim.carriers import telnyx
from voicecall_sim.carriers.telnyx.refusals import CATALOGUE, Refused
from voicecall_sim.carriers.telnyx.states import ENDS, MOVES, LegState
from voicecall_sim.telephony.signals import Cause

STANDINGS = {"captured", "documented", "executed", "live-tested", "reported", "reimplemented", "assumed"}
MODULES = [
    module
    for found in pkgutil.iter_modules(telnyx.__path__)
    if hasattr(module := importlib.import_module(f"{telnyx.__name__}.{found.name}"), "FIDELITY")
]
CAUSES = {"call_rejected", "normal_clearing", "originator_cancel", "timeout", "time_limit", "user_busy", "not_found",
          "no_answer", "unspecified"}  # fmt: skip


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.__name__.rpartition(".")[2])
def test_each_row_says_what_from_where_and_how_surely(module: object) -> None:
    rows: tuple[tuple[str, str, str], ...] = module.FIDELITY  # type: ignore[attr-defined]
    assert rows
    for behaviour, source, standing in rows:
        assert behaviour
        assert source
        assert standing in STANDINGS
    assert len({behaviour for behaviour, _, _ in rows}) == len(rows)


@pytest.mark.parametrize("code", CATALOGUE)
def test_every_refusal_has_its_shape(code: str) -> None:
    (error,) = Refused(code).body()["errors"]
    assert error["code"] == code
    assert code.isdigit()
    assert error["title"]
    assert "{" not in error["detail"]
    assert ("meta" in error) is (code in {"10005", "10007", "10009", "10010"})


def test_a_refusal_that_does_not_exist_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="not in the catalogue"):
        Refused("1")


def test_every_end_is_told_in_declared_words() -> None:
    assert set(ENDS) == {(answered, cause) for answered in (True, False) for cause in Cause}
    assert {told.cause for told in ENDS.values()} <= CAUSES
    assert set(MOVES) == set(LegState)
