"""People who listen to audio that is made while they hear it."""

from __future__ import annotations

import asyncio

import pytest

from voicecall_sim.actors.hearing import Mark
from voicecall_sim.actors.person import Person
from voicecall_sim.sound import growing
from voicecall_sim.sound.code import encode_ulaw
from voicecall_sim.sound.sound import BYTE_TIME, CUT
from voicecall_sim.telephony.bridge import bridge
from voicecall_sim.telephony.line import End
from voicecall_sim.telephony.playout import Playout
from voicecall_sim.world.clock import MILLISECOND, Micros, seconds

from .stage import ANNA, Stage

WORDS = "We are open Monday to Friday."
NEAR = 12 * MILLISECOND
"""A character ends with 10 ms of silence; the first and the last samples of its tones are silence too."""


@pytest.fixture
def anna(stage: Stage) -> Person:
    return stage.add(answer_after=0)


@pytest.fixture
async def app(stage: Stage, anna: Person) -> End:
    return await stage.call()


@pytest.fixture
def playout(app: End) -> Playout:
    return Playout(app)


async def stream(playout: Playout, words: str, every: Micros = 20 * MILLISECOND, frame: int = 160) -> None:
    """Audio of these words, in frames."""
    audio = encode_ulaw(words)
    for at in range(0, len(audio), frame):
        playout.append(audio[at : at + frame])
        await asyncio.sleep(seconds(every))


PACES = [(20 * MILLISECOND, 160), (0, 160), (0, 100_000), (50 * MILLISECOND, 400)]


@pytest.mark.parametrize(("every", "frame"), PACES)
async def test_running_text_matches_at_its_character(anna: Person, playout: Playout, every: int, frame: int) -> None:
    streaming = asyncio.ensure_future(stream(playout, WORDS, every, frame))
    heard = await anna.heard(lambda text: "Monday to" in text)
    end = len("We are open Monday to") * BYTE_TIME
    assert heard.text == "We are open Monday to"
    assert abs(heard.at - end) <= MILLISECOND
    # a character may be made out only with what comes next
    assert heard.at <= anna.hearing._clock.now() <= heard.at + 2 * every
    await streaming


@pytest.mark.parametrize(("every", "frame"), PACES)
async def test_a_whole_utterance_after_its_silence(
    stage: Stage, anna: Person, playout: Playout, every: int, frame: int
) -> None:
    began = stage.now()
    streaming = asyncio.ensure_future(stream(playout, WORDS, every, frame))
    heard = await anna.heard(bool, whole=True)
    assert heard.text == WORDS
    assert -NEAR <= heard.at - began - len(WORDS) * BYTE_TIME <= 0
    assert stage.now() == heard.at + 400 * MILLISECOND
    [entry] = stage.told("heard")
    assert entry["text"] == WORDS
    assert "unintelligible" not in entry
    assert not entry["cut"]
    assert entry["ended"] == heard.at
    await streaming


async def test_pauses_below_400_ms_do_not_divide_an_utterance(stage: Stage, anna: Person, playout: Playout) -> None:
    for pause in (0.15, 0.3, 0.38, 0.45):
        await stream(playout, "One ")
        await asyncio.sleep(pause)
    await asyncio.sleep(2)
    assert stage.texts("heard") == ["One One One One "]
    await stream(playout, "Two")
    await asyncio.sleep(0.5)
    assert stage.texts("heard")[-1] == "Two"


async def test_what_is_cleared_was_not_heard(stage: Stage, anna: Person, playout: Playout) -> None:
    playout.append(encode_ulaw(WORDS))
    await anna.heard(lambda text: "Mon" in text)
    await asyncio.sleep(0.025)
    playout.clear()
    await asyncio.sleep(1)
    [entry] = stage.told("heard")
    assert entry["text"] == "We are open Mon" + CUT
    assert entry["cut"]
    assert anna.hearing.first(lambda text: "Friday" in text) is None


async def test_a_prediction_that_is_cleared_does_not_come_true(anna: Person, playout: Playout) -> None:
    playout.append(encode_ulaw(WORDS))
    waiting = asyncio.ensure_future(anna.heard(lambda text: "Friday" in text))
    await asyncio.sleep(0.9)
    playout.clear()
    playout.append(encode_ulaw("until Friday"))
    heard = await waiting
    assert heard.text.startswith("We are open Mo")
    assert heard.text.endswith("until Friday")


async def test_an_interruption_while_a_stream_speaks(stage: Stage, anna: Person, playout: Playout) -> None:
    streaming = asyncio.ensure_future(stream(playout, WORDS))
    await anna.heard(lambda text: "open" in text)
    anna.interrupts("And on Sunday?")
    await asyncio.sleep(0.2)
    playout.clear()
    streaming.cancel()
    await asyncio.sleep(3)
    assert stage.texts("said") == ["And on Sunday?"]


async def test_a_pause_between_words_can_be_interrupted_and_is_no_voice(anna: Person, playout: Playout) -> None:
    await stream(playout, "One")
    await asyncio.sleep(0.1)
    ear = anna.handsets[-1].ear
    assert ear.spoken_to
    assert not ear.sounding
    assert ear.quiet_since < anna.hearing._clock.now() - 100 * MILLISECOND
    anna.interrupts("Yes")
    voice = asyncio.ensure_future(anna.voice())
    await asyncio.sleep(0)
    assert not voice.done()
    await stream(playout, "Two")
    assert voice.done()


