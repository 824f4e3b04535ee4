"""People on the line in virtual time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from voicecall_sim.telephony.network import PhoneNetwork
from voicecall_sim.world.chance import Chance
from voicecall_sim.world.clock import LoopClock
from voicecall_sim.world.journal import Journal
from voicecall_sim.world.surroundings import Surroundings
from voicecall_sim.world.world import World

from .stage import Stage


def pytest_asyncio_loop_factories(config: Any, item: Any) -> Mapping[str, Callable[[], asyncio.AbstractEventLoop]]:
    return {"virtual": lambda: World().loop}


@pytest.fixture
async def surroundings() -> Surroundings:
    clock = LoopClock(asyncio.get_running_loop())
    return Surroundings(clock=clock, chance=Chance(0), journal=Journal(clock))


@pytest.fixture
def network(surroundings: Surroundings) -> PhoneNetwork:
    return PhoneNetwork(surroundings)


@pytest.fixture
def stage(network: PhoneNetwork) -> Stage:
    return Stage(network)
