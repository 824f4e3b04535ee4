"""The playback buffer against models, in whatever pieces audio comes."""

from __future__ import annotations

import asyncio
import random
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from voicecall_sim.sound.sound import SAMPLE
from voicecall_sim.telephony.line import Leg, Playing
from voicecall_sim.telephony.playout import Playout
from voicecall_sim.telephony.signals import SoundBegan
from voicecall_sim.telephony.tap import Tap
from voicecall_sim.telephony.ticker import Ticker
from voicecall_sim.world.chance import Chance
from voicecall_sim.world.clock import MILLISECOND, SECOND, LoopClock, Micros, seconds
from voicecall_sim.world.journal import Journal
from voicecall_sim.world.surroundings import Surroundings
from voicecall_sim.world.world import World

QUIET = b"\xff"


async def sleep(span: Micros) -> None:
    await asyncio.sleep(seconds(span))


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 250_000), st.integers(1, 3000)), max_size=15), st.integers(1, 124))
def test_whoever_listens_hears_the_same_at_once_and_later(script: list[tuple[int, int]], phase: int) -> None:
    """Audio that comes between the samples of other grids is not read before it is there."""
    World().run(read_twice(script, phase))


async def read_twice(script: list[tuple[int, int]], phase: int) -> None:
    clock = LoopClock(asyncio.get_running_loop())
    leg = Leg(Surroundings(clock=clock, chance=Chance(0), journal=Journal(clock)), 1, ("a", "a"), ("b", "b"))
    playout = Playout(leg.calling)
    await sleep(phase)
    later, reader, pieces = Tap(leg.called), Tap(leg.called), list[bytes]()
    stop = Ticker(clock).add(lambda: pieces.append(reader.read()))
    noise = random.Random(1)
    for wait, count in script:
        await sleep(wait)
        pieces.append(reader.read())
        playout.append(bytes(noise.choice(b"\x10\x90\x33") for _ in range(count)))
        pieces.append(reader.read())
    await sleep(playout.buffered + SECOND)
    stop()
    assert b"".join([*pieces, reader.read()]) == later.read()
    assert sum(piece.count(b) for piece in pieces for b in b"\x10\x90\x33") == sum(count for _, count in script)


chunks = st.lists(
    st.tuples(
        st.integers(0, 60_000),  # µs before it
        st.lists(st.tuples(st.booleans(), st.integers(1, 2500)), min_size=1, max_size=4),
    ),
    max_size=12,
)


@settings(max_examples=60, deadline=None)
@given(chunks)
def test_what_the_other_side_hears_is_what_was_played_sample_by_sample(
    script: list[tuple[int, list[tuple[bool, int]]]],
) -> None:
    """Against a model: a list of samples, with a gap for every underrun."""
    World().run(play_and_compare(script))


async def play_and_compare(script: list[tuple[int, list[tuple[bool, int]]]]) -> None:
    clock = LoopClock(asyncio.get_running_loop())
    leg = Leg(Surroundings(clock=clock, chance=Chance(0), journal=Journal(clock)), 1, ("a", "a"), ("b", "b"))
    playout, tap, reader = Playout(leg.calling), Tap(leg.called), Tap(leg.called)
    pieces: list[bytes] = []
    stop = Ticker(clock).add(lambda: pieces.append(reader.read(160)))
    sounds: list[Playing] = []
    leg.called.listen(lambda signal: sounds.append(signal.playing) if isinstance(signal, SoundBegan) else None)
    noise, samples, drain = random.Random(1), [], 0
    for wait, parts in script:
        # on the grid of samples, where a model is simple
        await sleep(wait // SAMPLE * SAMPLE)
        audio = b"".join(
            bytes(noise.choice(b"\x10\x90\x33") if voiced else 0xFF for _ in range(count)) for voiced, count in parts
        )
        at = max(clock.now() // SAMPLE, drain)
        samples += [0xFF] * (at - len(samples)) + list(audio)
        drain = at + len(audio)
        assert playout.append(audio)
    await sleep(max(0, drain * SAMPLE - clock.now()) + SECOND)
    stop()
    heard = tap.read()
    assert {len(piece) for piece in pieces} == {160}
    assert b"".join([*pieces, reader.read()]) == heard
    assert heard == bytes(samples) + QUIET * (len(heard) - len(samples))
    assert playout.statistics.played == playout.statistics.queued
    assert playout._timer is None
    for one, other in pairwise(sounds):
        assert one.ended is not None
        assert other.began - one.ended >= 200 * MILLISECOND
