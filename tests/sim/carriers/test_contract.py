"""Every emulated carrier keeps the contract, and each of its rules finds the emulator that does not."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import pytest

from tests.sim.carriers.customers import CUSTOMERS
from tests.tincan.customer import TincanCustomer
from tests.tincan.sim import calls, rest
from tests.tincan.sim import emulator as tincan
from tests.tincan.sim.calls import LiveCall
from tests.tincan.sim.carrier import TincanCarrier
from tests.tincan.sim.post import Post
from voicecall_sim.carriers import CARRIERS
from voicecall_sim.carriers.contract import RULES, ContractBroken, breaches, check_emulator
from voicecall_sim.carriers.emulator import NoInterference, Outgoing
from voicecall_sim.telephony.signals import Cause

Patch = Callable[[pytest.MonkeyPatch], None]


def test_there_is_a_customer_of_every_carrier() -> None:
    assert set(CUSTOMERS) == set(CARRIERS)


@pytest.mark.parametrize("name", CARRIERS)
def test_an_emulator_keeps_the_contract(name: str) -> None:
    check_emulator(CARRIERS[name], CUSTOMERS[name])


def patched(where: type | Any, name: str, instead: Any) -> Patch:
    return lambda patch: patch.setattr(where, name, instead)


def route(operation: str, instead: Callable[..., Any]) -> Patch:
    """Another doer of a REST operation."""
    changed = {shape: (name, instead if name == operation else doer) for shape, (name, doer) in rest.ROUTES.items()}
    return patched(rest, "ROUTES", changed)


def silent(self: LiveCall, text: str) -> Any:
    return self.wait(0)


def unsigned(self: Post, hook: Outgoing) -> Outgoing:
    return replace(hook, body=json.dumps(dict(hook.params)).encode())


def untold(self: Post, kind: str, url: str, said: Mapping[str, str]) -> None:
    """Nothing is told."""


def deaf(patch: pytest.MonkeyPatch) -> None:
    """Faults do not take hold: the carrier goes by others that it has for itself."""
    nothing = property(lambda self: NoInterference(), lambda self, wanted: None)
    patch.setattr(TincanCarrier, "interference", nothing, raising=False)


def forgetful(patch: pytest.MonkeyPatch) -> None:
    """A secret that the journal is not told of when the account is made."""
    made: list[object] = []

    def secrets(self: TincanCarrier) -> Mapping[str, str]:
        made.append(self)
        return {} if made.count(self) == 1 else {"direction": "outbound"}

    patch.setattr(TincanCarrier, "secrets", secrets)


def restless(patch: pytest.MonkeyPatch) -> None:
    """Identifiers that no seed decides."""
    made: list[int] = []
    ours = TincanCarrier._registered

    def registered(self: TincanCarrier, direction: str, from_: str, to: str) -> Any:
        made.append(len(made))
        call = ours(self, direction, from_, f"{to}")
        call.carrier_id = f"tc-{len(made)}"
        return call

    patch.setattr(TincanCarrier, "_registered", registered)


BROKEN: Mapping[str, Mapping[str, Patch]] = {
    "its account is made of the seed": {
        "always one": patched(TincanCarrier, "settings", lambda self: {"apiKey": "k", "secret": "s"}),
        "capitals": patched(TincanCarrier, "name", "TinCan"),
    },
    "its secrets are in no journal": {
        "a secret that is not named in time": forgetful,
    },
    "strangers are refused": {
        "no key is asked for": patched(
            rest, "_answer", lambda carrier, request, asked, fields: asked[1](carrier, asked[2], fields or {})
        ),
    },
    "requests without sense are refused": {
        "an error": route("create call", lambda carrier, call, fields: (500, {})),
        "anything goes": patched(rest, "REFUSALS", dict.fromkeys(rest.REFUSALS, (200, {}))),
    },
    "a call is placed, heard and hung up": {
        "nothing is said": patched(calls, "PERFORMERS", {**calls.PERFORMERS, "say": silent}),
        "not hung up": route("end call", lambda carrier, call, fields: (200, {})),
        "unjournaled": patched(rest, "_write", lambda *given: None),
        "never placed": route("create call", lambda carrier, call, fields: (201, {"call": "tc-1"})),
    },
    "a call that nobody answers ends": {
        "no limit": patched(TincanCarrier, "_expire", lambda self, name, call, cause: None),
        "untold": patched(Post, "tell", untold),
    },
    "a caller is put through": {
        "turned away": patched(TincanCarrier, "offered", lambda self, end: end.hang_up(Cause.REJECTED)),
    },
    "nobody is left on the line": {"kept": patched(TincanCarrier, "stop", lambda self: self._post.close())},
    "faults of requests take hold": {"deaf": deaf},
    "refusals are told as such": {
        "deaf": deaf,
        "all alike": patched(rest, "REFUSALS", dict.fromkeys(rest.REFUSALS, (418, {}))),
    },
    "faults of webhooks take hold": {"deaf": deaf},
    "webhooks are signed": {"unsigned": patched(Post, "sign", unsigned)},
    "two runs of one seed are one": {"restless": restless},
}
"""What breaks Tin Can's emulator, by the rule that must say so."""


def test_every_rule_is_tried() -> None:
    assert set(BROKEN) == set(RULES)


def test_tin_can_keeps_the_contract() -> None:
    check_emulator(tincan, TincanCustomer())


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(("rule", "what"), [(rule, what) for rule, cases in BROKEN.items() for what in cases])
def test_a_rule_finds_the_emulator_that_breaks_it(rule: str, what: str, monkeypatch: pytest.MonkeyPatch) -> None:
    BROKEN[rule][what](monkeypatch)
    assert breaches(rule, tincan, TincanCustomer())


def test_all_breaches_are_told_together(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Post, "sign", unsigned)
    monkeypatch.setattr(TincanCarrier, "name", "TinCan")
    with pytest.raises(ContractBroken) as caught:
        check_emulator(tincan, TincanCustomer())
    assert {"webhooks are signed", "its account is made of the seed"} <= set(caught.value.breaches)
    assert "a webhook has no header that could vouch for it" in str(caught.value)
