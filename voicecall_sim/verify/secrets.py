"""The signing secrets of the accounts that are verified: from options, else from the environment. Never shown."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from voicecall_sim.carriers import CARRIERS
from voicecall_sim.verify.cases import battery


class NoSecret(ValueError):
    """A secret is missing, or cannot be one; the message says what to do, and does not show it."""


def variable(carrier: str) -> str:
    """The environment variable of a carrier's signing secret: `ACME_AUTH_TOKEN`."""
    return f"{carrier}_{battery(carrier).secret}".upper().replace("-", "_")


def secret_of(carrier: str, given: Mapping[str, Iterable[str]], environment: Mapping[str, str]) -> str:
    """The secret of a carrier's account. `given` has the options by name; one may be meant for a carrier: NAME=VALUE.

    Raises `NoSecret`.
    """
    room = battery(carrier)
    told = [_meant(text) for text in given.get(room.secret, ())]
    own = [value for owner, value in told if owner == carrier] or [value for owner, value in told if owner is None]
    secret = own[-1] if own else environment.get(variable(carrier), "")
    if not secret:
        raise NoSecret(f"{carrier} signs with its {room.secret}: set {variable(carrier)}, or give --{room.secret}")
    try:
        room.check(secret)
    except ValueError as problem:
        raise NoSecret(f"the {room.secret} of {carrier} cannot be used: {problem}") from None
    return secret


def _meant(text: str) -> tuple[str | None, str]:
    owner, equals, value = text.partition("=")
    return (owner, value) if equals and owner in CARRIERS else (None, text)
