"""The same people on a loop that waits: nothing here may depend on virtual time. Half a second in all."""

from __future__ import annotations

import asyncio

from voicecall_sim.sound.sound import Speech
from voicecall_sim.telephony.bridge import bridge
from voicecall_sim.telephony.network import PhoneNetwork
from voicecall_sim.world.chance import Chance
from voicecall_sim.world.clock import real_clock
from voicecall_sim.world.journal import Journal
from voicecall_sim.world.surroundings import Surroundings

from .stage import Stage


async def a_bridged_exchange() -> Stage:
    clock = real_clock()
    stage = Stage(PhoneNetwork(Surroundings(clock=clock, chance=Chance(0), journal=Journal(clock))))
    anna = stage.add(answer_after=0, rate=50)
    bob = stage.add(name="bob", phone="+15550009999", answer_after=0, rate=50)
    to_anna, to_bob = await stage.call(), await stage.call("+15550009999")
    bridge(to_anna, to_bob)
    anna.says("Hello Bob, this is Anna.")
    anna.says("How are you?")
    await bob.heard(lambda text: "How are you?" in text)
    to_anna.play(Speech("Bob is well.", byte_time=1_000))
    await bob.heard(lambda text: text == "Hello Bob, this is Anna. How are you?", whole=True)
    bob.hangs_up()
    anna.hangs_up()
    return stage


def test_real_time() -> None:
    stage = asyncio.run(a_bridged_exchange())
    assert stage.texts("said") == ["Hello Bob, this is Anna.", "How are you?"]
    assert sorted(stage.texts("heard")) == ["Bob is well.", "Hello Bob, this is Anna. How are you?"]
    assert not any(data["cut"] for data in stage.told("heard") + stage.told("said"))
