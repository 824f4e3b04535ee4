"""The playback buffer: what is heard, when, and what became of the audio."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

import pytest

from voicecall_sim.sound.code import encode_ulaw
from voicecall_sim.sound.growing import Growing
from voicecall_sim.sound.sound import SAMPLE
from voicecall_sim.telephony.line import End, Leg, Playing
from voicecall_sim.telephony.playout import Playout
from voicecall_sim.telephony.signals import Cause, Signal, SoundBegan, SoundEnded
from voicecall_sim.telephony.tap import Tap
from voicecall_sim.world.clock import MILLISECOND, SECOND, LoopClock, Micros, seconds

QUIET = b"\xff"
LOUD = b"\x20"
FRAME = 160


@dataclass
class Log:
    """What the other end was told, and when; marks too."""

    clock: LoopClock
    told: list[tuple[Micros, str, Playing]] = field(default_factory=list)
    marks: list[tuple[Micros, str]] = field(default_factory=list)

    def take(self, signal: Signal) -> None:
        if isinstance(signal, SoundBegan | SoundEnded):
            self.told.append((self.clock.now(), type(signal).__name__, signal.playing))

    def marked(self, name: str) -> None:
        self.marks.append((self.clock.now(), name))

    def spans(self) -> list[tuple[Micros, Micros | None]]:
        return [(playing.began, playing.ended) for _, kind, playing in self.told if kind == "SoundBegan"]


@pytest.fixture
def log(leg: Leg) -> Log:
    log = Log(leg.surroundings.clock)  # type: ignore[arg-type]
    leg.called.listen(log.take)
    return log


@pytest.fixture
def end(leg: Leg) -> End:
    return leg.calling


async def sleep(span: Micros) -> None:
    await asyncio.sleep(seconds(span))


async def test_what_is_appended_is_heard_from_its_first_voiced_sample_to_its_last(end: End, log: Log) -> None:
    playout = Playout(end)
    await sleep(1234)
    assert playout.append(QUIET * 400 + LOUD * 800 + QUIET * 240)
    await sleep(SECOND)
    began = 1234 + 400 * SAMPLE
    assert log.spans() == [(began, began + 800 * SAMPLE)]
    assert [at for at, _, _ in log.told] == [began, began + 800 * SAMPLE + 200 * MILLISECOND]
    assert not log.told[0][2].cut


async def test_silence_is_no_sound_and_needs_no_timer(end: End, log: Log) -> None:
    playout = Playout(end)
    for _ in range(50):
        playout.append(QUIET * FRAME)
        await sleep(20 * MILLISECOND)
    assert log.told == []
    assert playout.statistics.played == SECOND
    assert playout._timer is None


@pytest.mark.parametrize(("pause", "runs"), [(1, 1), (199, 1), (200, 2), (1000, 2)])
@pytest.mark.parametrize("underrun", [False, True])
async def test_a_pause_in_the_audio_or_between_its_pieces(
    end: End, log: Log, pause: int, runs: int, underrun: bool
) -> None:
    playout = Playout(end)
    if underrun:
        playout.append(LOUD * 800)
        await sleep((100 + pause) * MILLISECOND)
        playout.append(LOUD * 800)
    else:
        playout.append(LOUD * 800 + QUIET * (pause * 8) + LOUD * 800)
    await sleep(3 * SECOND)
    whole = (200 + pause) * MILLISECOND
    expected = [(0, whole)] if runs == 1 else [(0, 100_000), (100_000 + pause * 1000, whole)]
    assert log.spans() == expected
    assert playout.statistics.queued == playout.statistics.played == (200_000 if underrun else whole)


async def test_an_underrun_is_silence_in_the_sound(end: End, log: Log) -> None:
    playout = Playout(end)
    playout.append(LOUD * 80)
    await sleep(30 * MILLISECOND)
    playout.append(LOUD * 80)
    await sleep(SECOND)
    assert log.told[0][2].sound.ulaw(0, 400) == LOUD * 80 + QUIET * 160 + LOUD * 80 + QUIET * 80


async def test_a_frame_at_the_instant_of_the_drain_is_seamless(end: End, log: Log) -> None:
    playout = Playout(end, marked=log.marked)
    playout.append(LOUD * FRAME)
    playout.mark("drained")
    order = asyncio.get_running_loop()
    # at the same instant as the mark's timer, made after and before it
    order.call_later(0.02, playout.append, LOUD * FRAME)
    order.call_later(0.04, playout.append, LOUD * FRAME)
    await sleep(SECOND)
    assert log.spans() == [(0, 60 * MILLISECOND)]
    assert log.told[0][2].sound.ulaw(0, 480) == LOUD * 480
    assert log.marks == [(20 * MILLISECOND, "drained")]


async def test_paced_frames_for_ten_minutes_do_not_drift(end: End, log: Log) -> None:
    playout = Playout(end)
    tap = Tap(end.peer)
    heard = 0
    for _ in range(30_000):
        playout.append(LOUD * FRAME)
        await sleep(20 * MILLISECOND)
        heard += tap.read() == LOUD * FRAME
    await sleep(SECOND)
    assert log.spans() == [(0, 600 * SECOND)]
    assert heard == 30_000


async def test_marks_are_told_when_everything_before_them_was_played(end: End, log: Log) -> None:
    playout = Playout(end, marked=log.marked)
    playout.mark("empty")
    playout.append(LOUD * 800)
    playout.mark("a")
    playout.mark("b")
    playout.append(QUIET * 100)
    playout.mark("c")
    assert log.marks == [(0, "empty")]
    await sleep(SECOND)
    assert log.marks == [(0, "empty"), (100_000, "a"), (100_000, "b"), (112_500, "c")]
    playout.mark("later")
    assert log.marks[-1] == (SECOND, "later")


async def test_clear_falls_silent_at_once_and_returns_what_is_pending(end: End, log: Log) -> None:
    playout = Playout(end, marked=log.marked)
    playout.append(LOUD * 800)
    playout.mark("played")
    playout.append(LOUD * 8000)
    playout.mark("one")
    playout.mark("two")
    await sleep(250 * MILLISECOND + 1)
    assert playout.clear() == ["one", "two"]
    assert log.spans() == [(0, 250 * MILLISECOND + 1)]
    assert log.told[0][2].cut
    assert playout.buffered == 0
    await sleep(2 * SECOND)
    assert log.marks == [(100_000, "played")]
    statistics = playout.statistics
    assert (statistics.queued, statistics.played, statistics.discarded) == (1_100_000, 250_000, 850_000)
    assert playout.clear() == []


async def test_clear_at_the_instant_of_a_mark_finds_it_played(end: End, log: Log) -> None:
    playout = Playout(end, marked=log.marked)
    asyncio.get_running_loop().call_later(0.1, lambda: pending.extend(playout.clear()))
    pending: list[str] = []
    playout.append(LOUD * 800)
    playout.mark("played")
    await sleep(SECOND)
    assert (pending, log.marks) == ([], [(100_000, "played")])


async def test_clear_in_the_silence_after_a_voice_cuts_nothing(end: End, log: Log) -> None:
    playout = Playout(end)
    playout.append(LOUD * 800 + QUIET * 8000)
    await sleep(150 * MILLISECOND)
    playout.clear()
    assert log.spans() == [(0, 100_000)]
    assert not log.told[0][2].cut
    playout.append(LOUD * 80)
    assert log.spans()[1:] == [(150_000, None)]


async def test_the_limit_refuses_a_whole_append(end: End) -> None:
    playout = Playout(end, limit=SECOND)
    assert playout.append(LOUD * 8000)
    assert not playout.append(LOUD * 1)
    await sleep(125)
    assert playout.append(LOUD * 1)
    assert not playout.append(LOUD * 9000)
    assert playout.buffered == SECOND
    assert playout.statistics.refused == 9001 * SAMPLE


async def test_closed_it_is_silent_and_takes_nothing(end: End, log: Log) -> None:
    playout = Playout(end, marked=log.marked)
    playout.append(LOUD * 8000)
    playout.mark("never")
    await sleep(40_000)
    playout.close()
    playout.close()
    assert not playout.append(LOUD * 10)
    playout.mark("nor this")
    await sleep(2 * SECOND)
    assert log.spans() == [(0, 40_000)]
    assert log.marks == []


async def test_when_the_leg_ends_the_sound_ends_and_nothing_follows(leg: Leg, end: End, log: Log) -> None:
    playout = Playout(end, marked=log.marked)
    audio = encode_ulaw("Hello")
    playout.append(audio)
    playout.mark("on time")
    await sleep(150 * MILLISECOND)
    leg.end(Cause.NORMAL, "somebody")
    assert [playing.heard for _, kind, playing in log.told if kind == "SoundEnded"] == ["He▯"]
    assert playout.append(audio)
    await sleep(2 * SECOND)
    assert len(log.told) == 2
    assert log.marks == [(300_000, "on time")]


async def test_another_sound_at_the_same_end_puts_an_end_to_the_run(end: End, log: Log) -> None:
    playout = Playout(end)
    playout.append(LOUD * 800)
    await sleep(50_000)
    end.play(Growing())
    playout.append(LOUD * 800)
    await sleep(SECOND)
    assert log.spans()[0] == (0, 50_000)
    # what was queued before is gone with the run; what came then is a run of its own
    assert log.spans()[2] == (100_000, 200_000)
    assert [at for at, kind, _ in log.told if kind == "SoundBegan"] == [0, 50_000, 100_000]


async def test_whoever_hears_it_begin_may_have_it_cleared(end: End, log: Log) -> None:
    playout = Playout(end)
    stop = end.peer.listen(lambda signal: playout.clear() and None if isinstance(signal, SoundBegan) else None)
    playout.append(LOUD * 800)
    stop()
    await sleep(SECOND)
    assert log.spans() == [(0, 0)]
    assert playout.statistics.discarded == 100_000


async def test_a_mark_may_append_and_clear_in_turn(end: End, log: Log) -> None:
    def on_mark(name: str) -> None:
        log.marked(name)
        if name == "more":
            playout.append(LOUD * 800)
            playout.mark("end")

    playout = Playout(end, marked=on_mark)
    playout.append(LOUD * 800)
    playout.mark("more")
    await sleep(SECOND)
    assert log.marks == [(100_000, "more"), (200_000, "end")]
    assert log.spans() == [(0, 200_000)]


async def test_what_is_quieter_than_a_line_is_silence(end: End, log: Log) -> None:
    quiet, loud = bytes([0xFF - 7, 0x7F - 7]), bytes([0xFF - 8, 0x7F - 8])
    playout = Playout(end)
    playout.append(quiet * 400)
    playout.append(loud * 400)
    playout.append(quiet * 4000)
    await sleep(3 * SECOND)
    assert log.spans() == [(100_000, 200_000)]


async def test_timers_that_come_late_change_no_instant(end: End, log: Log) -> None:
    playout, loop = Playout(end, marked=log.marked), asyncio.get_running_loop()
    playout.append(LOUD * 800)
    playout.mark("played")
    # a busy machine: nothing runs for a second
    loop.skip(SECOND)  # type: ignore[attr-defined]
    playout.append(QUIET * 80 + LOUD * 800)
    assert log.marks == [(SECOND, "played")]
    assert log.spans() == [(0, 100_000)]
    loop.skip(50_000)  # type: ignore[attr-defined]
    playout.append(LOUD * 800)
    assert log.spans() == [(0, 100_000), (1_010_000, None)]
    await sleep(SECOND)
    assert log.spans()[1:] == [(1_010_000, 1_210_000)]


async def test_buffers_that_are_silent_when_the_leg_ends_stay_so(leg: Leg, end: End, log: Log) -> None:
    playout = Playout(end)
    playout.append(QUIET * 800 + LOUD * 800)
    leg.end(Cause.NORMAL, "somebody")
    await sleep(SECOND)
    assert log.told == []
    assert playout.statistics.played == 200 * MILLISECOND
    assert playout._timer is None
