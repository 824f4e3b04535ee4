"""Who may call in, and what a call that is let in begins with.

A caller id is not proof of identity: this screens, it does not authenticate. Only whole numbers are compared, by
their digits; a caller without digits (`anonymous`) is on no list.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, assert_never

from voicecall_sdk.call.rules import InboundPolicy, Route, Rules
from voicecall_sdk.values import digits_of

REJECTED_BY_POLICY: Final = "inbound-policy"
REJECTED_BUSY: Final = "max-concurrent-calls"


@dataclass(frozen=True, slots=True)
class Admission:
    """Whether a caller is let in; if not, why."""

    rejection: str | None = None


def admit(rules: Rules, caller: str, live_calls: int) -> Admission:
    """Judge a caller. `live_calls` is how many calls occupy the house already."""
    if not _welcome(rules, caller):
        return Admission(REJECTED_BY_POLICY)
    if live_calls >= rules.max_concurrent_calls:
        return Admission(REJECTED_BUSY)
    return Admission()


def _welcome(rules: Rules, caller: str) -> bool:
    match rules.inbound_policy:
        case InboundPolicy.OPEN:
            return True
        case InboundPolicy.ALLOWLIST | InboundPolicy.PAIRING:
            digits = digits_of(caller)
            return bool(digits) and any(digits == digits_of(allowed) for allowed in rules.allow_from)
        case InboundPolicy.DISABLED:
            return False
        case unknown:
            assert_never(unknown)


def route_of(rules: Rules, dialled: str) -> tuple[str | None, Route]:
    """The route for a number of ours that was called, with its key; an empty route if none is configured."""
    if dialled in rules.routes:
        return dialled, rules.routes[dialled]
    digits = digits_of(dialled)
    for number, route in rules.routes.items():
        if digits and digits_of(number) == digits:
            return number, route
    return None, Route()


def greeting_for(rules: Rules, dialled: str) -> str:
    """What we say first to whoever called that number."""
    _, route = route_of(rules, dialled)
    return route.greeting if route.greeting is not None else rules.greeting
