"""Connection overrides: what the fragment of a webhook's URL says about timeouts and retries.

`https://host/path#rc=2&rp=5xx,ct&ct=2000&rt=4000&tt=10000` (Twilio docs, usage/webhooks/webhooks-connection-overrides).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, Final
from urllib.parse import parse_qsl

from voicecall_sim.carriers.twilio.debugger import Notice
from voicecall_sim.world.clock import MILLISECOND, Micros


class Trouble(StrEnum):
    """The kinds of failure that a retry policy names."""

    CONNECT = "ct"
    READ = "rt"
    CLIENT_ERROR = "4xx"
    SERVER_ERROR = "5xx"
    OTHER = "other"
    """None of these: never retried but under `all`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Overrides:
    """How one webhook is to be delivered. `total_given` tells whether the total was set in the URL."""

    connect: Micros = 5_000 * MILLISECOND
    read: Micros = 15_000 * MILLISECOND
    total: Micros = 15_000 * MILLISECOND
    total_given: bool = False
    retries: int = 1
    policy: tuple[str, ...] = (Trouble.CONNECT.value,)

    def retries_on(self, trouble: Trouble) -> bool:
        """Whether this failure may be tried again."""
        return "all" in self.policy or trouble.value in self.policy


def read_overrides(fragment: str) -> tuple[Overrides, tuple[Notice, ...]]:
    """What a fragment says, and what in it is wrong. A fragment that is none of Twilio's is no override."""
    overrides, notices = DEFAULTS, []
    if not fragment:
        return overrides, ()
    for key, value in parse_qsl(fragment, keep_blank_values=True):
        try:
            overrides = apply(overrides, key, value)
        except ValueError as problem:
            notices.append(Notice(11243, f"{key}={value}: {problem}"))
    return overrides, tuple(notices)


def apply(overrides: Overrides, key: str, value: str) -> Overrides:
    """One override laid over the others; `ValueError` for a value that cannot be."""
    if key == "rp":
        return replace(overrides, policy=policy(value))
    if key == "rc":
        return replace(overrides, retries=within(value, 0, 5))
    if key in TIMES:
        field, least, most = TIMES[key]
        changes: dict[str, Any] = {field: within(value, least, most) * MILLISECOND}
        return replace(overrides, total_given=overrides.total_given or key == "tt", **changes)
    # egress edges (e), server name indication (sni) and anything else change nothing here
    return overrides


def within(value: str, least: int, most: int) -> int:
    """A whole number within bounds."""
    if not value.isdecimal() or not least <= int(value) <= most:
        raise ValueError(f"must be {least} to {most}")
    return int(value)


def policy(value: str) -> tuple[str, ...]:
    """The failures that are tried again."""
    chosen = tuple(value.split(","))
    if not set(chosen) <= POLICIES:
        raise ValueError(f"must be some of {', '.join(sorted(POLICIES))}")
    return chosen


DEFAULTS: Final = Overrides()
POLICIES: Final = frozenset({"ct", "rt", "4xx", "5xx", "all"})
TIMES: Final[Mapping[str, tuple[str, int, int]]] = {
    "ct": ("connect", 100, 10_000),
    "rt": ("read", 100, 15_000),
    "tt": ("total", 100, 15_000),
}

FIDELITY: Final = (
    ("ct, rt, tt, rc, rp with their ranges and defaults", "webhooks-connection-overrides", "documented"),
    ("connection failures alone are retried by default, once", "webhooks-connection-overrides", "documented"),
    ("a value out of range is a 11243 and the default holds", "error dictionary 11243", "assumed"),
    ("edges (e) and sni change nothing", "there is one network here", "assumed"),
)
