from __future__ import annotations

import asyncio
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voicecall_sim.actors.ear import SILENCE, Ear
from voicecall_sim.actors.hearing import Hearing
from voicecall_sim.actors.utterance import Utterance, joined
from voicecall_sim.sound.sound import BYTE_TIME, CUT, Speech
from voicecall_sim.sound.tones import BEEP
from voicecall_sim.telephony.line import End, Leg, Playing
from voicecall_sim.telephony.signals import Cause, SoundBegan
from voicecall_sim.world.chance import Chance
from voicecall_sim.world.clock import MILLISECOND, LoopClock, Micros, seconds
from voicecall_sim.world.journal import Journal
from voicecall_sim.world.loop import VirtualLoop
from voicecall_sim.world.surroundings import Surroundings
from voicecall_sim.world.world import World


class Line:
    """Somebody who speaks and an ear at the other end, which keeps what is complete and when it became so."""

    def __init__(self, surroundings: Surroundings) -> None:
        self.leg = Leg(surroundings, 1, ("+15550001234", "app"), ("+15550005678", "anna"))
        self.leg.called.answer()
        self.mouth: End = self.leg.calling
        self.whole: list[tuple[Micros, str]] = []
        self.clock = surroundings.clock
        self.hearing = Hearing(surroundings.clock)
        self.ear = Ear(self.leg.called, self.hearing, self.completed)
        self.ear.open()

    def completed(self, utterance: Utterance) -> None:
        self.whole.append((self.clock.now(), utterance.text))

    def say(self, words: str) -> Playing:
        return self.mouth.play(Speech(words))

    async def settle(self) -> None:
        """Let everything of this instant happen."""
        loop = asyncio.get_running_loop()
        assert isinstance(loop, VirtualLoop)
        await loop.settle()


@pytest.fixture
def line(surroundings: Surroundings) -> Line:
    return Line(surroundings)


async def wait(ms: int) -> None:
    await asyncio.sleep(ms / 1000)


async def test_how_much_was_heard_of_a_voice_that_is_over_stays(line: Line) -> None:
    playing = line.say("Hello")
    await wait(100)
    (stretch,) = line.hearing.utterances[0].stretches
    assert (stretch.heard, stretch.over) == (100_000, False)
    await wait(50)
    assert stretch.heard == 150_000
    playing.stop()
    await wait(50)
    assert (stretch.heard, stretch.ended, stretch.over, stretch.cut) == (150_000, 150_000, True, True)


async def test_an_utterance_is_complete_400_ms_after_its_last_sound(line: Line) -> None:
    line.say("Hello")
    await wait(699)
    assert line.whole == []
    await wait(2)
    assert line.whole == [(700_000, "Hello")]
    (utterance,) = line.ear.utterances
    assert (utterance.began, utterance.ended, utterance.text) == (0, 300_000, "Hello")
    assert (utterance.complete, utterance.cut, utterance.call) == (True, False, None)


async def test_running_text_grows_by_whole_characters(line: Line) -> None:
    line.say("Né!")
    seen = []
    for _ in range(7):
        seen.append(line.ear.running)
        await wait(60)
    assert seen == ["", "N", "N", "Né", "Né!", "Né!", "Né!"]
    (utterance,) = line.ear.utterances
    assert (utterance.ended, utterance.complete) == (4 * BYTE_TIME, False)
    await wait(400)
    assert line.ear.running == ""


async def test_an_utterance_under_way_ends_now(line: Line) -> None:
    line.say("Hello")
    await wait(100)
    (utterance,) = line.ear.utterances
    assert (utterance.ended, utterance.text, utterance.cut) == (100_000, "H", False)


@pytest.mark.parametrize(
    ("gap", "texts"), [(0, ["Hello you"]), (399, ["Hello you"]), (400, ["Hello", "you"]), (900, ["Hello", "you"])]
)
async def test_sounds_nearer_than_400_ms_are_one_utterance(line: Line, gap: int, texts: list[str]) -> None:
    line.say("Hello")
    await wait(300 + gap)
    line.say("you")
    await wait(3000)
    assert [text for _, text in line.whole] == texts


@pytest.mark.parametrize(
    ("texts", "text"),
    [
        ([], ""),
        (["a"], "a"),
        (["a", "b"], "a b"),
        (["a ", "b"], "a b"),
        (["a", " b"], "a b"),
        (["a\n", "\tb", "c"], "a\n\tb c"),
        (["a" + CUT, "b"], f"a{CUT} b"),
    ],
)
def test_a_space_stands_where_two_sounds_meet(texts: list[str], text: str) -> None:
    assert joined(texts) == text


