"""Waiting, tasks, and being started: what everything else stands on."""

from __future__ import annotations

import asyncio

import pytest

from tests.tools.twilio_world import Stage, staged
from voicecall_sim.carriers.control import Control, HungUp, Interrupted
from voicecall_sim.carriers.emulator import Carrier, Emulator
from voicecall_sim.carriers.tasks import Tasks
from voicecall_sim.carriers.twilio import emulator
from voicecall_sim.telephony.network import PhoneNetwork
from voicecall_sim.world.clock import SECOND
from voicecall_sim.world.world import World


@staged
async def test_a_pause_ends_when_what_it_waits_for_is_done(stage: Stage) -> None:
    control: Control[str] = Control()
    done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    asyncio.get_running_loop().call_later(2, done.set_result, None)
    began = stage.now()
    await control.pause(5 * SECOND, done)
    assert stage.now() - began == pytest.approx(2)
    await control.pause(5 * SECOND, done)
    assert stage.now() - began == pytest.approx(2)
    await control.pause(5 * SECOND)
    assert stage.now() - began == pytest.approx(7)


@staged
async def test_interruptions_are_taken_once_and_a_hang_up_for_ever(stage: Stage) -> None:
    control: Control[str] = Control()
    waiting = asyncio.create_task(control.pause(SECOND))
    await stage.wait(0.1)
    control.redirect("a")
    control.redirect("b")
    with pytest.raises(Interrupted):
        await waiting
    with pytest.raises(Interrupted):
        control.check()
    assert control.take() == "b"
    control.check()
    control.redirect("c")
    control.hang_up()
    for _ in range(2):
        with pytest.raises(HungUp):
            control.take()


@staged
async def test_what_is_waited_for_goes_on_when_the_waiting_is_interrupted(stage: Stage) -> None:
    control: Control[str] = Control()

    async def work() -> str:
        await asyncio.sleep(1)
        return "done"

    task = asyncio.create_task(work())
    asyncio.get_running_loop().call_later(0.5, control.hang_up)
    with pytest.raises(Interrupted):
        await control.wait(task)
    assert await task == "done"


@staged
async def test_a_task_that_fails_is_heard_of(stage: Stage) -> None:
    tasks = Tasks()

    async def fail() -> None:
        raise ZeroDivisionError

    tasks.start(fail())
    assert len(tasks) == 1
    await stage.wait(1)
    assert len(tasks) == 0
    (context,) = stage.errors
    assert isinstance(context["exception"], ZeroDivisionError)
    stage.errors.clear()


@staged
async def test_the_end_of_tasks_leaves_none(stage: Stage) -> None:
    tasks = Tasks()
    tasks.settle_in()
    for _ in range(3):
        tasks.start(asyncio.sleep(60))
    await tasks.end()
    assert len(tasks) == 0


def test_a_carrier_that_was_not_started_says_so() -> None:
    world = World(seed=1)

    async def play() -> None:
        carrier: Carrier = emulator(world.surroundings, PhoneNetwork(world.surroundings))
        with pytest.raises(RuntimeError, match="start"):
            await carrier.plant.post.transmit(None, None, 0, 0)  # type: ignore[attr-defined, arg-type]
        await carrier.stop()

    world.run(play())


def test_the_emulator_makes_carriers_with_accounts_of_their_own() -> None:
    world, other = World(seed=1), World(seed=2)
    made: Emulator = emulator
    one = made(world.surroundings, PhoneNetwork(world.surroundings))
    two = made(other.surroundings, PhoneNetwork(other.surroundings))
    assert one.name == made.name == "twilio"
    assert one.hosts == ("api.twilio.com",)
    assert one.settings() != two.settings()
    assert set(one.settings()) == {"accountSid", "authToken"}
    assert one.settings()["authToken"] in one.secrets().values()
    assert (one.busy(), list(one.sent)) == (0, [])
    world.loop.close()
    other.loop.close()
