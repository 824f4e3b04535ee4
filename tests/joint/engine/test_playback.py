"""What a stream plays: paced without drift, known by its marks, silent at once when told so."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voicecall_sdk.audio.levels import DoubleTalk
from voicecall_sdk.engine.pacer import Pacer
from voicecall_sdk.engine.playback import LATE, LEAD, PROGRESS, Outlet, Playback, Progress
from voicecall_sim.world.testing import in_world, run_in_world
from voicecall_sim.world.world import World

FRAME = bytes(160)


@dataclass
class Carrier:
    """Notes what it gets and when, and plays it: `echo` returns the marks when they are due."""

    got: list[tuple[float, str | bytes]] = field(default_factory=list)
    done: list[float] = field(default_factory=list)
    echo: bool = True

    def __post_init__(self) -> None:
        self.pacer = Pacer()
        outlet = Outlet(sound=self._sound, mark=self._mark, clear=self._clear)
        self.playback = Playback(outlet, self.pacer, DoubleTalk(), lambda: self.done.append(now()))
        self._until = 0.0

    async def _sound(self, ulaw: bytes) -> None:
        self.got.append((now(), ulaw))
        self._until = max(self._until, now()) + len(ulaw) / 8000

    async def _mark(self, name: str) -> None:
        self.got.append((now(), name))
        if self.echo:
            asyncio.get_running_loop().call_at(max(now(), self._until), self.playback.marked, name)

    async def _clear(self) -> None:
        self.got.append((now(), "clear"))
        self._until = now()

    @property
    def frames(self) -> list[float]:
        return [at for at, what in self.got if isinstance(what, bytes)]

    @property
    def sound(self) -> bytes:
        return b"".join(what for _, what in self.got if isinstance(what, bytes))

    @property
    def words(self) -> list[str]:
        return [what for _, what in self.got if isinstance(what, str)]

    async def play(self, ulaw: bytes) -> None:
        self.playback.begin()
        await self.playback.add(ulaw)
        await self.playback.finish()


def now() -> float:
    return asyncio.get_running_loop().time()


@in_world()
async def test_frames_leave_with_a_lead_and_then_one_by_one(world: World) -> None:
    carrier = Carrier()
    await carrier.play(FRAME * 1000)
    await asyncio.sleep(21)
    assert carrier.frames[:LEAD] == [0.0] * LEAD
    steps = [
        round(after - before, 6)
        for before, after in zip(carrier.frames[LEAD:], carrier.frames[LEAD + 1 :], strict=False)
    ]
    assert set(steps) == {0.02}
    assert carrier.frames[-1] == pytest.approx((1000 - LEAD) * 0.02)
    assert carrier.done == [pytest.approx(20.0)]
    assert len([name for name in carrier.words if name.endswith("-end")]) == 1


@in_world()
async def test_the_clock_stands_still_when_nothing_plays(world: World) -> None:
    carrier = Carrier()
    await carrier.play(FRAME)
    await asyncio.sleep(5)
    assert not [task for task in asyncio.all_tasks() if task.get_name() == "media pacer"]


@in_world()
async def test_an_end_that_is_not_told_is_believed_after_a_while(world: World) -> None:
    carrier = Carrier(echo=False)
    await carrier.play(FRAME * 50)
    await asyncio.sleep(10)
    assert carrier.done == [pytest.approx(1.0 + LATE, abs=0.25)]


@pytest.mark.parametrize("after", [0.0, 0.1, 0.5, 1.0, 1.234, 2.5])
def test_what_was_heard_is_what_time_has_played(after: float) -> None:
    async def body(world: World) -> Progress:
        carrier = Carrier()
        await carrier.play(FRAME * 150)
        await asyncio.sleep(after)
        progress = await carrier.playback.clear()
        sent = len(carrier.frames)
        await asyncio.sleep(5)
        assert len(carrier.frames) == sent
        assert carrier.done == []
        assert carrier.words[-1] == "clear"
        return progress

    progress = run_in_world(body)
    assert progress.played == pytest.approx(after * 8000, abs=1)
    assert (progress.given, progress.whole) == (150 * 160, True)


@in_world()
async def test_marks_that_a_clear_returns_are_not_heard(world: World) -> None:
    carrier = Carrier(echo=False)
    await carrier.play(FRAME * 200)
    await asyncio.sleep(1)
    await carrier.playback.clear()
    returned = [name for name in carrier.words if name != "clear"]
    assert returned
    carrier.playback.begin()
    await carrier.playback.add(FRAME * 100)
    for name in [*returned, "1-end"]:
        carrier.playback.marked(name)
    assert carrier.done == []
    assert carrier.playback.progress().played == 0


@in_world()
async def test_a_carrier_that_plays_late_is_not_believed_to_be_further_than_its_marks(world: World) -> None:
    carrier = Carrier(echo=False)
    await carrier.play(FRAME * 500)
    await asyncio.sleep(5)
    most = (PROGRESS * 160 + 2000) / 8000
    assert (await carrier.playback.clear()).played / 8000 == pytest.approx(most)


@in_world()
async def test_a_voice_that_is_made_slower_than_it_speaks_has_gaps_and_no_rush(world: World) -> None:
    carrier = Carrier()
    carrier.playback.begin()
    for _ in range(10):
        await carrier.playback.add(FRAME * 5)
        await asyncio.sleep(0.5)
    await carrier.playback.finish()
    await asyncio.sleep(1)
    assert len(carrier.frames) == 50
    assert all(carrier.frames[n * 5] == pytest.approx(n * 0.5, abs=0.02) for n in range(10))
    assert len(carrier.done) == 1


@given(st.lists(st.binary(min_size=1, max_size=700), min_size=1, max_size=12))
def test_pieces_of_any_size_leave_as_whole_frames(pieces: list[bytes]) -> None:
    async def body(world: World) -> None:
        carrier = Carrier()
        carrier.playback.begin()
        for piece in pieces:
            await carrier.playback.add(piece)
        await carrier.playback.finish()
        await asyncio.sleep(3)
        whole = b"".join(pieces)
        assert carrier.sound == whole + b"\xff" * (-len(whole) % 160)
        assert {len(what) for _, what in carrier.got if isinstance(what, bytes)} == {160}
        assert len(carrier.done) == 1

    run_in_world(body)


@in_world()
async def test_many_play_by_one_clock(world: World) -> None:
    carriers = [Carrier() for _ in range(5)]
    for carrier in carriers[1:]:
        carrier.playback._pacer = carriers[0].pacer
    for carrier in carriers:
        await carrier.play(FRAME * 100)
        await asyncio.sleep(0.007)
    await asyncio.sleep(3)
    assert [len(carrier.frames) for carrier in carriers] == [100] * 5
    assert all(len(carrier.done) == 1 for carrier in carriers)


@pytest.mark.parametrize(
    ("progress", "heard"),
    [
        (Progress(0, 16000, whole=True), ""),
        (Progress(16000, 16000, whole=True), "0123456789"),
        (Progress(8000, 16000, whole=True), "01234"),
        (Progress(0, 0, whole=False), ""),
        (Progress(1067, 1067, whole=False), "01"),
    ],
)
def test_the_text_that_was_heard(progress: Progress, heard: str) -> None:
    assert progress.heard("0123456789") == heard


def test_no_letter_is_heard_by_half() -> None:
    assert Progress(3, 4, whole=True).heard("éé") == "é"