async def test_a_sound_at_the_very_instant_of_the_silence_is_another_utterance(line: Line) -> None:
    line.say("Hello")
    asyncio.get_running_loop().call_later(0.7, line.say, "you")
    await wait(3000)
    assert line.whole == [(700_000, "Hello"), (700_000 + 180_000 + 400_000, "you")]


async def test_what_was_stopped_as_it_began_was_not_heard(line: Line) -> None:
    late = Ear(line.leg.called, Hearing(line.clock))
    line.leg.called.listen(lambda signal: signal.playing.stop() if isinstance(signal, SoundBegan) else None)
    late.open()
    line.say("Hello")
    await wait(1000)
    assert late.utterances == line.ear.utterances == []


async def test_what_was_stopped_as_it_began_does_not_keep_an_utterance_open(line: Line) -> None:
    late = Ear(line.leg.called, Hearing(line.clock))
    stopping: list[Playing] = []
    line.leg.called.listen(
        lambda signal: signal.playing.stop() if isinstance(signal, SoundBegan) and stopping else None
    )
    late.open()
    stopping.append(line.say("Hello"))
    await wait(400)
    line.say("you")
    await wait(1000)
    (utterance,) = late.utterances
    assert (utterance.text, utterance.complete) == ("Hello", True)


async def test_what_is_cut_shows(line: Line) -> None:
    playing = line.say("Your appointment")
    await wait(11 * 60 + 20)
    playing.stop()
    assert line.ear.running == "Your appoin" + CUT
    await wait(1000)
    (utterance,) = line.ear.utterances
    assert (utterance.text, utterance.cut, utterance.ended) == ("Your appoin" + CUT, True, 680_000)


async def test_a_cut_voice_that_goes_on(line: Line) -> None:
    line.say("Hello")
    await wait(130)
    line.say("Sorry?")
    await wait(2000)
    assert [text for _, text in line.whole] == [f"He{CUT} Sorry?"]


async def test_a_beep_is_silence(line: Line) -> None:
    line.say("Hello")
    await wait(300)
    line.mouth.play(BEEP)
    await wait(500)
    assert not line.ear.sounding
    line.say("you")
    await wait(1000)
    assert [text for _, text in line.whole] == ["Hello", "you"]


async def test_a_beep_cuts_what_was_said(line: Line) -> None:
    line.say("Hello")
    await wait(60)
    line.mouth.play(BEEP)
    await wait(1000)
    assert line.whole == [(460_000, "H")]
    assert line.ear.utterances[0].cut


@pytest.mark.parametrize("words", ["", "Hello"])
async def test_what_was_stopped_before_it_sounded_was_not_heard(line: Line, words: str) -> None:
    line.say(words).stop()
    await wait(1000)
    assert line.whole == []
    assert line.ear.utterances == []
    assert not line.ear.voiced_since(-1)


async def test_what_was_stopped_before_it_sounded_does_not_break_a_silence(line: Line) -> None:
    line.say("One")
    await wait(180 + 300)
    line.say("x").stop()
    await wait(150)
    line.say("Two")
    await wait(1000)
    assert line.whole == [(580_000, "One"), (630_000 + 180_000 + 400_000, "Two")]


async def test_an_utterance_begins_with_what_sounded_first(line: Line) -> None:
    line.say("x").stop()
    await wait(100)
    line.say("Hello")
    await wait(1000)
    (utterance,) = line.ear.utterances
    assert (utterance.began, utterance.ended, utterance.text) == (100_000, 400_000, "Hello")


async def test_hanging_up_completes_at_once(line: Line) -> None:
    line.say("Hello")
    await wait(100)
    line.leg.end(Cause.NORMAL, "app")
    assert line.whole == [(100_000, "H" + CUT)]
    await wait(1000)
    assert len(line.whole) == 1


async def test_hanging_up_in_the_silence_completes_at_once(line: Line) -> None:
    line.say("Hello")
    await wait(400)
    line.leg.end(Cause.NORMAL, "app")
    assert line.whole == [(400_000, "Hello")]
    await wait(1000)
    assert len(line.whole) == 1


async def test_an_ear_opened_late_hears_the_rest(line: Line) -> None:
    line.say("Hello")
    late = Ear(line.leg.called, Hearing(line.clock))
    await wait(150)
    late.open()
    await wait(1000)
    (utterance,) = late.utterances
    assert (utterance.text, utterance.began, utterance.ended) == (CUT + "lo", 150_000, 300_000)


