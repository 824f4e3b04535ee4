from __future__ import annotations

import asyncio
from itertools import product

import pytest

from voicecall_sim.sound.sound import BYTE_TIME, CUT, Speech
from voicecall_sim.telephony.line import End, Leg
from voicecall_sim.telephony.signals import (
    KEYS,
    Cause,
    Gone,
    ImpossibleMove,
    LegState,
    Move,
    PickedUp,
    Pressed,
    Rang,
    Signal,
    SoundBegan,
    SoundEnded,
)
from voicecall_sim.world.clock import seconds


def heard_by(end: End) -> list[Signal]:
    signals: list[Signal] = []
    end.listen(signals.append)
    return signals


def brought_to(leg: Leg, state: LegState) -> Leg:
    moves = {LegState.OFFERED: [], LegState.RINGING: [Move.RING], LegState.ANSWERED: [Move.ANSWER]}
    for move in moves.get(state, []):
        leg.move(move)
    if state is LegState.ENDED:
        leg.end(Cause.NORMAL, "somebody")
    return leg


# what the called and the calling end hear when the called end does something, by state
POSSIBLE = {
    (LegState.OFFERED, Move.RING): [Rang()],
    (LegState.OFFERED, Move.ANSWER): [PickedUp()],
    (LegState.RINGING, Move.RING): [],
    (LegState.RINGING, Move.ANSWER): [PickedUp()],
    (LegState.ANSWERED, Move.ANSWER): [],
}


@pytest.mark.parametrize(("state", "move"), list(product(LegState, (Move.RING, Move.ANSWER))))
async def test_ringing_and_answering_in_every_state(leg: Leg, state: LegState, move: Move) -> None:
    brought_to(leg, state)
    caller, called = heard_by(leg.calling), heard_by(leg.called)
    act = {Move.RING: leg.called.ring, Move.ANSWER: leg.called.answer}[move]
    if (state, move) in POSSIBLE:
        act()
        assert caller == POSSIBLE[state, move]
    else:
        with pytest.raises(ImpossibleMove):
            act()
        assert caller == []
    assert called == []


@pytest.mark.parametrize("move", ["ring", "answer"])
async def test_only_the_called_end_rings_and_answers(leg: Leg, move: str) -> None:
    with pytest.raises(ImpossibleMove, match="caller holds the calling end of leg 1"):
        getattr(leg.calling, move)()


IMPLIED = {
    (LegState.OFFERED, "calling"): Cause.CANCELED,
    (LegState.OFFERED, "called"): Cause.REJECTED,
    (LegState.RINGING, "calling"): Cause.CANCELED,
    (LegState.RINGING, "called"): Cause.REJECTED,
    (LegState.ANSWERED, "calling"): Cause.NORMAL,
    (LegState.ANSWERED, "called"): Cause.NORMAL,
}


@pytest.mark.parametrize(("state", "side"), list(IMPLIED))
@pytest.mark.parametrize("cause", [None, Cause.BUSY])
@pytest.mark.parametrize("by", [None, "carrier"])
async def test_hanging_up(leg: Leg, state: LegState, side: str, cause: Cause | None, by: str | None) -> None:
    brought_to(leg, state)
    caller, called = heard_by(leg.calling), heard_by(leg.called)
    end = {"calling": leg.calling, "called": leg.called}[side]
    end.hang_up(cause, by)
    gone = Gone(cause or IMPLIED[state, side], by or end.holder)
    assert (leg.state, leg.gone) == (LegState.ENDED, gone)
    assert caller == called == [gone]


async def test_when_both_hang_up_the_first_did(leg: Leg) -> None:
    brought_to(leg, LegState.ANSWERED)
    moves: list[LegState] = []
    leg.on_move = lambda leg: moves.append(leg.state)
    caller, called = heard_by(leg.calling), heard_by(leg.called)
    leg.called.hang_up()
    leg.calling.hang_up(Cause.FAILED)
    assert leg.gone == Gone(Cause.NORMAL, "called")
    assert caller == called == [leg.gone]
    assert moves == [LegState.ENDED]


async def test_whoever_hangs_up_because_the_other_fell_silent_is_too_late(leg: Leg) -> None:
    brought_to(leg, LegState.ANSWERED)
    leg.calling.listen(lambda signal: leg.calling.hang_up() if isinstance(signal, SoundEnded) else None)
    leg.called.play(Speech("Hello"))
    caller = heard_by(leg.calling)
    leg.called.hang_up(Cause.BUSY)
    assert leg.gone == Gone(Cause.BUSY, "called")
    assert [type(signal) for signal in caller] == [SoundEnded, Gone]


