"""Runs that do not come to an end say who waits for what, and where."""

from __future__ import annotations

import asyncio
import re
import signal
import threading
from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from voicecall_sim.world import watchdog
from voicecall_sim.world.clock import SECOND
from voicecall_sim.world.errors import Deadlock, HorizonPassed, Misused, Stuck, WatchdogBarked
from voicecall_sim.world.loop import VirtualLoop
from voicecall_sim.world.testing import run_in_world, virtual_world
from voicecall_sim.world.waiting import waiting
from voicecall_sim.world.world import World


async def wait_for_nothing() -> None:
    await asyncio.Event().wait()


async def tick() -> None:
    while True:  # noqa: ASYNC110 - a timer that never ends
        await asyncio.sleep(1)


def test_a_deadlock_names_every_task_its_host_and_what_it_awaits() -> None:
    async def awaiting_a_task(task: asyncio.Task[None]) -> None:
        await task

    async def awaiting_a_future() -> None:
        await asyncio.get_running_loop().create_future()

    async def main(world: World) -> None:
        app = world.host("app")
        first = app.start(wait_for_nothing(), name="first")
        app.start(awaiting_a_task(first), name="second")
        world.host("carrier").start(awaiting_a_future(), name="third")
        world.host("carrier").start(asyncio.Queue[int]().get(), name="fourth")
        await asyncio.Lock().acquire()
        await asyncio.gather(first)

    with pytest.raises(Deadlock) as caught:
        run_in_world(main)
    rows = {line.split()[1]: re.split(r"  +", line) for line in str(caught.value).splitlines()[1:]}
    here = r"tests/sim/world/test_stuck\.py:\d+ "
    assert rows["first"][0] == "app"
    assert re.fullmatch(here + "wait_for_nothing", rows["first"][2])
    assert rows["first"][3] == "Event.wait"
    assert re.fullmatch(here + r".*awaiting_a_task", rows["second"][2])
    assert rows["second"][3] == "task first"
    assert rows["third"][0] == "carrier"
    assert rows["third"][3] == "Future"
    assert rows["fourth"][3] == "Queue.get"
    assert "world" in {row[0] for row in rows.values()}
    assert caught.value.table in str(caught.value)


def test_a_deadlock_is_found_at_once_in_virtual_and_real_time() -> None:
    async def main(world: World) -> None:
        await asyncio.sleep(3600)
        await wait_for_nothing()

    with pytest.raises(Deadlock), virtual_world() as world:
        world.run(main(world))
    assert world.clock.now() == 3600 * SECOND


def test_tasks_waiting_through_generators_and_sleeping_are_described() -> None:
    async def main(world: World) -> str:
        task = asyncio.create_task(tick(), name="ticker")
        new = asyncio.create_task(tick(), name="new")
        rows = {row.task: row for row in waiting(world.loop, [world.host("app"), world._ground])}
        assert rows["ticker"].awaits == "nothing: it is ready to run"
        await asyncio.sleep(0.5)
        rows = {row.task: row for row in waiting(world.loop, [world.host("app"), world._ground])}
        assert "tick" in rows["ticker"].where
        task.cancel()
        new.cancel()
        return rows["ticker"].awaits

    assert run_in_world(main) == "sleep(1)"


def test_what_a_hang_leaves_is_still_cancelled_and_closed() -> None:
    ended: list[str] = []

    async def careful() -> None:
        try:
            await wait_for_nothing()
        finally:
            await asyncio.sleep(1)
            ended.append("careful")

    async def main(world: World) -> None:
        world.host("app").start(careful())
        await wait_for_nothing()

    with virtual_world() as world, pytest.raises(Deadlock):
        world.run(main(world))
    assert ended == ["careful"]
    assert world.loop.is_closed()


async def stubborn() -> None:
    while True:
        try:
            await wait_for_nothing()
        except asyncio.CancelledError:
            continue


async def stubborn_and_busy() -> None:
    while True:
        try:
            await asyncio.sleep(1)
        except asyncio.CancelledError:
            continue


@pytest.mark.parametrize(("task", "error"), [(stubborn, Deadlock), (stubborn_and_busy, HorizonPassed)])
def test_a_task_that_cannot_be_cancelled_ends_the_run_with_an_error(
    task: Callable[[], Coroutine[Any, Any, None]], error: type[Stuck]
) -> None:
    async def main(world: World) -> None:
        world.host("app").start(task(), name="stubborn")
        await asyncio.sleep(1)

    with virtual_world() as world, pytest.raises(error, match="stubborn"):
        world.run(main(world))
    assert world.loop.is_closed()


def test_the_first_error_is_the_one_that_is_raised() -> None:
    async def main(world: World) -> None:
        world.host("app").start(stubborn(), name="stubborn")
        await asyncio.sleep(1)
        raise ZeroDivisionError

    with virtual_world() as world, pytest.raises(ZeroDivisionError) as caught:
        world.run(main(world))
    assert any("stubborn" in note for note in caught.value.__notes__)


