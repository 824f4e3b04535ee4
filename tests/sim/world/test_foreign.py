"""Foreign clocks: what code that is not ours is told about time and chance, and that all of it is put back."""

from __future__ import annotations

import asyncio
import datetime as dt
import importlib.util
import random
import sys
import threading
import time
import types
import uuid
import warnings
from datetime import UTC, datetime
from time import monotonic as imported_before
from typing import Any

import aiohttp
import pytest

from voicecall_sim.world import inline
from voicecall_sim.world.clock import EPOCH
from voicecall_sim.world.testing import in_world, run_in_world
from voicecall_sim.world.world import World

STAMP = EPOCH.timestamp()


@in_world()
async def test_wall_clocks_tell_the_worlds_time(world: World) -> None:
    await asyncio.sleep(90.5)
    assert time.time() == STAMP + 90.5
    assert time.time_ns() == int((STAMP + 90.5) * 1e9)
    assert time.clock_gettime(time.CLOCK_REALTIME) == STAMP + 90.5
    assert time.gmtime()[:6] == (2026, 1, 5, 9, 1, 30)
    assert time.gmtime(0)[:3] == (1970, 1, 1)
    assert time.mktime(time.localtime()) == STAMP + 90
    assert time.ctime() == time.ctime(STAMP + 90)
    assert time.asctime() == time.asctime(time.localtime(STAMP + 90))
    assert time.asctime(time.gmtime(0)) == "Thu Jan  1 00:00:00 1970"
    assert time.strftime("%s") == str(int(STAMP) + 90)
    assert time.strftime("%Y", time.gmtime(0)) == "1970"


@in_world()
async def test_steady_clocks_tell_the_loops_time(world: World) -> None:
    await asyncio.sleep(90.5)
    for clock in (time.monotonic, time.perf_counter, time.process_time, time.thread_time):
        assert clock() == 90.5
    for clock_ns in (time.monotonic_ns, time.perf_counter_ns, time.process_time_ns, time.thread_time_ns):
        assert clock_ns() == 90_500_000_000
    assert time.clock_gettime(time.CLOCK_MONOTONIC) == 90.5
    assert time.clock_gettime_ns(time.CLOCK_MONOTONIC) == 90_500_000_000
    with pytest.raises(ValueError, match="non-negative"):
        time.sleep(-1)  # noqa: ASYNC251 - it is refused


class Subclass(datetime):
    """Somebody's own."""


@in_world()
async def test_dates_tell_the_worlds_time_even_when_imported_before(world: World) -> None:
    await asyncio.sleep(90.5)
    expected = EPOCH + dt.timedelta(seconds=90.5)
    assert datetime.now(UTC) == dt.datetime.now(dt.UTC) == expected
    assert datetime.now().timestamp() == expected.timestamp()  # noqa: DTZ005 - what is tested
    assert datetime.today().timestamp() == expected.timestamp()  # noqa: DTZ002 - what is tested
    assert datetime.utcnow() == expected.replace(tzinfo=None)  # noqa: DTZ003 - what is tested
    assert dt.date.today() == datetime.now().date()  # noqa: DTZ005, DTZ011 - what is tested
    assert type(Subclass.now(UTC)) is Subclass
    assert isinstance(datetime(2026, 1, 1, tzinfo=UTC), dt.datetime)


def _module(**names: Any) -> types.ModuleType:
    module = types.ModuleType("somebodys_library")
    vars(module).update(names)
    sys.modules[module.__name__] = module
    return module


def test_names_that_libraries_imported_before_are_reached_and_put_back() -> None:
    module = _module(now=imported_before, stamp=time.time, new=uuid.uuid4)
    try:

        async def body(world: World) -> tuple[float, float, uuid.UUID]:
            await asyncio.sleep(7)
            return module.now(), module.stamp(), module.new()

        now, stamp, new = run_in_world(body)
        assert (now, stamp, new.version) == (7, STAMP + 7, 4)
        assert (module.now, module.stamp, module.new) == (imported_before, time.time, uuid.uuid4)
    finally:
        del sys.modules[module.__name__]


def test_a_name_imported_during_a_run_is_real_again_after_it() -> None:
    async def body(world: World) -> Any:
        from time import time as kept

        return kept

    kept = run_in_world(body)
    assert kept() > STAMP
    assert abs(kept() - time.time()) < 5


def test_everything_is_put_back() -> None:
    def functions() -> list[object]:
        names = [name for name in dir(time) if callable(getattr(time, name))]
        return [*(getattr(time, name) for name in names), uuid.uuid4, vars(datetime)["now"], vars(dt.date)["today"]]

    before = functions()
    random.seed(5)
    state = random.getstate()

    async def body(world: World) -> None:
        assert functions() != before
        random.random()

    run_in_world(body)
    assert functions() == before
    assert random.getstate() == state
    assert datetime.now(UTC) > EPOCH
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # from Python 3.12 on utcnow is deprecated
        assert datetime.utcnow().year >= 2026  # noqa: DTZ003 - what is tested


def test_it_is_put_back_after_an_error_too() -> None:
    before = time.time

    async def body(world: World) -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        run_in_world(body)
    assert time.time is before


def test_another_thread_has_real_time() -> None:
    seen: list[float] = []

    async def body(world: World) -> None:
        await asyncio.sleep(10)
        thread = threading.Thread(target=lambda: seen.extend([time.time(), datetime.now(UTC).timestamp()]))
        thread.start()
        thread.join()

    run_in_world(body)
    assert len(seen) == 2
    assert all(abs(stamp - time.time()) < 5 for stamp in seen)


def _draws(seed: int) -> tuple[Any, ...]:
    async def body(world: World) -> tuple[Any, ...]:
        return random.random(), random.randint(0, 10**9), uuid.uuid4(), world.chance("x").random()

    return run_in_world(body, seed=seed)


def test_chance_follows_the_seed() -> None:
    assert _draws(1) == _draws(1) != _draws(2)
    assert _draws(1)[2].version == 4


def test_the_resolver_that_bypasses_the_loop_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    """aiohttp takes aiodns where it is installed."""
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: name)
    replaced = inline.substitutes()[("aiohttp.connector", "DefaultResolver")]
    assert replaced is aiohttp.resolver.ThreadedResolver
    assert hasattr(aiohttp.connector, "DefaultResolver")
