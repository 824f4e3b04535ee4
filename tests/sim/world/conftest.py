"""The two worlds: in memory on virtual time, and on loopback sockets."""

from __future__ import annotations

import asyncio
from typing import Final

import pytest

from voicecall_sim.world.world import World

from .ends import Body, Play

PATIENCE: Final = 5


@pytest.fixture(params=["virtual", pytest.param("loopback", marks=pytest.mark.loopback)])
def play(request: pytest.FixtureRequest) -> Play:
    """Runs a body in one of the two worlds."""

    async def patient(body: Body) -> None:
        async with asyncio.timeout(PATIENCE):
            await body()

    def run(body: Body) -> None:
        if request.param == "virtual":
            World().run(patient(body))
        else:
            asyncio.run(patient(body))

    return run
