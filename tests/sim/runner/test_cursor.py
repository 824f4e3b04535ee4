"""Looking along a journal, in bare worlds."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voicecall_sim.runner.cursor import Cursor, Lookout, sleep_until
from voicecall_sim.world.clock import SECOND
from voicecall_sim.world.journal import Entry
from voicecall_sim.world.world import World

Script = Callable[[World, Lookout], Coroutine[Any, Any, Any]]


def in_world(script: Script, events: Sequence[int] = ()) -> Any:
    """Run a script in a world in which an `event` is written at each of these instants."""
    world = World()

    async def run() -> Any:
        for at in events:
            asyncio.get_running_loop().call_later(
                at / SECOND, lambda at=at: world.journal.write("x", "event", {"at": at})
            )
        return await script(world, Lookout(world))

    return world.run(run())


def is_event(entry: Entry) -> bool:
    return entry.kind == "event"


def test_a_cursor_never_goes_back_and_keeps_actors_and_sorts_apart() -> None:
    cursor = Cursor()
    cursor.to("expect", "call", 5)
    cursor.to("expect", "call", 3)
    assert [cursor.of("expect", "call"), cursor.of("expect", "webhook"), cursor.of("anna", "call")] == [5, 0, 0]


@given(st.lists(st.integers(0, 2 * SECOND), max_size=5), st.integers(0, 2 * SECOND))
def test_an_event_is_found_if_it_comes_by_the_deadline(events: list[int], deadline: int) -> None:
    async def script(world: World, lookout: Lookout) -> int | None:
        found = await lookout.event(0, deadline, is_event)
        assert world.clock.now() <= max(deadline, 0)
        return None if found is None else found.at

    in_time = [at for at in events if at <= deadline]
    assert in_world(script, events) == (min(in_time) if in_time else None)


def test_an_event_of_the_past_is_found_at_once_and_not_before_the_start() -> None:
    async def script(world: World, lookout: Lookout) -> None:
        await sleep_until(world, 3 * SECOND)
        first = await lookout.event(0, 0, is_event)
        assert first is not None
        assert first.data == {"at": SECOND}
        second = await lookout.event(first.index + 1, 0, is_event)
        assert second is not None
        assert second.data == {"at": 2 * SECOND}
        assert await lookout.event(second.index + 1, 0, is_event) is None
        assert world.clock.now() == 3 * SECOND

    in_world(script, [SECOND, 2 * SECOND])


def test_each_entry_is_looked_at_once_and_in_order() -> None:
    seen: list[int] = []

    async def script(world: World, lookout: Lookout) -> None:
        await sleep_until(world, SECOND)
        assert (
            await lookout.event(0, 9 * SECOND, lambda entry: seen.append(entry.index) or entry.index == 4) is not None
        )  # type: ignore[func-returns-value]

    in_world(script, [1, 2, SECOND + 1, SECOND + 1, SECOND + 2, SECOND + 3])
    assert seen == [0, 1, 2, 3, 4]


def test_a_lookout_leaves_nothing_behind() -> None:
    async def script(world: World, lookout: Lookout) -> None:
        await lookout.event(0, SECOND, lambda entry: False)
        await lookout.condition(SECOND, lambda: ("never",))
        looked: list[Entry] = []
        world.journal.listen(looked.append)
        world.journal.write("x", "event")
        assert len(looked) == 1

    in_world(script)


@pytest.mark.parametrize(
    ("events", "deadline", "left"), [([5], 5, ()), ([6], 5, ("x",)), ([1, 5], 5, ()), ([], 5, ("x",))]
)
def test_a_condition_is_looked_at_after_every_event(events: list[int], deadline: int, left: tuple[str, ...]) -> None:
    looked: list[int] = []

    async def script(world: World, lookout: Lookout) -> Sequence[str]:
        def differences() -> Sequence[str]:
            looked.append(len(world.journal))
            return () if len(world.journal) == max(1, len(events)) else ("x",)

        return await lookout.condition(deadline, differences)

    assert in_world(script, events) == left
    assert looked[0] == 0
    assert looked == sorted(looked)


def test_a_condition_that_holds_is_looked_at_once() -> None:
    async def script(world: World, lookout: Lookout) -> int:
        looks: list[int] = []
        assert await lookout.condition(SECOND, lambda: looks.append(1) or ()) == ()  # type: ignore[func-returns-value]
        assert world.clock.now() == 0
        return len(looks)

    assert in_world(script) == 1


def test_sleeping_until_an_instant_that_has_passed_is_no_sleep() -> None:
    async def script(world: World, lookout: Lookout) -> None:
        await sleep_until(world, 7)
        await sleep_until(world, 3)
        assert world.clock.now() == 7

    in_world(script)
