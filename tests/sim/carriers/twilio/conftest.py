"""An account with one number, on a clock that stands still."""

from __future__ import annotations

import pytest

from tests.tools.paper_exchange import FROM, hand_surroundings
from voicecall_sim.carriers.twilio.account import Account
from voicecall_sim.world.surroundings import Surroundings


@pytest.fixture
def surroundings() -> Surroundings:
    return hand_surroundings()


@pytest.fixture
def account(surroundings: Surroundings) -> Account:
    account = Account(surroundings)
    account.acquire(FROM)
    return account
