"""The one timer of all media."""

from __future__ import annotations

import asyncio

import pytest

from voicecall_sim.telephony.ticker import FRAME, Ticker
from voicecall_sim.world.clock import SECOND, LoopClock, Micros, VirtualClock, seconds
from voicecall_sim.world.world import World

YEAR = 365 * 86_400 * SECOND


@pytest.fixture
async def clock() -> LoopClock:
    return LoopClock(asyncio.get_running_loop())


async def test_everybody_is_called_in_order_on_the_grid(clock: LoopClock) -> None:
    ticker, calls = Ticker(clock), list[tuple[str, Micros]]()
    await asyncio.sleep(0.0051)
    one = ticker.add(lambda: calls.append(("one", clock.now())))
    await asyncio.sleep(0.02)
    two = ticker.add(lambda: calls.append(("two", clock.now())))
    await asyncio.sleep(0.02)
    one()
    await asyncio.sleep(0.02)
    two()
    two()
    assert calls == [("one", 20_000), ("one", 40_000), ("two", 40_000), ("two", 60_000)]
    assert ticker._timer is None


async def test_one_added_at_a_tick_waits_for_the_next(clock: LoopClock) -> None:
    ticker, calls = Ticker(clock), list[Micros]()
    await asyncio.sleep(0.04)
    ticker.add(lambda: calls.append(clock.now()))
    await asyncio.sleep(0.05)
    assert calls == [60_000, 80_000]


async def test_one_may_take_another_off_and_itself(clock: LoopClock) -> None:
    ticker, calls = Ticker(clock), list[str]()

    def first() -> None:
        calls.append("first")
        stop_first()
        stop_second()

    stop_first = ticker.add(first)
    stop_second = ticker.add(lambda: calls.append("second"))
    await asyncio.sleep(0.1)
    assert calls == ["first"]
    assert ticker._timer is None


def test_thirty_years_on_the_grid_holds() -> None:
    world = World()

    async def tick() -> list[Micros]:
        clock, ticks = VirtualClock(world.loop), list[Micros]()
        ticker = Ticker(clock)
        world.loop.skip(30 * YEAR + 7)
        stop = ticker.add(lambda: ticks.append(clock.now()))
        await asyncio.sleep(seconds(10_000 * FRAME))
        stop()
        return ticks

    ticks = world.run(tick())
    assert ticks == [30 * YEAR + (n + 1) * FRAME for n in range(10_000)]


async def test_late_ticks_are_left_out() -> None:
    class Late:
        """A clock that jumps, as a busy machine's does."""

        def __init__(self) -> None:
            self.instant = 0

        def now(self) -> Micros:
            return self.instant

    clock = Late()
    ticker, calls = Ticker(clock), list[Micros]()  # type: ignore[arg-type]
    ticker.add(lambda: calls.append(clock.instant))
    for clock.instant in (19_999, 51_000, 60_000):
        ticker._tick()
    assert calls == [19_999, 51_000, 60_000]
    assert ticker._due == 80_000
