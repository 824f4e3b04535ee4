from __future__ import annotations

import asyncio
import contextvars
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from voicecall_sim.actors.character import CannotAct, Character, Habit, Pickup, Press, Say
from voicecall_sim.actors.person import PICKUPS, Person
from voicecall_sim.sound.sound import CUT, Speech
from voicecall_sim.sound.tones import BEEP
from voicecall_sim.telephony.line import End
from voicecall_sim.telephony.signals import Cause, Gone, LegState, PickedUp

from .stage import ANNA, APP, Stage


async def test_somebody_picks_up_after_a_while(stage: Stage) -> None:
    stage.add(answer_after=3_000_000)
    end = stage.dial()
    await asyncio.sleep(2.999)
    assert end.leg.state is LegState.RINGING
    await asyncio.sleep(0.001)
    await asyncio.sleep(0)
    assert end.leg.state is LegState.ANSWERED
    assert [data["state"] for data in stage.told("call")] == ["accepted", "ringing", "answered"]


# pickup, answer_after -> what the leg is after ten seconds, and how it ended
PICKED_UP: dict[tuple[str, int | None], tuple[LegState, Gone | None]] = {
    ("answers", 2_000_000): (LegState.ANSWERED, None),
    ("answers", 0): (LegState.ANSWERED, None),
    ("answers", None): (LegState.RINGING, None),
    ("rejects", 2_000_000): (LegState.ENDED, Gone(Cause.REJECTED, "anna")),
    ("rejects", None): (LegState.RINGING, None),
    ("busy", 2_000_000): (LegState.ENDED, Gone(Cause.BUSY, "anna")),
    ("busy", None): (LegState.ENDED, Gone(Cause.BUSY, "anna")),
    ("never", 2_000_000): (LegState.RINGING, None),
    ("never", None): (LegState.RINGING, None),
    ("unreachable", 2_000_000): (LegState.ENDED, Gone(Cause.UNREACHABLE, "network")),
    ("unreachable", None): (LegState.ENDED, Gone(Cause.UNREACHABLE, "network")),
}


class Anything:
    def difference(self, actual: Any) -> Sequence[str]:
        return []


def test_every_pickup_is_known() -> None:
    assert set(PICKUPS) == set(Pickup) == {pickup for pickup, _ in PICKED_UP}


@pytest.mark.parametrize(("pickup", "after"), list(PICKED_UP))
async def test_pickups(stage: Stage, pickup: str, after: int | None) -> None:
    stage.add(pickup=Pickup(pickup), answer_after=after)
    end = stage.dial()
    await asyncio.sleep(10)
    assert (end.leg.state, end.leg.gone) == PICKED_UP[pickup, after]


@pytest.mark.parametrize("pickup", ["busy", "unreachable"])
async def test_some_do_not_ring(stage: Stage, pickup: str) -> None:
    stage.add(pickup=Pickup(pickup))
    stage.dial()
    await asyncio.sleep(10)
    assert [data["state"] for data in stage.told("call")] == ["accepted", "ended"]


async def test_a_caller_who_gives_up_is_not_answered(stage: Stage) -> None:
    stage.add(answer_after=2_000_000)
    end = stage.dial()
    await asyncio.sleep(1)
    end.hang_up()
    await asyncio.sleep(5)
    assert end.leg.gone == Gone(Cause.CANCELED, "app")


async def test_giving_up_at_the_instant_of_the_answer(stage: Stage) -> None:
    stage.add(answer_after=2_000_000)
    end = stage.dial()
    asyncio.get_running_loop().call_later(2, end.hang_up)
    await asyncio.sleep(5)
    assert end.leg.gone is not None


@pytest.mark.parametrize(("act", "state"), [(Person.answers, LegState.ANSWERED), (Person.rejects, LegState.ENDED)])
async def test_picking_up_when_told_to(stage: Stage, act: Callable[[Person], None], state: LegState) -> None:
    anna = stage.add(answer_after=None)
    end = stage.dial()
    await asyncio.sleep(30)
    act(anna)
    assert end.leg.state is state
    with pytest.raises(CannotAct):
        act(anna)


async def test_who_picks_up_early_does_so_once(stage: Stage) -> None:
    anna = stage.add(answer_after=5_000_000, options={"greeting": "Hello?"})
    end = stage.dial()
    await asyncio.sleep(1)
    anna.answers()
    await asyncio.sleep(10)
    assert end.leg.state is LegState.ANSWERED
    assert stage.texts("said") == ["Hello?"]