async def test_an_ear_that_opens_later_hears_from_the_middle(stage: Stage) -> None:
    anna = stage.add(answer_after=None)
    end = stage.dial()
    await asyncio.sleep(0)
    playout = Playout(end)
    playout.append(encode_ulaw("Hello Anna"))
    await asyncio.sleep(0.28)
    anna.answers()
    heard = await anna.heard(lambda text: "Anna" in text)
    assert heard.text == f"{CUT} Anna"
    assert abs(heard.at - 600 * MILLISECOND) <= MILLISECOND


async def test_what_cannot_be_made_out_says_so(stage: Stage, anna: Person, playout: Playout) -> None:
    chance = stage.network.surroundings.chance("test")
    for _ in range(50):
        playout.append(bytes(chance.choice(b"\x10\x90\x33\x8a") for _ in range(160)))
        await asyncio.sleep(0.02)
    await asyncio.sleep(1)
    [entry] = stage.told("heard")
    assert entry["unintelligible"] is True
    assert set(entry["text"]) <= {CUT}


async def test_a_mark_has_everything_heard_by_now(anna: Person, playout: Playout) -> None:
    await stream(playout, "One")
    assert anna.hearing.mark() == Mark(0, 3, 180 * MILLISECOND)


async def test_no_character_is_tried_twice(anna: Person, playout: Playout) -> None:
    words = "The quick brown fox jumps over the lazy dog and goes home to sleep until the morning"
    tried: list[str] = []

    def matches(text: str) -> bool:
        tried.append(text)
        return False

    waiting = asyncio.ensure_future(anna.heard(matches))
    await asyncio.sleep(0)
    await stream(playout, words)
    await asyncio.sleep(1)
    waiting.cancel()
    assert [text for text in tried if len(text) < len(words) - 1] == [words[: n + 1] for n in range(len(words) - 2)]
    assert len(tried) <= len(words) + 2


async def test_who_waits_for_whole_utterances_does_not_read_along(
    anna: Person, playout: Playout, monkeypatch: pytest.MonkeyPatch
) -> None:
    fed: list[int] = []

    class Counting(growing.Decoder):
        def feed(self, ulaw: bytes) -> None:
            fed.append(len(ulaw))
            super().feed(ulaw)

    monkeypatch.setattr(growing, "Decoder", Counting)
    waiting = asyncio.ensure_future(anna.heard(bool, whole=True))
    await stream(playout, WORDS)
    assert fed == []
    assert (await waiting).text == WORDS
    assert len(fed) <= 2


async def test_reading_begins_and_ends_with_the_waiting(anna: Person, playout: Playout) -> None:
    streaming = asyncio.ensure_future(stream(playout, WORDS))
    await asyncio.sleep(0.5)
    heard = await anna.heard(lambda text: "open" in text)
    assert abs(heard.at - len("We are open") * BYTE_TIME) <= MILLISECOND
    assert anna.hearing._readers == 0
    assert all(reading._undo is None for reading in anna.hearing._growing.values())
    await streaming
    await asyncio.sleep(1)
    assert anna.hearing._growing == {}


@pytest.mark.parametrize("say", ["open", "Friday."])
async def test_habits_react_to_streams(stage: Stage, app: End, say: str) -> None:
    from voicecall_sim.actors.character import Habit, Say

    class Contains:
        def difference(self, actual: str) -> list[str]:
            return [] if say in actual else ["no"]

        def matches(self, actual: str) -> bool:
            return not self.difference(actual)

    ben = stage.add(
        name="ben", phone="+15550007777", answer_after=0, habits=(Habit(hears=Contains(), does=(Say("ok"),)),)
    )
    end = await stage.call("+15550007777")
    await stream(Playout(end), WORDS)
    await asyncio.sleep(1)
    assert stage.texts("said") == ["ok"]
    assert ben.name == "ben"


async def test_a_voicemail_records_a_stream(stage: Stage) -> None:
    stage.add(kind="voicemail", options={"greeting": "Hi", "silence": 2_000_000}, answer_after=0)
    end = await stage.call(ANNA)
    await asyncio.sleep(1)
    playout = Playout(end)
    await stream(playout, "Call me back")
    await asyncio.sleep(5)
    [message] = stage.told("message")
    assert message["text"] == "Call me back"
    assert message["why"] == "silence"
    assert abs(message["ended"] - (1_000_000 + len("Call me back") * BYTE_TIME + 2_000_000)) <= NEAR


async def test_what_a_bridge_hands_on_is_heard_by_the_character(stage: Stage, anna: Person, app: End) -> None:
    ben = stage.add(name="ben", phone="+15550007777", answer_after=0)
    to_ben = await stage.call("+15550007777")
    bridge(app, to_ben)
    # what the carrier of another leg plays reaches ben through the bridge
    streaming = asyncio.ensure_future(stream(Playout(anna.handsets[-1].end), WORDS))
    heard = await ben.heard(lambda text: "open" in text)
    assert heard.text == "We are open"
    await streaming
    await asyncio.sleep(1)
    assert (stage.told("heard")[-1]["text"], stage.told("heard")[-1]["cut"]) == (WORDS, False)


async def test_over_a_lossy_line_some_of_it_is_missing(stage: Stage) -> None:
    stage.add(answer_after=0, line={"loss": 0.2})
    end = await stage.call()
    await stream(Playout(end), WORDS * 2)
    await asyncio.sleep(1)
    [entry] = stage.told("heard")
    assert CUT in entry["text"]
    assert "unintelligible" not in entry