def test_the_horizon_shows_the_timer_that_hides_the_hang() -> None:
    async def main(world: World) -> None:
        world.host("app").start(tick(), name="ticker")
        await wait_for_nothing()

    with virtual_world(horizon=600 * SECOND) as world, pytest.raises(HorizonPassed, match="600 virtual") as caught:
        world.run(main(world))
    assert re.search(r"app +ticker .* sleep\(1\)", caught.value.table)
    assert re.search(r"timer of app at 601\.0+s", caught.value.table)


def test_the_horizon_can_be_moved() -> None:
    async def main(world: World) -> None:
        assert world.horizon == 5 * SECOND
        world.horizon = 20 * SECOND
        await asyncio.sleep(10)
        world.horizon = None
        await asyncio.sleep(1e6)

    run_in_world(main, horizon=5 * SECOND)


def test_many_timers_are_not_all_shown() -> None:
    async def main(world: World) -> None:
        for number in range(30):
            world.loop.call_later(100 + number, print)
        await wait_for_nothing()

    with virtual_world(horizon=SECOND) as world, pytest.raises(HorizonPassed, match="and 10 more timers"):
        world.run(main(world))


async def _turn() -> None:
    while True:  # noqa: ASYNC110 - a task that never ends
        await asyncio.sleep(0)


async def _compute() -> None:
    while True:
        pass


async def _block() -> None:
    threading.Lock().acquire()
    lock = threading.Lock()
    lock.acquire()
    lock.acquire()


PATIENCE = 0.1
"""Real seconds; in all of it hanging worlds compute."""


@pytest.fixture
def _hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watchdog, "PACE", PATIENCE / 2)


HANGS: list[tuple[Callable[[], Coroutine[Any, Any, None]], str]] = [
    (tick, "the loop turns"),
    (_turn, "the loop turns"),
    (_compute, "the loop stood still"),
    (_block, "the loop stood still"),
]


@pytest.mark.usefixtures("_hasty")
@pytest.mark.parametrize(("hang", "told"), HANGS)
def test_the_watchdog_ends_a_run_that_journals_nothing(hang: Callable[[], Any], told: str) -> None:
    ended: list[str] = []

    async def bystander() -> None:
        try:
            await wait_for_nothing()
        finally:
            await asyncio.sleep(1)
            ended.append("in good order")

    async def main(world: World) -> None:
        world.host("other").start(bystander())
        await world.settle()
        await world.host("app").call(hang())

    with virtual_world(watchdog=PATIENCE) as world, pytest.raises(WatchdogBarked, match=r"0\.1 s of real") as caught:
        world.run(main(world))
    assert told in str(caught.value)
    assert f" {hang.__name__}" in caught.value.table
    assert ended == ["in good order"]
    assert world.loop.is_closed()


@pytest.mark.usefixtures("_hasty")
@pytest.mark.parametrize(("hang", "told"), HANGS[:3])
def test_the_watchdog_reaches_worlds_in_other_threads(hang: Callable[[], Any], told: str) -> None:
    """All but those that block: other threads get no signals."""
    caught: list[WatchdogBarked] = []

    def run() -> None:
        try:
            run_in_world(lambda _: hang(), watchdog=PATIENCE)
        except WatchdogBarked as error:
            caught.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    assert [told in str(error) for error in caught] == [True]


@pytest.mark.usefixtures("_hasty")
def test_the_watchdog_has_harder_means_where_interrupts_are_ignored() -> None:
    before = signal.signal(signal.SIGINT, lambda *_: None)
    try:
        with pytest.raises(WatchdogBarked, match="_compute"):
            run_in_world(lambda _: _compute(), watchdog=PATIENCE)
    finally:
        signal.signal(signal.SIGINT, before)


def test_the_watchdog_lets_those_go_on_that_journal(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [0.0]
    monkeypatch.setattr(watchdog, "monotonic", lambda: now[0])
    world = World()
    watch = watchdog.Watch(world, patience=10)
    for _ in range(5):
        now[0] += 9
        world.journal.write("app", "alive")
        watch.look()
    now[0] += 9
    watch.look()
    assert (watch.barked, world.loop.alarm) == (False, None)
    now[0] += 2
    watch.look()
    assert watch.barked
    with pytest.raises(WatchdogBarked, match="the loop turns"):
        world.loop.run_forever()
    world.loop.close()


def test_a_real_interrupt_stays_one() -> None:
    async def main(world: World) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_in_world(main)


def test_a_world_runs_once() -> None:
    world = World()
    world.run(asyncio.sleep(0))
    with pytest.raises(Misused, match="make a new one"):
        world.run(asyncio.sleep(0))


def test_a_loop_without_a_world_cannot_say_who_waits() -> None:
    loop = VirtualLoop()
    loop.ground = World()._ground.life
    coro = wait_for_nothing()
    with pytest.raises(Misused):
        loop.run_until_complete(coro)
    for task in asyncio.all_tasks(loop):
        task.cancel()
    loop.call_soon(loop.stop)
    loop.run_forever()
    loop.close()
