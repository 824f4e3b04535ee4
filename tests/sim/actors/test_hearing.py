from __future__ import annotations

import asyncio
import re

import pytest

from voicecall_sim.actors.hearing import START, Heard, Mark
from voicecall_sim.actors.person import Person
from voicecall_sim.sound.sound import BYTE_TIME, CUT, Speech
from voicecall_sim.telephony.line import End

from .stage import ANNA, Stage


@pytest.fixture
def anna(stage: Stage) -> Person:
    return stage.add(answer_after=0)


@pytest.fixture
async def app(stage: Stage, anna: Person) -> End:
    return await stage.call()


async def test_running_text_matches_at_the_earliest_character(anna: Person, app: End) -> None:
    app.play(Speech("Hi Anna, still fine?"))
    heard = await anna.heard(lambda text: "still" in text)
    assert (heard.at, heard.text, heard.utterance.complete) == (14 * BYTE_TIME, "Hi Anna, still", False)
    assert heard.mark == Mark(0, 14, 14 * BYTE_TIME)
    assert anna.hearing._clock.now() == heard.at


async def test_a_whole_utterance_matches_when_its_silence_has_passed(anna: Person, app: End) -> None:
    app.play(Speech("Hello"))
    heard = await anna.heard(lambda text: text == "Hello", whole=True)
    assert (heard.at, heard.mark) == (300_000, Mark(1, 0, 300_000))
    assert anna.hearing._clock.now() == 700_000


async def test_a_whole_utterance_matches_when_the_leg_ends(anna: Person, app: End) -> None:
    app.play(Speech("Hello"))
    waiting = asyncio.ensure_future(anna.heard(bool, whole=True))
    await asyncio.sleep(0.1)
    app.hang_up()
    assert (await waiting).text == "H" + CUT
    assert anna.hearing._clock.now() == 100_000


async def test_what_was_said_before_the_wait_counts(anna: Person, app: End) -> None:
    app.play(Speech("Hello"))
    await asyncio.sleep(5)
    assert (await anna.heard(lambda text: "ell" in text)).at == 4 * BYTE_TIME
    assert (await anna.heard(lambda text: text == "Hello", whole=True)).at == 5 * BYTE_TIME


async def test_a_wait_may_begin_before_the_call(stage: Stage) -> None:
    anna = stage.add()
    waiting = asyncio.ensure_future(anna.heard(lambda text: "H" in text))
    app = await stage.call()
    app.play(Speech("Hello"))
    assert (await waiting).at == 1_000_000 + BYTE_TIME


async def test_a_search_goes_on_after_its_mark(anna: Person, app: End) -> None:
    app.play(Speech("one two one"))
    first = await anna.heard(lambda text: "one" in text)
    second = await anna.heard(lambda text: "one" in text, since=first.mark)
    assert (first.at, second.at) == (3 * BYTE_TIME, 11 * BYTE_TIME)
    assert second.text == " two one"


async def test_what_was_taken_is_not_heard_twice(anna: Person, app: End) -> None:
    app.play(Speech("Hello!"))
    first = await anna.heard(lambda text: "Hello" in text)
    waiting = asyncio.ensure_future(anna.heard(lambda text: "Hello" in text, since=first.mark))
    await asyncio.sleep(2)
    app.play(Speech("Hello"))
    assert (await waiting).utterance.number == 1


async def test_a_whole_utterance_is_whole_though_a_part_was_taken(anna: Person, app: End) -> None:
    app.play(Speech("Hello Anna"))
    first = await anna.heard(lambda text: "Hello" in text)
    whole = await anna.heard(lambda text: text == "Hello Anna", whole=True, since=first.mark)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(5):
            await anna.heard(bool, whole=True, since=whole.mark)


async def test_others_may_lie_between(anna: Person, app: End) -> None:
    for words in ("One.", "Two.", "Three."):
        await app.play(Speech(words)).done.wait()
        await asyncio.sleep(1)
    assert (await anna.heard(lambda text: text == "Three.", whole=True)).utterance.number == 2
    assert (await anna.heard(lambda text: text.endswith("Tw"))).utterance.number == 1


async def test_a_prediction_that_is_cut_does_not_come_true(anna: Person, app: End) -> None:
    playing = app.play(Speech("Monday to Friday"))
    waiting = asyncio.ensure_future(anna.heard(lambda text: "Friday" in text))
    await asyncio.sleep(0.5)
    playing.stop()
    await asyncio.sleep(5)
    assert not waiting.done()
    app.play(Speech("Friday"))
    assert (await waiting).text == "Friday"


async def test_the_sign_of_a_cut_can_be_matched(anna: Person, app: End) -> None:
    playing = app.play(Speech("Monday"))
    waiting = asyncio.ensure_future(anna.heard(lambda text: CUT in text))
    await asyncio.sleep(0.2)
    playing.stop()
    found = await waiting
    assert (found.at, found.text) == (200_000, "Mon" + CUT)


