"""Who may call in: the policies over the numbers that may be on their list, and the routes of the numbers called."""

from __future__ import annotations

import pytest

from voicecall_sdk.call.policy import REJECTED_BUSY, REJECTED_BY_POLICY, admit, greeting_for, route_of
from voicecall_sdk.call.rules import InboundPolicy, Route, Rules

LISTED = "+15550005678"
LISTS = (InboundPolicy.ALLOWLIST, InboundPolicy.PAIRING)


@pytest.mark.parametrize(
    ("caller", "on_the_list"),
    [
        (LISTED, True),
        ("15550005678", True),
        ("+1 (555) 000-5678", True),
        ("+5550005678", False),
        ("+15559990000", False),
        ("+115550005678", False),
        ("5678", False),
        ("anonymous", False),
        ("", False),
    ],
)
@pytest.mark.parametrize("policy", InboundPolicy)
def test_who_is_welcome(policy: InboundPolicy, caller: str, on_the_list: bool) -> None:
    rules = Rules(inbound_policy=policy, allow_from=[LISTED])
    welcome = policy is InboundPolicy.OPEN or (policy in LISTS and on_the_list)
    assert admit(rules, caller, 0).rejection == (None if welcome else REJECTED_BY_POLICY)


@pytest.mark.parametrize(("live", "rejection"), [(0, None), (1, None), (2, REJECTED_BUSY), (3, REJECTED_BUSY)])
def test_one_more_than_fit_is_busy(live: int, rejection: str | None) -> None:
    rules = Rules(inbound_policy=InboundPolicy.OPEN, max_concurrent_calls=2)
    assert admit(rules, LISTED, live).rejection == rejection


def test_who_is_not_welcome_is_not_told_that_it_is_busy() -> None:
    assert admit(Rules(max_concurrent_calls=0), LISTED, 1).rejection == REJECTED_BY_POLICY


@pytest.mark.parametrize(
    ("dialled", "found"),
    [
        ("+15550001111", "+15550001111"),
        ("15550001111", "+15550001111"),
        ("+15550002222", "+1 555 000 2222"),
        ("+15550003333", None),
        ("anonymous", None),
    ],
)
def test_a_number_of_ours_has_its_route(dialled: str, found: str | None) -> None:
    routes = {"+15550001111": Route(greeting="Sales."), "+1 555 000 2222": Route(), "front desk": Route()}
    rules = Rules(routes=routes, greeting="Good day.")
    assert route_of(rules, dialled) == (found, routes.get(found or "", Route()))
    assert greeting_for(rules, dialled) == ("Sales." if found == "+15550001111" else "Good day.")
