from __future__ import annotations

import asyncio
from typing import NamedTuple

import pytest

from voicecall_sim.sound.sound import BYTE_TIME, CUT, Speech
from voicecall_sim.sound.tones import BEEP
from voicecall_sim.telephony.bridge import bridge
from voicecall_sim.telephony.line import End, Leg, Playing
from voicecall_sim.telephony.signals import Pressed, Signal, SoundBegan, SoundEnded
from voicecall_sim.world.surroundings import Surroundings


class Ends(NamedTuple):
    """Ann and Bob, and the carrier's end of each one's leg."""

    ann: End
    to_ann: End
    to_bob: End
    bob: End


@pytest.fixture
def ends(surroundings: Surroundings) -> Ends:
    first = Leg(surroundings, 1, ("+15550001111", "ann"), ("+15550009999", "acme"))
    second = Leg(surroundings, 2, ("+15550009999", "acme"), ("+15550002222", "bob"))
    first.called.answer()
    second.called.answer()
    return Ends(first.calling, first.called, second.calling, second.called)


def sounds_at(end: End) -> list[Playing]:
    sounds: list[Playing] = []
    end.listen(lambda signal: sounds.append(signal.playing) if isinstance(signal, SoundEnded) else None)
    return sounds


def signals_at(end: End) -> list[Signal]:
    signals: list[Signal] = []
    end.listen(signals.append)
    return signals


@pytest.mark.parametrize("turned", [False, True])
async def test_sounds_and_keys_go_both_ways(ends: Ends, turned: bool) -> None:
    bridge(ends.to_bob, ends.to_ann) if turned else bridge(ends.to_ann, ends.to_bob)
    at_ann, at_bob = sounds_at(ends.ann), sounds_at(ends.bob)
    keys_at_ann, keys_at_bob = signals_at(ends.ann), signals_at(ends.bob)
    ends.ann.press("1")
    ends.bob.press("2")
    assert (keys_at_ann, keys_at_bob) == ([Pressed("2")], [Pressed("1")])
    ends.ann.play(Speech("Hello"))
    ends.bob.play(Speech("Hi there"))
    await asyncio.sleep(1)
    assert [(p.heard, p.began, p.ended, p.cut) for p in at_bob] == [("Hello", 0, 5 * BYTE_TIME, False)]
    assert [(p.heard, p.began, p.ended, p.cut) for p in at_ann] == [("Hi there", 0, 8 * BYTE_TIME, False)]


async def test_what_is_stopped_here_stops_there(ends: Ends) -> None:
    bridge(ends.to_ann, ends.to_bob)
    at_bob = sounds_at(ends.bob)
    playing = ends.ann.play(Speech("Hello"))
    await asyncio.sleep(0.130)
    playing.stop()
    assert [(p.heard, p.cut) for p in at_bob] == [("He" + CUT, True)]


async def test_a_sound_under_way_is_heard_from_its_middle(ends: Ends) -> None:
    at_bob = sounds_at(ends.bob)
    ends.ann.play(Speech("Hello"))
    await asyncio.sleep(0.150)
    bridge(ends.to_ann, ends.to_bob)
    await asyncio.sleep(1)
    assert [(p.heard, p.began, p.ended) for p in at_bob] == [(CUT + "lo", 150_000, 5 * BYTE_TIME)]


async def test_one_sound_after_the_other(ends: Ends) -> None:
    bridge(ends.to_ann, ends.to_bob)
    at_bob = sounds_at(ends.bob)
    await ends.ann.play(Speech("One")).done.wait()
    await ends.ann.play(BEEP).done.wait()
    await ends.ann.play(Speech("Two")).done.wait()
    assert [(str(p.sound), p.cut) for p in at_bob if not p.sound.spoken] == [("beep", False)]
    assert [p.heard for p in at_bob if p.sound.spoken] == ["One", "Two"]
    assert not any(p.cut for p in at_bob)


async def test_what_the_carrier_plays_itself_stops_what_is_forwarded(ends: Ends) -> None:
    bridge(ends.to_ann, ends.to_bob)
    at_bob = sounds_at(ends.bob)
    original = ends.ann.play(Speech("Hello"))
    await asyncio.sleep(0.060)
    whisper = ends.to_bob.play(Speech("One minute left"))
    await original.done.wait()
    assert ends.to_bob.playing is whisper
    assert [p.heard for p in at_bob] == ["H"]


async def test_stop_parts_them(ends: Ends) -> None:
    joined = bridge(ends.to_ann, ends.to_bob)
    at_bob = sounds_at(ends.bob)
    original = ends.ann.play(Speech("Hello"))
    await asyncio.sleep(0.120)
    joined.stop()
    joined.stop()
    assert (joined.over.is_set(), joined.left) == (True, None)
    assert [p.heard for p in at_bob] == ["He"]
    assert original.ended is None
    signals = signals_at(ends.bob)
    ends.ann.press("1")
    ends.ann.play(Speech("Anybody?"))
    assert signals == []


@pytest.mark.parametrize("who", ["ann", "bob"])
async def test_it_ends_when_one_side_leaves(ends: Ends, who: str) -> None:
    joined = bridge(ends.to_ann, ends.to_bob)
    leaver, stayer = (ends.ann, ends.bob) if who == "ann" else (ends.bob, ends.ann)
    at_stayer = sounds_at(stayer)
    leaver.play(Speech("Bye now"))
    await asyncio.sleep(0.180)
    leaver.hang_up()
    assert joined.over.is_set()
    assert joined.left is leaver.peer
    assert [p.heard for p in at_stayer] == ["Bye"]
    assert stayer.leg.gone is None
    assert stayer.peer.playing is None


async def test_a_leg_that_is_over_is_not_joined(ends: Ends) -> None:
    ends.bob.hang_up()
    joined = bridge(ends.to_ann, ends.to_bob)
    assert joined.over.is_set()
    assert joined.left is ends.to_bob
    signals = signals_at(ends.to_bob.peer)
    ends.ann.play(Speech("Hello"))
    assert signals == []


async def test_legs_may_be_joined_before_they_are_answered(surroundings: Surroundings, ends: Ends) -> None:
    ringing = Leg(surroundings, 3, ("+15550009999", "acme"), ("+15550003333", "eve"))
    joined = bridge(ends.to_ann, ringing.calling)
    at_eve = sounds_at(ringing.called)
    ringing.called.ring()
    ringing.called.answer()
    await ends.ann.play(Speech("Hello")).done.wait()
    assert [p.heard for p in at_eve] == ["Hello"]
    assert not joined.over.is_set()


async def test_what_was_stopped_as_it_began_is_not_forwarded(ends: Ends) -> None:
    ends.to_ann.listen(lambda signal: signal.playing.stop() if isinstance(signal, SoundBegan) else None)
    bridge(ends.to_ann, ends.to_bob)
    signals = signals_at(ends.bob)
    ends.ann.play(Speech("Hello"))
    await asyncio.sleep(1)
    assert signals == []


async def test_three_in_a_row(ends: Ends, surroundings: Surroundings) -> None:
    third = Leg(surroundings, 3, ("+15550002222", "bob"), ("+15550003333", "eve"))
    third.called.answer()
    at_eve = sounds_at(third.called)
    began: list[Signal] = []
    third.called.listen(lambda signal: began.append(signal) if isinstance(signal, SoundBegan) else None)
    bridge(ends.to_ann, ends.to_bob)
    bridge(ends.bob, third.calling)
    ends.ann.play(Speech("Hello"))
    await asyncio.sleep(1)
    assert [p.heard for p in at_eve] == ["Hello"]
    assert len(began) == 1