async def test_an_expression_that_stops_matching_was_true_once(anna: Person, app: End) -> None:
    app.play(Speech("abc"))
    assert (await anna.heard(lambda text: re.fullmatch("ab", text) is not None)).at == 2 * BYTE_TIME


async def test_everything_up_to_a_mark_is_left_out(anna: Person, app: End) -> None:
    assert anna.hearing.mark() == Mark(0, 0, 0)
    app.play(Speech("one two"))
    await asyncio.sleep(0.250)
    mark = anna.hearing.mark()
    assert mark == Mark(0, 4, 250_000)
    assert (await anna.heard(bool, since=mark)).text == "t"
    await asyncio.sleep(2)
    assert anna.hearing.mark() == Mark(1, 0, 2_300_000)


async def test_only_the_latest_call_counts(stage: Stage, anna: Person, app: End) -> None:
    app.play(Speech("old words"))
    await asyncio.sleep(0.120)
    second = await stage.call()
    waiting = asyncio.ensure_future(anna.heard(lambda text: "words" in text))
    await asyncio.sleep(3)
    assert not waiting.done()
    second.play(Speech("new words"))
    assert (await waiting).utterance.call == 2
    assert (await anna.heard(lambda text: "ol" in text)).utterance.call == 1  # it was the latest then


async def test_a_call_can_be_named(stage: Stage, anna: Person, app: End) -> None:
    second = await stage.call()
    app.play(Speech("old words"))
    second.play(Speech("new words"))
    assert (await anna.heard(lambda text: "words" in text, call=1)).text == "old words"
    assert (await anna.heard(lambda text: "words" in text, call=2)).text == "new words"
    assert (await anna.heard(lambda text: text == "old words", call=1, whole=True)).utterance.call == 1


async def test_of_two_voices_at_once_the_earlier_match_wins(stage: Stage, anna: Person, app: End) -> None:
    second = await stage.call()
    app.play(Speech("....x"))
    second.play(Speech("..x"))
    for handset in anna.handsets:
        handset.ear.superseded = None
    found = anna.hearing.first(lambda text: "x" in text)
    assert found is not None
    assert (found.at, found.utterance.call) == (3 * BYTE_TIME, 2)


async def test_a_prediction_lies_ahead(anna: Person, app: End) -> None:
    app.play(Speech("Hello"))
    found = anna.hearing.first(lambda text: "Hello" in text, since=START)
    assert isinstance(found, Heard)
    assert found.at == 5 * BYTE_TIME
    assert anna.hearing.first(lambda text: "Bye" in text) is None


async def test_each_match_costs_one_look_ahead_and_no_wake_per_character(anna: Person, app: End) -> None:
    tried: list[str] = []
    words = "x" * 200
    waiting = asyncio.ensure_future(anna.heard(lambda text: tried.append(text) or len(text) == 150))  # type: ignore[func-returns-value]
    await asyncio.sleep(0)
    app.play(Speech(words))
    turns = 0
    while not waiting.done():
        await asyncio.sleep(0.5)
        turns += 1
    assert len(tried) <= 2 * 150 + 2
    assert turns == 18


async def test_a_hearing_that_nobody_waits_on_has_no_timers(anna: Person, app: End) -> None:
    loop = asyncio.get_running_loop()
    before = loop.time()
    app.play(Speech("x" * 500))
    armed = [timer for _, _, timer in loop._timers if not timer.cancelled()]  # type: ignore[attr-defined]
    assert len(armed) == 1  # the end of the sound
    assert loop.time() == before


async def test_cancelling_a_wait_leaves_nothing(anna: Person, app: End) -> None:
    waiting = asyncio.ensure_future(anna.heard(lambda text: "never" in text))
    await asyncio.sleep(0.1)
    waiting.cancel()
    await asyncio.sleep(0)
    assert anna.hearing._listeners == []


async def test_changes_are_told(anna: Person, app: End) -> None:
    changes: list[bool] = []
    end = anna.hearing.on_change(lambda: changes.append(anna.handsets[0].ear.sounding))
    app.play(Speech("Hello"))
    await asyncio.sleep(2)
    assert changes == [True, False, False]  # begins, ends, is complete
    end()
    end()
    app.play(Speech("Hello"))
    assert len(changes) == 3


async def test_silence_is_heard_too(stage: Stage, anna: Person, app: End) -> None:
    assert anna.heard_nothing()
    app.play(Speech("Hello"))
    assert anna.heard_nothing()
    await asyncio.sleep(0.01)
    assert not anna.heard_nothing()
    await asyncio.sleep(1)
    assert anna.heard_nothing(since=300_000)
    assert not anna.heard_nothing(since=299_999)
    await stage.call(ANNA)
    assert anna.heard_nothing()
    assert not anna.heard_nothing(call=1)


async def test_a_voice_can_be_waited_for(stage: Stage, anna: Person, app: End) -> None:
    waiting = asyncio.ensure_future(anna.voice())
    await asyncio.sleep(1)
    app.play(Speech("Hello"))
    assert await waiting == 1_000_000
    await asyncio.sleep(0.1)
    assert await anna.voice() == 1_100_000
