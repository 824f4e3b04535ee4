"""Connection settings in the fragment of a URL: `#ct=2000&rt=3000&rc=2&rp=all`. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final
from urllib.parse import parse_qsl

from voicecall_sim.world.clock import MILLISECOND, Micros


class Trouble(StrEnum):
    """What `rp` calls the ways in which a request fails."""

    CLIENT_ERROR = "4xx"
    SERVER_ERROR = "5xx"
    CONNECT = "ct"
    READ = "rt"
    OTHER = "other"
    """Retried under `all` only."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Overrides:
    """How long to wait, and what is tried again. Durations in µs."""

    connect: Micros = 2_000 * MILLISECOND
    read: Micros = 40_000 * MILLISECOND
    total: Micros = 55_000 * MILLISECOND
    retries: int = 1
    policy: frozenset[str] = frozenset({"ct", "rt"})

    def retries_on(self, trouble: Trouble) -> bool:
        """Whether the policy covers it."""
        return "all" in self.policy or trouble.value in self.policy


DEFAULTS: Final = Overrides()
UNSETTABLE: Final = DEFAULTS
"""What callbacks that take no settings go by."""

DURATIONS: Final = {"ct": ("connect", 10_000), "rt": ("read", 40_000), "tt": ("total", 55_000)}
SHORTEST: Final = 100
MOST_RETRIES: Final = 5
POLICIES: Final = frozenset({"4xx", "5xx", "ct", "rt", "all"})


def read_overrides(fragment: str) -> Overrides:
    """The settings in a fragment; what is unknown or out of its range stays as by default."""
    overrides = DEFAULTS
    for name, value in parse_qsl(fragment):
        overrides = with_setting(overrides, name, value)
    return overrides


def with_setting(overrides: Overrides, name: str, value: str) -> Overrides:
    """One setting applied."""
    if name == "rp" and (wanted := frozenset(value.split(","))) <= POLICIES:
        return replace(overrides, policy=wanted)
    if not value.isdecimal():
        return overrides
    number = int(value)
    if name == "rc" and number <= MOST_RETRIES:
        return replace(overrides, retries=number)
    if name in DURATIONS and SHORTEST <= number <= DURATIONS[name][1]:
        span = number * MILLISECOND
        match name:
            case "ct":
                return replace(overrides, connect=span)
            case "rt":
                return replace(overrides, read=span)
            case _:
                return replace(overrides, total=span)
    return overrides


FIDELITY: Final = (
    (
        "ct, rt, tt, rc and rp with their ranges and defaults",
        "docs voice/concepts/callback-configurations",
        "documented",
    ),
    ("by default only time-outs are retried, once; an HTTP 500 is not", "callback-configurations", "documented"),
    ("a value out of its range leaves the default", "nothing published", "assumed"),
    ("er, the edge region, changes nothing here", "our choice", "assumed"),
)