async def test_a_closed_ear_keeps_what_it_heard(line: Line) -> None:
    line.say("Hello")
    await wait(150)
    line.ear.close()
    line.ear.close()
    await wait(1000)
    assert line.whole == [(150_000, "He" + CUT)]
    (utterance,) = line.ear.utterances
    assert (utterance.ended, utterance.text, utterance.cut) == (150_000, "He" + CUT, True)


async def test_when_it_was_quiet(line: Line) -> None:
    await wait(100)
    assert line.ear.quiet_since == 0
    line.say("Hello")
    await wait(100)
    assert (line.ear.quiet_since, line.ear.sounding) == (200_000, True)
    await wait(300)
    assert (line.ear.quiet_since, line.ear.sounding) == (400_000, False)
    await wait(1000)
    assert line.ear.quiet_since == 400_000
    assert [line.ear.voiced_since(instant) for instant in (-1, 399_999, 400_000)] == [True, True, False]


# --- against a model ---------------------------------------------------------------------------------------------

Scene = list[tuple[int, str, int]]
"""Silences before, words, and how long they may last, in steps of 20 ms."""

SCENES = st.lists(
    st.tuples(st.integers(0, 30), st.text("ab é", min_size=1, max_size=6), st.integers(0, 40)), max_size=6
)


def expected(scene: Scene) -> list[tuple[Micros, Micros, str]]:
    """The utterances of a scene, worked out over again: began, ended, text."""
    heard: list[tuple[Micros, Micros, str]] = []
    now = 0
    for silence, words, limit in scene:
        began = now + silence * 20 * MILLISECOND
        data = words.encode()
        span = min(limit * 20 * MILLISECOND, len(data) * 60 * MILLISECOND)
        now = began + span
        if not span:
            continue
        part = data[: span // (60 * MILLISECOND)]
        text = part.decode(errors="ignore")
        if span % (60 * MILLISECOND) or text.encode() != part:
            text += CUT
        if heard and began - heard[-1][1] < 400 * MILLISECOND:
            first, _, before = heard.pop()
            gap = "" if before.endswith(" ") or text.startswith(" ") else " "
            heard.append((first, now, before + gap + text))
        else:
            heard.append((began, now, text))
    return heard


async def performed(line: Line, scene: Scene) -> None:
    for silence, words, limit in scene:
        await asyncio.sleep(silence * 0.02)
        playing = line.say(words)
        stopper = asyncio.get_running_loop().call_later(limit * 0.02, playing.stop)
        if not limit:
            playing.stop()
        await playing.done.wait()
        stopper.cancel()


def in_a_world(scenario: Any) -> Any:
    world = World()

    async def run() -> Any:
        clock = LoopClock(asyncio.get_running_loop())
        return await scenario(Line(Surroundings(clock=clock, chance=Chance(0), journal=Journal(clock))))

    return world.run(run())


@given(SCENES)
def test_any_scene(scene: Scene) -> None:
    async def scenario(line: Line) -> list[Utterance]:
        await performed(line, scene)
        await asyncio.sleep(seconds(SILENCE))
        await asyncio.sleep(0)
        return line.ear.utterances

    utterances = in_a_world(scenario)
    assert [(u.began, u.ended, u.text) for u in utterances] == expected(scene)
    assert all(u.complete for u in utterances)


@given(SCENES, st.text("ab é" + CUT, min_size=1, max_size=3), st.integers(0, 60))
def test_a_search_finds_what_polling_finds(scene: Scene, part: str, late: int) -> None:
    """Every instant at which running text can change here lies on a grid of 20 ms: look at all of them."""

    async def scenario(line: Line) -> tuple[Micros | None, Micros | None]:
        polled: list[Micros] = []

        async def poll() -> None:
            while True:
                await line.settle()
                if not polled and part in line.ear.running:
                    polled.append(line.clock.now())
                await asyncio.sleep(0.02)

        poller = asyncio.ensure_future(poll())
        play = asyncio.ensure_future(performed(line, scene))
        await asyncio.sleep(late * 0.02)
        try:
            async with asyncio.timeout(30):
                found = (await line.hearing.heard(lambda text: part in text)).at
        except TimeoutError:
            found = None
        await play
        await asyncio.sleep(0.5)
        poller.cancel()
        return found, polled[0] if polled else None

    found, polled = in_a_world(scenario)
    assert found == polled