async def test_whoever_goes_on_speaking_because_the_other_fell_silent_is_not_heard(leg: Leg) -> None:
    brought_to(leg, LegState.ANSWERED)
    called = heard_by(leg.called)
    leg.calling.listen(lambda s: leg.calling.play(Speech("Wait")) if isinstance(s, SoundEnded) else None)
    leg.called.play(Speech("Hello"))
    leg.called.hang_up()
    assert called == [leg.gone]


async def test_a_sound_is_played_to_its_end(leg: Leg) -> None:
    caller = heard_by(leg.calling)
    playing = leg.called.play(Speech("Hello"))
    assert caller == [SoundBegan(playing)]
    assert leg.called.playing is playing
    await playing.done.wait()
    assert caller == [SoundBegan(playing), SoundEnded(playing)]
    assert (playing.ended, playing.played, playing.heard, playing.cut) == (5 * BYTE_TIME, 5 * BYTE_TIME, "Hello", False)
    assert leg.called.playing is None


async def test_a_sound_is_stopped_within_a_character(leg: Leg) -> None:
    playing = leg.called.play(Speech("Hello"))
    await asyncio.sleep(0.200)
    assert (playing.played, playing.heard, playing.cut) == (200_000, "Hel", False)
    playing.stop()
    assert (playing.ended, playing.heard, playing.cut) == (200_000, "Hel" + CUT, True)
    await asyncio.sleep(1)
    playing.stop()
    playing.finish()
    assert (playing.ended, playing.heard, playing.cut) == (200_000, "Hel" + CUT, True)


async def test_stopping_at_the_very_end_cuts_nothing(leg: Leg) -> None:
    playing = leg.called.play(Speech("Hello"))
    asyncio.get_running_loop().call_later(seconds(playing.sound.duration), playing.stop)
    await playing.done.wait()
    assert not playing.cut
    assert playing.heard == "Hello"


async def test_finishing_early_counts_as_played(leg: Leg) -> None:
    playing = leg.called.play(Speech("Hello"))
    await asyncio.sleep(0.1)
    playing.finish()
    assert (playing.heard, playing.cut, playing.done.is_set()) == ("Hello", False, True)


async def test_the_next_sound_stops_the_one_before(leg: Leg) -> None:
    caller = heard_by(leg.calling)
    first = leg.called.play(Speech("Hello"))
    await asyncio.sleep(0.120)
    second = leg.called.play(Speech("Bye"))
    assert caller == [SoundBegan(first), SoundEnded(first), SoundBegan(second)]
    assert (first.heard, leg.called.playing) == ("He", second)


async def test_both_ends_may_sound_at_once(leg: Leg) -> None:
    one, other = leg.called.play(Speech("Hello")), leg.calling.play(Speech("Hi"))
    await one.done.wait()
    assert (one.heard, other.heard, one.cut, other.cut) == ("Hello", "Hi", False, False)


async def test_hanging_up_cuts_what_sounds(leg: Leg) -> None:
    one, other = leg.called.play(Speech("Hello")), leg.calling.play(Speech("Hi"))
    await asyncio.sleep(0.070)
    leg.called.hang_up()
    assert (one.heard, other.heard) == ("H" + CUT, "H" + CUT)
    assert one.done.is_set()
    assert other.done.is_set()


async def test_nothing_sounds_on_a_leg_that_is_over(leg: Leg) -> None:
    leg.called.hang_up()
    caller = heard_by(leg.calling)
    playing = leg.called.play(Speech("Hello"))
    assert (playing.played, playing.cut, playing.done.is_set(), leg.called.playing) == (0, True, True, None)
    leg.called.press("1")
    assert caller == []


@pytest.mark.parametrize("key", list(KEYS))
async def test_keys_arrive(leg: Leg, key: str) -> None:
    caller = heard_by(leg.calling)
    leg.called.press(key)
    assert caller == [Pressed(key)]


@pytest.mark.parametrize("key", ["", "12", "w", "a", "+", " "])
async def test_other_signs_are_no_keys(leg: Leg, key: str) -> None:
    with pytest.raises(ValueError, match="is not a key of a telephone"):
        leg.called.press(key)


async def test_who_stops_listening_hears_nothing_more(leg: Leg) -> None:
    signals: list[Signal] = []
    end = leg.calling.listen(signals.append)
    leg.called.press("1")
    end()
    end()
    leg.called.press("2")
    assert signals == [Pressed("1")]


async def test_a_listener_silenced_by_an_earlier_one_does_not_hear_the_same_signal(leg: Leg) -> None:
    signals: list[Signal] = []
    ends: list[object] = []
    leg.calling.listen(lambda signal: ends[0]())  # type: ignore[operator]
    ends.append(leg.calling.listen(signals.append))
    leg.called.press("1")
    assert signals == []
