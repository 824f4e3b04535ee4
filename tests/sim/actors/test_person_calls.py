"""People: keys, hearing, calling, and several calls at once."""

from __future__ import annotations

import asyncio
import contextvars
from collections.abc import Sequence
from typing import Any

import pytest

from voicecall_sim.actors.character import CannotAct, Character, Habit, Press, Say
from voicecall_sim.actors.person import Person
from voicecall_sim.sound.sound import CUT, Speech
from voicecall_sim.telephony.line import End
from voicecall_sim.telephony.signals import Cause, Gone, LegState, PickedUp

from .stage import ANNA, APP, Stage


class Anything:
    def difference(self, actual: Any) -> Sequence[str]:
        return []

    def matches(self, actual: Any) -> bool:
        return not self.difference(actual)


# --- keys --------------------------------------------------------------------------------------------------------


async def test_keys_last_100_ms_and_pauses_more(stage: Stage) -> None:
    anna = stage.add()
    end = await stage.call()
    anna.presses("1w2W3#")
    await asyncio.sleep(4)
    pressed = [(e.data["keys"], e.at - 1_000_000) for e in stage.network.surroundings.journal if e.kind == "keys"]
    assert pressed == [("1", 0), ("2", 600_000), ("3", 1_700_000), ("#", 1_800_000)]
    assert stage.told("keys")[0] == {"call": 1, "keys": "1", "way": "pressed"}
    assert end.leg.gone is None


@pytest.mark.parametrize("keys", ["", "12 3", "+1", "x"])
def test_what_is_no_key_cannot_be_pressed(keys: str) -> None:
    with pytest.raises(ValueError, match="cannot be pressed"):
        Press(keys)


async def test_keys_of_the_other_side(stage: Stage) -> None:
    anna = stage.add()
    end = stage.dial()
    await asyncio.sleep(0.5)
    end.press("9")  # it rings, nobody listens
    await asyncio.sleep(1)
    for key in "42":
        end.press(key)
    assert anna.handsets[0].keys_heard == "42"
    assert stage.told("keys") == [{"call": 1, "keys": key, "way": "heard"} for key in "42"]


# --- hearing -----------------------------------------------------------------------------------------------------


async def test_what_is_heard_is_journaled(stage: Stage) -> None:
    stage.add()
    end = await stage.call()
    end.play(Speech("Hello"))
    await asyncio.sleep(1)
    (entry,) = [entry for entry in stage.network.surroundings.journal if entry.kind == "heard"]
    assert (entry.who, entry.at) == ("anna", 1_700_000)
    assert entry.data == {"call": 1, "text": "Hello", "began": 1_000_000, "ended": 1_300_000, "cut": False}


async def test_what_was_said_before_the_answer_is_lost(stage: Stage) -> None:
    stage.add()
    end = stage.dial()
    await asyncio.sleep(0)
    end.play(Speech("x" * 16 + "yes"))
    await asyncio.sleep(5)
    assert stage.texts("heard") == [CUT + "es"]  # 1000 ms are 16 characters and two thirds


# --- calling -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("shown", "presented"), [(None, ANNA), ("anonymous", "anonymous"), ("+1666", "+1666")])
async def test_calling_the_application(stage: Stage, shown: str | None, presented: str) -> None:
    stage.open()
    anna = stage.add()
    handset = anna.calls(APP, shown)
    assert handset.call is None
    await asyncio.sleep(1)
    (end,) = stage.taken
    assert end.peer.number == presented
    assert (handset.call, handset.connected) == (1, True)
    anna.says("Hello?")
    end.play(Speech("How can I help?"))
    await asyncio.sleep(2)
    anna.hangs_up()
    assert end.leg.gone == Gone(Cause.NORMAL, "anna")
    assert [(d["call"], d["text"]) for d in stage.told("said")] == [(1, "Hello?")]
    assert [(d["call"], d["text"]) for d in stage.told("heard")] == [(1, "How can I help?")]


async def test_calling_a_number_that_nobody_has(stage: Stage) -> None:
    anna = stage.add()
    handset = anna.calls("+15550000000")
    await asyncio.sleep(1)
    assert handset.end.leg.gone == Gone(Cause.UNASSIGNED, "network")
    assert anna.heard_nothing()


