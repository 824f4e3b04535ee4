"""Virtual time: exact, in order, and only when nothing else is left to do."""

from __future__ import annotations

import asyncio
import math
import socket
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voicecall_sim.world.clock import SECOND
from voicecall_sim.world.errors import Deadlock, EscapedTheWorld, Misused, ThreadInTheWorld
from voicecall_sim.world.loop import VirtualLoop
from voicecall_sim.world.testing import run_in_world, virtual_world
from voicecall_sim.world.world import World

YEAR = 365 * 24 * 3600


def test_time_starts_at_nought_and_jumps() -> None:
    async def body(world: World) -> None:
        assert (world.loop.time(), world.clock.now()) == (0.0, 0)
        await asyncio.sleep(3600)
        assert (world.loop.time(), world.clock.now()) == (3600.0, 3600 * SECOND)

    run_in_world(body)


@given(st.lists(st.floats(min_value=0, max_value=1000, allow_nan=False), min_size=1, max_size=30))
def test_timers_run_at_whole_microseconds_in_order(delays: list[float]) -> None:
    ran: list[tuple[int, int]] = []

    async def body(world: World) -> None:
        for number, delay in enumerate(delays):
            world.loop.call_later(delay, lambda number=number: ran.append((world.clock.now(), number)))
        await asyncio.sleep(1001)

    run_in_world(body)
    assert ran == sorted((round(delay * SECOND), number) for number, delay in enumerate(delays))


def test_frames_stay_on_their_grid_after_thirty_years() -> None:
    """20 ms steps, where a float second has a resolution of a tenth of a microsecond: errors that add up soon show."""
    frames = 20_000

    async def body(world: World) -> None:
        await asyncio.sleep(30 * YEAR)
        start = world.clock.now()
        for number in range(frames):
            assert world.clock.now() == start + number * 20_000
            await asyncio.sleep(0.02)

    run_in_world(body, watchdog=None)


def test_the_resolution_is_a_microsecond() -> None:
    async def body(world: World) -> list[int]:
        seen = []
        for delay in (0.0000004, 0.0000006, 0.0000014):
            before = world.clock.now()
            await asyncio.sleep(delay)
            seen.append(world.clock.now() - before)
        return seen

    assert run_in_world(body) == [0, 1, 1]
    assert VirtualLoop()._clock_resolution == 1e-6


def test_time_stands_still_while_anything_is_ready() -> None:
    async def body(world: World) -> None:
        world.loop.call_later(0.001, lambda: None)
        for _ in range(10_000):
            await asyncio.sleep(0)
        assert world.clock.now() == 0

    run_in_world(body)


def test_settle_returns_when_nothing_is_ready_and_before_time_advances() -> None:
    done: list[str] = []

    async def busy(name: str, turns: int) -> None:
        for _ in range(turns):
            await asyncio.sleep(0)
        done.append(name)

    async def body(world: World) -> None:
        world.loop.call_later(0.001, done.append, "later")
        tasks = [asyncio.create_task(busy(name, turns)) for name, turns in (("long", 50), ("short", 1))]
        await world.settle()
        assert done == ["short", "long"]
        assert world.clock.now() == 0
        await asyncio.gather(*tasks)

    run_in_world(body)


def test_who_settles_first_resumes_first_and_its_work_is_done_before_the_next() -> None:
    done: list[str] = []

    async def settler(world: World, name: str) -> None:
        await world.settle()
        done.append(f"{name} settled")
        for _ in range(5):
            await asyncio.sleep(0)
        done.append(f"{name} worked")

    async def body(world: World) -> None:
        await asyncio.gather(settler(world, "a"), settler(world, "b"))

    run_in_world(body)
    assert done == ["a settled", "a worked", "b settled", "b worked"]


def test_a_settler_that_gave_up_is_passed_over() -> None:
    async def body(world: World) -> None:
        task = asyncio.create_task(world.settle())
        await asyncio.sleep(0)
        task.cancel()
        await world.settle()

    run_in_world(body)


def test_timeouts_fire_exactly() -> None:
    async def body(world: World) -> int:
        with suppress(TimeoutError):
            async with asyncio.timeout(5):
                await asyncio.Event().wait()
        return world.clock.now()

    assert run_in_world(body) == 5 * SECOND


def test_a_timer_at_infinity_is_none() -> None:
    async def body(world: World) -> None:
        timer = world.loop.call_later(math.inf, lambda: None)
        timer.cancel()
        await asyncio.sleep(math.inf)

    with pytest.raises(Deadlock):
        run_in_world(body)


def test_cancelled_timers_are_forgotten() -> None:
    async def body(world: World) -> None:
        for _ in range(100):
            for _ in range(100):
                world.loop.call_later(1000, lambda: None).cancel()
            await asyncio.sleep(0.001)
        assert len(world.loop._timers) < 300
        assert list(world.loop.timers()) == []
        await asyncio.sleep(2000)

    run_in_world(body)


