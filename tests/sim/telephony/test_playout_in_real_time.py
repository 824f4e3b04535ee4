"""The playback buffer and the taps on a loop that waits, where every timer comes late. A second in all."""

from __future__ import annotations

import asyncio

from voicecall_sim.sound.code import Decoder, encode_ulaw
from voicecall_sim.telephony.line import Leg, Playing
from voicecall_sim.telephony.playout import Playout
from voicecall_sim.telephony.signals import Signal, SoundEnded
from voicecall_sim.telephony.tap import Tap
from voicecall_sim.telephony.ticker import Ticker
from voicecall_sim.world.chance import Chance
from voicecall_sim.world.clock import MILLISECOND, Clock, real_clock
from voicecall_sim.world.journal import Journal
from voicecall_sim.world.surroundings import Surroundings

WORDS = "In time."
AUDIO = encode_ulaw(WORDS)


class Line:
    """A leg with a buffer at one end and a reader at the other, who looks every 20 ms."""

    def __init__(self, clock: Clock) -> None:
        self.leg = Leg(Surroundings(clock=clock, chance=Chance(0), journal=Journal(clock)), 1, ("a", "a"), ("b", "b"))
        self.at_once = False
        self.marks: list[str] = []
        self.ended: list[Playing] = []
        self.pieces: list[bytes] = []
        self.playout = Playout(self.leg.calling, marked=self.marks.append)
        self.leg.called.listen(self._take)
        tap = Tap(self.leg.called)
        Ticker(clock).add(lambda: self.pieces.append(tap.read(160)))

    def _take(self, signal: Signal) -> None:
        if isinstance(signal, SoundEnded):
            self.ended.append(signal.playing)

    def words(self) -> str:
        """What the reader can make out."""
        decoder = Decoder()
        decoder.feed(b"".join(self.pieces))
        decoder.finish()
        return "".join(symbol.text for symbol in decoder.symbols)


async def at_once(line: Line) -> None:
    line.at_once = True
    line.playout.append(AUDIO)
    line.playout.mark("end")


async def paced(line: Line) -> None:
    """Three frames ahead, as applications send it."""
    loop = asyncio.get_running_loop()
    began = loop.time()
    for number, at in enumerate(range(0, len(AUDIO), 160)):
        await asyncio.sleep(max(0, began + 0.02 * (number - 3) - loop.time()))
        line.playout.append(AUDIO[at : at + 160])
    line.playout.mark("end")


async def both() -> list[Line]:
    clock = real_clock()
    lines = [Line(clock), Line(clock)]
    await asyncio.gather(at_once(lines[0]), paced(lines[1]))
    await asyncio.sleep(1)
    return lines


def test_what_is_heard_in_real_time_is_what_was_appended() -> None:
    for line in asyncio.run(both()):
        assert line.marks == ["end"]
        assert {len(piece) % 160 for piece in line.pieces} == {0}
        statistics = line.playout.statistics
        assert statistics.queued == statistics.played == len(WORDS) * 60 * MILLISECOND
        assert line.ended
        if line.at_once:
            # whatever the delays of this machine; paced audio may have gaps when it is very busy
            assert [playing.heard for playing in line.ended] == [WORDS]
            assert line.words() == WORDS
