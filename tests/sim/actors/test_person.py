from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from voicecall_sim.actors.character import CannotAct, Character, Pickup
from voicecall_sim.actors.person import PICKUPS, Person
from voicecall_sim.sound.sound import CUT, Speech
from voicecall_sim.sound.tones import BEEP
from voicecall_sim.telephony.signals import Cause, Gone, LegState

from .stage import ANNA, Stage


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
