"""The rules of the contract, and how they are tried."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Final

from voicecall_sim.carriers.contract import account, calls, faults
from voicecall_sim.carriers.contract.customer import Customer
from voicecall_sim.carriers.emulator import Emulator

RULES: Final[Mapping[str, Callable[[Emulator, Customer], Iterable[str]]]] = {
    "its account is made of the seed": account.made_of_the_seed,
    "its secrets are in no journal": account.discreet,
    "strangers are refused": account.guarded,
    "requests without sense are refused": account.strict,
    "a call is placed, heard and hung up": calls.placed,
    "a call that nobody answers ends": calls.unanswered,
    "a caller is put through": calls.called,
    "nobody is left on the line": calls.abandoned,
    "faults of requests take hold": faults.requests,
    "refusals are told as such": faults.refusals,
    "faults of webhooks take hold": faults.webhooks,
    "webhooks are signed": faults.signatures,
    "two runs of one seed are one": faults.repeatable,
}
"""The rules by what they say; each gives what is wrong, nothing if all is well."""

SHOWN: Final = 5
"""Breaches of one rule that are written out."""


class ContractBroken(AssertionError):
    """An emulator does not keep the contract. `breaches` has all of them, by rule."""

    def __init__(self, name: str, breaches: Mapping[str, tuple[str, ...]]) -> None:
        super().__init__(
            f"the emulator {name!r} breaks its contract:" + "".join(map(_told, breaches, breaches.values()))
        )
        self.breaches = breaches


def _told(rule: str, found: tuple[str, ...]) -> str:
    more = [f"and {len(found) - SHOWN} more"] if len(found) > SHOWN else []
    return f"\n  {rule}" + "".join(f"\n    - {one}" for one in (*found[:SHOWN], *more))


def breaches(rule: str, emulator: Emulator, customer: Customer) -> tuple[str, ...]:
    """What is wrong with an emulator by one rule. An error that escapes it is a breach, too."""
    found = list[str]()
    try:
        found.extend(RULES[rule](emulator, customer))
    except Exception as error:  # noqa: BLE001  whatever it is, it is told as a breach
        found.append(f"raises {error!r}")
    return tuple(found)


def check_emulator(emulator: Emulator, customer: Customer) -> None:
    """Try all rules. Raises `ContractBroken`, which names every breach of every rule."""
    found = {rule: breaches(rule, emulator, customer) for rule in RULES}
    broken = {rule: those for rule, those in found.items() if those}
    if broken:
        raise ContractBroken(emulator.name, broken)
