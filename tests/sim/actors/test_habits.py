from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

from voicecall_sim.actors.character import Habit, HangUp, Pause, Press, Say
from voicecall_sim.sound.sound import CUT, Speech
from voicecall_sim.telephony.signals import Cause, Gone

from .stage import APP, Stage


class Contains:
    def __init__(self, part: str) -> None:
        self.part = part

    def difference(self, actual: Any) -> Sequence[str]:
        return [] if self.part in actual else [f"{actual!r} lacks {self.part!r}"]

    def matches(self, actual: Any) -> bool:
        return not self.difference(actual)


async def test_a_reaction_comes_in_the_middle_of_a_sentence(stage: Stage) -> None:
    stage.add(habits=(Habit(hears=Contains("press one"), does=(Press("1"),)),))
    end = await stage.call()
    end.play(Speech("press one to confirm"))
    await asyncio.sleep(3)
    (key,) = [entry for entry in stage.network.surroundings.journal if entry.kind == "keys"]
    assert key.at == 1_000_000 + 9 * 60_000


async def test_once_an_utterance(stage: Stage) -> None:
    stage.add(habits=(Habit(hears=Contains("one"), does=(Press("1"),)),))
    end = await stage.call()
    for words in ("one or one", "nothing", "one"):
        await end.play(Speech(words)).done.wait()
        await asyncio.sleep(1)
    assert stage.keys("pressed") == "11"


async def test_on_a_whole_utterance(stage: Stage) -> None:
    stage.add(habits=(Habit(hears=Contains("one"), does=(Say("Yes"),), running=False),))
    end = await stage.call()
    await end.play(Speech("one or two")).done.wait()
    await asyncio.sleep(2)
    (said,) = stage.told("said")
    assert said["began"] == 1_000_000 + 10 * 60_000 + 400_000


async def test_several_things_in_order(stage: Stage) -> None:
    stage.add(habits=(Habit(hears=Contains("Hi"), does=(Say("Bye"), Pause(500_000), Press("9"), HangUp())),))
    end = await stage.call()
    end.play(Speech("Hi Anna"))
    await asyncio.sleep(5)
    assert end.leg.gone == Gone(Cause.NORMAL, "anna")
    kinds = [(entry.kind, entry.at) for entry in stage.network.surroundings.journal if entry.kind in ("said", "keys")]
    assert kinds == [("said", 1_300_000), ("keys", 1_800_000)]
    (ended,) = [entry for entry in stage.network.surroundings.journal if entry.data.get("state") == "ended"]
    assert ended.at == 1_900_000


async def test_two_habits_at_once(stage: Stage) -> None:
    habits = (Habit(hears=Contains("a"), does=(Say("A"),)), Habit(hears=Contains("b"), does=(Say("B"),)))
    stage.add(habits=habits)
    end = await stage.call()
    end.play(Speech("ab"))
    await asyncio.sleep(3)
    assert stage.texts("said") == ["A", "B"]


async def test_in_every_call_and_in_none_that_is_over(stage: Stage) -> None:
    stage.open()
    anna = stage.add(habits=(Habit(hears=Contains("one"), does=(Say("Yes"),)),))
    first = await stage.call()
    first.play(Speech("on"))
    await asyncio.sleep(0.1)
    first.hang_up()
    anna.calls(APP)
    await asyncio.sleep(1)
    stage.taken[0].play(Speech("one"))
    await asyncio.sleep(1)
    assert [(data["call"], data["text"]) for data in stage.told("said")] == [(2, "Yes")]
    assert [(data["call"], data["text"]) for data in stage.told("heard")] == [(1, "o" + CUT), (2, "one")]