def test_a_cancelled_timer_does_not_advance_time() -> None:
    async def body(world: World) -> int:
        timer = world.loop.call_later(10, lambda: None)
        world.loop.call_later(5, timer.cancel)
        await asyncio.sleep(20)
        return world.clock.now()

    assert run_in_world(body) == 20 * SECOND


def test_a_blocking_sleep_lets_time_pass_with_nothing_running() -> None:
    ran: list[int] = []

    async def body(world: World) -> None:
        world.loop.call_later(1, lambda: ran.append(world.clock.now()))
        time.sleep(3)  # noqa: ASYNC251 - what is tested
        assert ran == []
        await world.settle()
        assert ran == [3 * SECOND]

    run_in_world(body)


def test_executors_run_inline() -> None:
    def work(x: int) -> tuple[int, int]:
        return x, threading.get_ident()

    def fail() -> None:
        raise ZeroDivisionError

    async def body(world: World) -> None:
        assert await asyncio.to_thread(work, 7) == (7, threading.get_ident())
        assert await world.loop.run_in_executor(None, work, 8) == (8, threading.get_ident())
        with pytest.raises(ZeroDivisionError):
            await asyncio.to_thread(fail)

    run_in_world(body)


def test_waiting_for_an_event_of_a_thread_does_not_stop_the_world() -> None:
    async def body(world: World) -> None:
        event = threading.Event()
        world.loop.call_later(2, event.set)
        assert await asyncio.to_thread(event.wait)
        assert 2 * SECOND <= world.clock.now() < 2.1 * SECOND
        assert await asyncio.to_thread(threading.Event().wait, 1) is False

    run_in_world(body)


def test_a_foreign_thread_is_turned_away_by_name() -> None:
    errors: list[BaseException] = []

    async def body(world: World) -> None:
        def call() -> None:
            try:
                world.loop.call_soon_threadsafe(print)
            except ThreadInTheWorld as error:
                errors.append(error)

        thread = threading.Thread(target=call, name="metrics")
        thread.start()
        thread.join()
        world.loop.call_soon_threadsafe(errors.append, Misused("own thread"))
        await asyncio.sleep(0)

    with virtual_world(allow_unhandled=True) as world:
        world.run(body(world))
    assert [type(error) for error in errors] == [ThreadInTheWorld, Misused]
    assert "'metrics'" in str(errors[0])
    assert [type(each.error) for each in world.unhandled] == [ThreadInTheWorld]


async def _udp(loop: asyncio.AbstractEventLoop) -> None:
    await loop.create_datagram_endpoint(asyncio.DatagramProtocol, local_addr=("127.0.0.1", 0))


async def _unix(loop: asyncio.AbstractEventLoop) -> None:
    await loop.create_unix_connection(asyncio.Protocol, "/tmp/socket")


async def _reader(loop: asyncio.AbstractEventLoop) -> None:
    loop.add_reader(0, print)


async def _writer(loop: asyncio.AbstractEventLoop) -> None:
    loop.add_writer(0, print)


async def _raw(loop: asyncio.AbstractEventLoop) -> None:
    with socket.socket() as sock:
        sock.setblocking(False)
        await loop.sock_sendall(sock, b"x")


@pytest.mark.parametrize("way", [_udp, _unix, _reader, _writer, _raw])
def test_ways_out_of_the_loop_are_closed(way: Callable[[asyncio.AbstractEventLoop], Any]) -> None:
    async def body(world: World) -> None:
        with pytest.raises(EscapedTheWorld):
            await way(world.loop)
        assert not world.loop.remove_reader(0)
        assert not world.loop.remove_writer(0)

    run_in_world(body)


def test_a_socket_that_nobody_connected_is_a_misuse() -> None:
    async def body(world: World) -> None:
        with socket.socket() as sock, pytest.raises(Misused, match="sock_connect"):
            await world.loop.create_connection(asyncio.Protocol, sock=sock)

    run_in_world(body)


def test_a_bound_socket_lends_its_address_to_a_server() -> None:
    async def body(world: World) -> None:
        with socket.socket() as sock:
            sock.bind(("127.0.0.1", 0))
            address = sock.getsockname()
            server = await world.loop.create_server(asyncio.Protocol, sock=sock)
        assert server.sockets[0].getsockname() == address
        await world.loop.create_connection(asyncio.Protocol, *address)

    run_in_world(body)


def test_a_closed_loop_says_so() -> None:
    world = World()
    world.run(asyncio.sleep(0))
    with pytest.raises(RuntimeError, match="closed"):
        world.loop.call_soon(print)
    with pytest.raises(RuntimeError, match="closed"):
        world.loop.call_later(1, print)


def test_a_world_that_never_runs_leaves_no_warning() -> None:
    World()
    VirtualLoop()


def test_debug_mode_works() -> None:
    async def body(world: World) -> None:
        world.loop.set_debug(True)
        await asyncio.sleep(1)
        await asyncio.gather(asyncio.sleep(1), asyncio.sleep(2))

    run_in_world(body)
