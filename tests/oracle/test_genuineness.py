"""The judge of what carriers sign (`genuineness`) does judge: it is shown runs as they were, and altered."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import pytest

from tests.joint.bundled import bundled
from tests.oracle.genuineness import VALIDATORS, genuine, judge
from voicecall_sim.carriers import CARRIERS
from voicecall_sim.carriers.emulator import Outgoing
from voicecall_sim.runner.run import Run
from voicecall_sim.subjects import factory
from voicecall_sim.world.journal import Entry

LIFE: Final = "notify/heard_to_its_end.scenario.yaml"

Alter = Callable[[Outgoing], Outgoing]


@dataclass
class Shown:
    """What the judge reads of a carrier."""

    name: str
    sent: Sequence[Outgoing]
    account: Mapping[str, Any]

    def settings(self) -> Mapping[str, Any]:
        return self.account


@pytest.fixture(scope="module", params=CARRIERS)
def life(request: pytest.FixtureRequest) -> tuple[Shown, Sequence[Entry]]:
    """A call's webhooks, and the journal."""
    plan = next(plan for plan in bundled(LIFE) if plan.carrier == request.param)
    done = Run(plan, factory("sdk"), plan.seed)
    done.perform()
    assert done.stage is not None
    carrier = done.stage.carrier
    return Shown(carrier.name, tuple(carrier.sent), carrier.settings()), tuple(done.world.journal)


def test_every_carrier_has_a_validator() -> None:
    assert set(VALIDATORS) == set(CARRIERS)


def test_what_was_signed_is_accepted(life: tuple[Shown, Sequence[Entry]]) -> None:
    shown, journal = life
    assert len(shown.sent) > 1
    judge(shown, journal)  # type: ignore[arg-type]


ALTERED: Final[Mapping[str, Alter]] = {
    "signature": lambda hook: replace(hook, headers=tuple((name, value[::-1]) for name, value in hook.headers)),
    "nothing signed": lambda hook: replace(hook, headers=()),
    "everything": lambda hook: replace(
        hook,
        url=hook.url + "/x",
        signed_url=hook.signed_url + "/x",
        params=(*hook.params, ("X", "1")),
        body=hook.body + b"x",
    ),
}


@pytest.mark.parametrize("alter", ALTERED)
def test_what_was_not_signed_is_refused(life: tuple[Shown, Sequence[Entry]], alter: str) -> None:
    shown, journal = life
    altered = replace(shown, sent=[*shown.sent[:-1], ALTERED[alter](shown.sent[-1])])
    with pytest.raises(AssertionError, match="is not genuine"):
        judge(altered, journal)  # type: ignore[arg-type]


def test_a_validator_that_believes_anything_is_noticed(
    life: tuple[Shown, Sequence[Entry]], monkeypatch: pytest.MonkeyPatch
) -> None:
    shown, journal = life
    trusting = [(lambda message, settings: True, tamperings) for _, tamperings in VALIDATORS[shown.name]]
    monkeypatch.setitem(VALIDATORS, shown.name, trusting)  # type: ignore[arg-type]
    with pytest.raises(AssertionError, match="is genuine with another"):
        judge(shown, journal)  # type: ignore[arg-type]


def test_what_was_answered_but_is_not_there_is_missed(life: tuple[Shown, Sequence[Entry]]) -> None:
    shown, journal = life
    with pytest.raises(AssertionError, match="was not judged"):
        judge(replace(shown, sent=shown.sent[1:]), journal)  # type: ignore[arg-type]


def test_scenarios_that_forge_are_left_out_and_others_are_not() -> None:
    assert not any(map(genuine, bundled("signatures/forged_end.scenario.yaml")))
    assert all(map(genuine, bundled(LIFE)))