async def test_who_has_no_number_can_call(stage: Stage) -> None:
    stage.open()
    stage.add(name="stranger", phone="anonymous").calls(APP)
    await asyncio.sleep(1)
    assert stage.taken[0].peer.number == "anonymous"
    assert not stage.network.assigned("anonymous")


async def test_giving_up_before_the_answer(stage: Stage) -> None:
    stage.add(name="bob", phone="+15550009999", answer_after=None)
    anna = stage.add()
    handset = anna.calls("+15550009999")
    await asyncio.sleep(1)
    anna.hangs_up()
    assert handset.end.leg.gone == Gone(Cause.CANCELED, "anna")


async def test_an_announcement_before_the_answer_is_heard_by_the_caller(stage: Stage) -> None:
    anna = stage.add()
    stage.add(name="bob", phone="+15550009999", answer_after=None)
    end: End = anna.calls("+15550009999").end.peer
    await asyncio.sleep(1)
    end.play(Speech("Please wait"))
    await asyncio.sleep(2)
    assert stage.texts("heard") == ["Please wait"]


# --- several calls -----------------------------------------------------------------------------------------------


async def test_the_latest_call_is_meant(stage: Stage) -> None:
    anna = stage.add()
    first = await stage.call()
    second = await stage.call()
    anna.says("Hello")
    anna.says("Still there?", call=1)
    await asyncio.sleep(2)
    assert [(data["call"], data["text"]) for data in stage.told("said")] == [(2, "Hello"), (1, "Still there?")]
    anna.hangs_up()
    assert (first.leg.gone, second.leg.gone) == (None, Gone(Cause.NORMAL, "anna"))
    with pytest.raises(CannotAct, match="is over"):
        anna.says("Hello")
    anna.handsets[1].do(Say("Hello"))
    await asyncio.sleep(1)
    assert len(stage.texts("said")) == 2
    anna.hangs_up(call=1)
    assert first.leg.gone == Gone(Cause.NORMAL, "anna")


async def test_the_third_call_is_the_latest(stage: Stage) -> None:
    anna = stage.add(answer_after=0)
    for _ in range(3):
        await stage.call()
        await asyncio.sleep(1)
    assert [handset.ear.superseded for handset in anna.handsets] == [1_000_000, 2_000_000, None]


async def test_a_carrier_that_hangs_up_at_the_answer_gets_no_greeting(stage: Stage) -> None:
    stage.add(options={"greeting": "Hello?"}, habits=(Habit(hears=Anything(), does=(Say("Yes"),)),))
    end = stage.dial()
    end.listen(lambda signal: end.hang_up() if isinstance(signal, PickedUp) else None)
    await asyncio.sleep(5)
    assert stage.told("said") == []
    assert asyncio.all_tasks() == {asyncio.current_task()}


async def test_who_has_no_manners_just_answers(stage: Stage) -> None:
    anna = Person(Character(name="anna", phone=ANNA), stage.network)
    assert anna.heard_nothing()
    stage.network.connect(ANNA, "anna", anna)
    end = await stage.call()
    assert (end.leg.state, stage.now()) == (LegState.ANSWERED, 2_000_000)


async def test_leaving_the_stage(stage: Stage) -> None:
    anna = stage.add()
    ends = [await stage.call(), stage.dial()]
    await asyncio.sleep(0)
    anna.stop()
    anna.stop()
    assert stage.network.live_legs() == []
    assert [end.leg.gone.by for end in ends if end.leg.gone] == ["anna", "anna"]


async def test_a_person_reacts_in_their_own_context(stage: Stage) -> None:
    """What a carrier's task sets in motion at a person's end does not belong to the carrier."""
    owner: contextvars.ContextVar[str] = contextvars.ContextVar("owner", default="nobody")
    anna = stage.add()
    seen: list[str] = []

    async def ring() -> None:
        owner.set("carrier")
        await stage.call()

    async def look(handset: object) -> None:
        seen.append(owner.get())

    anna._manner = look  # type: ignore[assignment]
    await asyncio.ensure_future(ring())
    await asyncio.sleep(1)
    assert seen == ["nobody"]
    stage.add(name="bob", phone="+15550009999", answer_after=None)
    end = anna.calls("+15550009999").end.peer

    async def answer() -> None:
        owner.set("carrier")
        end.answer()

    await asyncio.sleep(1)
    await asyncio.ensure_future(answer())
    await asyncio.sleep(1)
    assert seen == ["nobody", "nobody"]
