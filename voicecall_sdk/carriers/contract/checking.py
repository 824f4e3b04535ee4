"""The rules of the contract, and how they are tried."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Final

from voicecall_sdk.carriers.carrier import Carrier
from voicecall_sdk.carriers.contract import commands, identity, signatures, streams, webhooks
from voicecall_sdk.carriers.contract.samples import Samples

RULES: Final[Mapping[str, Callable[[Carrier, Samples], Iterable[str]]]] = {
    "it has a name, a block of settings and a base URL": identity.named,
    "secrets stay where they belong": identity.discreet,
    "every command is carried out in one way or another": commands.expressed,
    "what is said, dialled and connected is really sent": commands.complete,
    "requests can be sent, and are the same each time": commands.sendable,
    "an answer is understood, or is a fault of the carrier": commands.answered,
    "a genuine webhook is believed, and known again": signatures.believed,
    "a webhook that was changed is not believed": signatures.suspicious,
    "hostile requests are forgeries, nothing worse": signatures.unshaken,
    "a genuine webhook is understood": webhooks.understood,
    "what makes no sense is called unintelligible": webhooks.unshaken,
    "a reply is the same each time, and well formed": webhooks.replied,
    "media streams are offered if they can be spoken": streams.offered,
    "a media stream is read and written": streams.spoken,
}
"""The rules by what they say; each gives what is wrong, nothing if all is well."""

SHOWN: Final = 5
"""Breaches of one rule that are written out."""


class ContractBroken(AssertionError):
    """A carrier does not keep the contract. `breaches` has all of them, by rule."""

    def __init__(self, name: str, breaches: Mapping[str, tuple[str, ...]]) -> None:
        super().__init__(
            f"the carrier {name!r} breaks its contract:" + "".join(map(_told, breaches, breaches.values()))
        )
        self.breaches = breaches


def _told(rule: str, found: tuple[str, ...]) -> str:
    more = [f"and {len(found) - SHOWN} more"] if len(found) > SHOWN else []
    return f"\n  {rule}" + "".join(f"\n    - {one}" for one in (*found[:SHOWN], *more))


def breaches(rule: str, carrier: Carrier, samples: Samples) -> tuple[str, ...]:
    """What is wrong with a carrier by one rule. An error that escapes it where none may is a breach, too."""
    found = list[str]()
    try:
        found.extend(RULES[rule](carrier, samples))
    except Exception as error:  # noqa: BLE001  whatever it is, it is told as a breach
        found.append(f"raises {error!r}")
    return tuple(found)


def check_carrier(carrier: Carrier, samples: Samples) -> None:
    """Try all rules. Raises `ContractBroken`, which names every breach of every rule."""
    found = {rule: breaches(rule, carrier, samples) for rule in RULES}
    broken = {rule: those for rule, those in found.items() if those}
    if broken:
        raise ContractBroken(carrier.name, broken)