# --- what cannot be done -----------------------------------------------------------------------------------------

VERBS: dict[str, Callable[[Person], object]] = {
    "answer": Person.answers,
    "reject": Person.rejects,
    "speak": lambda anna: anna.says("Hi"),
    "interrupt": lambda anna: anna.interrupts("Hi"),
    "press keys": lambda anna: anna.presses("1"),
    "stay silent on the line": lambda anna: anna.stays_silent(1),
    "hang up": Person.hangs_up,
}

# verb -> where the call stands -> why not (None: it can be done)
NO_CALL, RINGS, TALKS, OVER = "no call", "rings", "talks", "over"
REFUSALS: dict[tuple[str, str], str | None] = {
    ("answer", RINGS): None,
    ("answer", TALKS): "is answered already",
    ("answer", OVER): "is over, ended by app",
    ("reject", RINGS): None,
    ("reject", TALKS): "is answered already",
    ("reject", OVER): "is over, ended by app",
    ("speak", RINGS): "is not answered yet",
    ("speak", TALKS): None,
    ("speak", OVER): "is over, ended by app",
    ("interrupt", RINGS): "is not answered yet",
    ("interrupt", TALKS): "the other side is not speaking",
    ("interrupt", OVER): "is over, ended by app",
    ("press keys", RINGS): "is not answered yet",
    ("press keys", TALKS): None,
    ("press keys", OVER): "is over, ended by app",
    ("stay silent on the line", RINGS): "is not answered yet",
    ("stay silent on the line", TALKS): None,
    ("stay silent on the line", OVER): "is over, ended by app",
    ("hang up", RINGS): None,
    ("hang up", TALKS): None,
    ("hang up", OVER): None,
} | {(verb, NO_CALL): "anna has no call" for verb in VERBS}


@pytest.mark.parametrize(("verb", "standing"), list(REFUSALS))
async def test_verbs_wherever_the_call_stands(stage: Stage, verb: str, standing: str) -> None:
    anna = stage.add(answer_after=None)
    if standing != NO_CALL:
        end = stage.dial()
        await asyncio.sleep(1)
        if standing != RINGS:
            anna.answers()
        if standing == OVER:
            end.hang_up()
    why = REFUSALS[verb, standing]
    if why is None:
        VERBS[verb](anna)
    else:
        with pytest.raises(CannotAct, match=why) as refused:
            VERBS[verb](anna)
        assert str(refused.value).startswith(f"anna cannot {verb}: ")


async def test_an_unknown_call(stage: Stage) -> None:
    anna = stage.add()
    await stage.call()
    with pytest.raises(CannotAct, match="anna has no part in call 7"):
        anna.says("Hello", call=7)


async def test_a_caller_cannot_answer_their_own_call(stage: Stage) -> None:
    stage.add(name="bob", phone="+15550009999", answer_after=None)
    anna = stage.add()
    anna.calls("+15550009999")
    await asyncio.sleep(1)
    with pytest.raises(CannotAct, match="anna cannot answer"):
        anna.answers()


# --- speaking ----------------------------------------------------------------------------------------------------


async def test_what_is_said_is_journaled_when_it_is_over(stage: Stage) -> None:
    anna = stage.add()
    await stage.call()
    anna.says("Yes.")
    await asyncio.sleep(1)
    assert stage.told("said") == [{"call": 1, "text": "Yes.", "began": 1_000_000, "ended": 1_240_000, "cut": False}]


async def test_a_faster_voice(stage: Stage) -> None:
    anna = stage.add(rate=1.2)
    await stage.call()
    anna.says("Yes.")
    await asyncio.sleep(1)
    (said,) = stage.told("said")
    assert said["ended"] - said["began"] == 4 * 50_000


@pytest.mark.parametrize("rate", [0, -1, float("nan")])
def test_no_voice_stands_still(rate: float) -> None:
    with pytest.raises(ValueError, match="cannot speak at a rate"):
        Character(name="anna", phone=ANNA, rate=rate)


