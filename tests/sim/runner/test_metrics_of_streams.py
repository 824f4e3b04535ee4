"""What is measured where audio is made while it plays, in µs."""

from __future__ import annotations

import asyncio

import pytest

from voicecall_sim.runner.metrics import Gauge, Meter
from voicecall_sim.sound.sound import Speech
from voicecall_sim.telephony.line import Leg
from voicecall_sim.telephony.playout import Playout
from voicecall_sim.telephony.signals import Cause
from voicecall_sim.world.chance import Chance
from voicecall_sim.world.clock import LoopClock
from voicecall_sim.world.journal import Journal
from voicecall_sim.world.surroundings import Surroundings
from voicecall_sim.world.world import World

VOICE = b"\x20"
SECOND = 8000


class Line:
    """A leg from the application to a person, with a gauge on it."""

    def __init__(self) -> None:
        clock = LoopClock(asyncio.get_running_loop())
        self.leg = Leg(Surroundings(clock=clock, chance=Chance(0), journal=Journal(clock)), 1, ("a", "app"), ("b", "b"))
        self.meter = Meter()
        gauge = Gauge(self.meter, clock, clock.now())
        self.leg.called.listen(gauge.at_person)
        self.leg.calling.listen(gauge.at_app)
        self.playout = Playout(self.leg.calling)


async def first_audio(line: Line) -> None:
    await asyncio.sleep(1)
    line.playout.append(b"\xff" * 800 + VOICE * SECOND)
    await asyncio.sleep(3)


async def turn(line: Line) -> None:
    await line.leg.called.play(Speech("Hi")).done.wait()
    await asyncio.sleep(0.5)
    line.playout.append(b"\xff" * 80 + VOICE * SECOND)
    await asyncio.sleep(3)


async def overrun(line: Line) -> None:
    line.playout.append(VOICE * 5 * SECOND)
    await asyncio.sleep(2)
    line.leg.called.play(Speech("Stop"))
    await asyncio.sleep(0.15)
    line.playout.clear()
    await asyncio.sleep(3)


async def overrun_of_paced_frames(line: Line) -> None:
    for n in range(107):
        if n == 100:
            line.leg.called.play(Speech("Stop"))
        line.playout.append(VOICE * 160)
        await asyncio.sleep(0.02)
    await asyncio.sleep(3)


async def no_overrun_in_the_silence_after_a_voice(line: Line) -> None:
    line.playout.append(VOICE * SECOND)
    await asyncio.sleep(1.1)
    line.leg.called.play(Speech("Yes"))
    await asyncio.sleep(3)


async def no_overrun_at_its_last_sample(line: Line) -> None:
    line.playout.append(VOICE * SECOND)
    await asyncio.sleep(1)
    line.leg.called.play(Speech("Yes"))
    await asyncio.sleep(3)


async def hangup(line: Line) -> None:
    line.playout.append(VOICE * SECOND)
    await asyncio.sleep(1.05)
    line.leg.end(Cause.NORMAL, "app")


async def hangup_later(line: Line) -> None:
    line.playout.append(VOICE * SECOND)
    await asyncio.sleep(4)
    line.leg.end(Cause.NORMAL, "app")


CASES = [
    (first_audio, "first_audio", (1_100_000,)),
    (turn, "turn", (510_000,)),
    (overrun, "overrun", (150_000,)),
    (overrun_of_paced_frames, "overrun", (140_000,)),
    (no_overrun_in_the_silence_after_a_voice, "overrun", None),
    (no_overrun_at_its_last_sample, "overrun", None),
    (hangup, "hangup", (50_000,)),
    (hangup_later, "hangup", (3_000_000,)),
]


@pytest.mark.parametrize(("script", "name", "expected"), CASES, ids=[case[0].__name__ for case in CASES])
def test_streams_are_measured_at_their_samples(script: object, name: str, expected: tuple[int, ...] | None) -> None:
    async def perform() -> Meter:
        line = Line()
        await script(line)  # type: ignore[operator]
        return line.meter

    assert World().run(perform()).taken().get(name) == expected