async def test_one_thing_after_the_other(stage: Stage) -> None:
    anna = stage.add()
    await stage.call()
    anna.says("One")
    anna.stays_silent(500_000)
    anna.presses("2")
    anna.says("Two")
    await asyncio.sleep(3)
    said = [(data["text"], data["began"] - 1_000_000) for data in stage.told("said")]
    assert said == [("One", 0), ("Two", 180_000 + 500_000 + 100_000)]
    (key,) = [entry for entry in stage.network.surroundings.journal if entry.kind == "keys"]
    assert key.at - 1_000_000 == 680_000


async def test_speaking_goes_on_after_a_rest(stage: Stage) -> None:
    anna = stage.add()
    await stage.call()
    for _ in range(3):
        anna.says("Yes")
        await asyncio.sleep(1)
    assert stage.texts("said") == ["Yes"] * 3


async def test_speaking_over_the_other_side_is_no_interruption(stage: Stage) -> None:
    anna = stage.add()
    end = await stage.call()
    theirs = end.play(Speech("Hello Anna"))
    anna.says("Hi")
    await theirs.done.wait()
    assert not theirs.cut


async def test_interrupting(stage: Stage) -> None:
    anna = stage.add()
    end = await stage.call()
    anna.says("Well, I wanted to")
    anna.says("ask something.")
    await asyncio.sleep(0.500)
    end.play(Speech("We are open"))
    anna.interrupts("On Sunday?")
    await asyncio.sleep(3)
    assert stage.texts("said") == ["Well, I " + CUT, "On Sunday?"]
    assert stage.told("said")[1]["began"] == 1_500_000


async def test_interrupting_when_nothing_was_said_before(stage: Stage) -> None:
    anna = stage.add()
    end = await stage.call()
    end.play(Speech("We are open on Monday"))
    await asyncio.sleep(0.3)
    anna.interrupts("And")
    anna.says("on Sunday?")
    await asyncio.sleep(3)
    assert stage.texts("said") == ["And", "on Sunday?"]


async def test_interrupting_between_two_sentences_of_ones_own(stage: Stage) -> None:
    anna = stage.add()
    end = await stage.call()
    end.play(Speech("We are open on Monday"))
    anna.stays_silent(5_000_000)
    anna.says("Never said")
    await asyncio.sleep(0.3)
    anna.interrupts("Stop")
    await asyncio.sleep(10)
    assert stage.texts("said") == ["Stop"]


async def test_a_beep_cannot_be_interrupted(stage: Stage) -> None:
    anna = stage.add()
    end = await stage.call()
    end.play(BEEP)
    with pytest.raises(CannotAct, match="the other side is not speaking; use `says`"):
        anna.interrupts("Hi")


async def test_hanging_up_in_the_middle_of_a_word(stage: Stage) -> None:
    anna = stage.add()
    end = await stage.call()
    end.play(Speech("Good morning"))
    anna.says("I have no time")
    anna.says("Goodbye")
    await asyncio.sleep(0.330)
    anna.hangs_up()
    await asyncio.sleep(3)
    assert end.leg.gone == Gone(Cause.NORMAL, "anna")
    assert stage.texts("said") == ["I hav" + CUT]
    assert stage.texts("heard") == ["Good " + CUT]


async def test_hanging_up_when_the_other_side_did_first(stage: Stage) -> None:
    anna = stage.add()
    end = await stage.call()
    end.hang_up()
    anna.hangs_up()
    assert end.leg.gone == Gone(Cause.NORMAL, "app")


async def test_a_word_that_never_sounded_was_not_said(stage: Stage) -> None:
    anna = stage.add()
    end = await stage.call()
    anna.says("Hello")
    await asyncio.sleep(0)
    assert end.peer.playing is not None
    end.hang_up()
    assert stage.told("said") == []


@pytest.mark.parametrize("pickup", [Pickup.ANSWERS, Pickup.REJECTS])
async def test_a_leg_that_is_over_leaves_no_timers(stage: Stage, pickup: Pickup) -> None:
    stage.add(pickup=pickup, answer_after=60_000_000)
    end = stage.dial()
    await asyncio.sleep(1)
    end.hang_up()
    timers = asyncio.get_running_loop()._timers  # type: ignore[attr-defined]
    assert [timer for _, _, timer in timers if not timer.cancelled()] == []


async def test_nothing_happens_after_the_end(stage: Stage) -> None:
    anna = stage.add()
    end = await stage.call()
    anna.says("Hello")
    anna.presses("123")
    end.hang_up()
    await asyncio.sleep(3)
    assert stage.told("said") == stage.told("keys") == []


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
