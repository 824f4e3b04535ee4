from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voicecall_sim.sound.sound import BYTE_TIME, CUT, SAMPLE, Rest, Sound, Speech, Wordless
from voicecall_sim.sound.tones import BEEP, CED, CNG, DIS, RINGBACK, music, silence

WORDS = st.text(alphabet="ab é漢😀 .", max_size=12)


def growth(sound: Sound) -> list[int]:
    instants, played = [], sound.next_change(0)
    while played is not None:
        instants.append(played)
        played = sound.next_change(played)
    return instants


def test_a_byte_lasts_60_ms() -> None:
    assert Speech("Hello").duration == 5 * 60_000
    assert Speech("é").duration == 2 * 60_000
    assert Speech("Hello", byte_time=50_000).duration == 250_000


@pytest.mark.parametrize(
    ("played", "text"),
    [
        (-5, ""),
        (0, ""),
        (1, CUT),
        (BYTE_TIME - 1, CUT),
        (BYTE_TIME, "a"),
        (BYTE_TIME + 1, "a" + CUT),
        (2 * BYTE_TIME, "a" + CUT),  # half of a character of two bytes
        (3 * BYTE_TIME, "aé"),
        (4 * BYTE_TIME, "aé" + CUT),
        (7 * BYTE_TIME - 1, "aé" + CUT),
        (7 * BYTE_TIME, "aé😀"),
        (99 * BYTE_TIME, "aé😀"),
    ],
)
def test_text_up_to_an_instant(played: int, text: str) -> None:
    assert Speech("aé😀").text(played) == text


def test_text_grows_at_the_ends_of_characters() -> None:
    assert growth(Speech("aé😀")) == [BYTE_TIME, 3 * BYTE_TIME, 7 * BYTE_TIME]
    assert Speech("ab").next_change(1) == BYTE_TIME
    assert Speech("ab").next_change(2 * BYTE_TIME) is None
    assert Speech("").next_change(0) is None


@given(WORDS)
def test_each_growth_adds_one_whole_character(words: str) -> None:
    speech = Speech(words)
    assert [speech.text(instant) for instant in growth(speech)] == [words[: n + 1] for n in range(len(words))]


@given(WORDS, st.integers(0, 60 * 60_000))
def test_nothing_but_a_prefix_is_heard(words: str, played: int) -> None:
    heard = Speech(words).text(played)
    assert words.startswith(heard.removesuffix(CUT))
    assert (heard == words) == (played >= Speech(words).duration)


def test_half_a_surrogate_pair_is_spoken_as_a_question_mark() -> None:
    assert Speech("a\ud83d").text(10 * BYTE_TIME) == "a?"


def test_speech_takes_time() -> None:
    with pytest.raises(ValueError, match="at least a microsecond"):
        Speech("a", byte_time=0)


def test_equal_words_are_equal_sounds() -> None:
    assert Speech("a") == Speech("a") != Speech("b")
    assert len({Speech("a"), Speech("a")}) == 1


@pytest.mark.parametrize("tone", [BEEP, CED, CNG, DIS, RINGBACK, music(5), silence(5)])
def test_tones_say_nothing(tone: Wordless) -> None:
    assert tone.duration > 0
    assert not tone.spoken
    assert tone.text(tone.duration) == ""
    assert growth(tone) == []
    assert str(tone) == tone.name


def test_the_rest_of_a_sound_begins_with_the_character_under_way() -> None:
    rest = Rest(Speech("abc"), BYTE_TIME // 2)
    assert rest.duration == 3 * BYTE_TIME - BYTE_TIME // 2
    assert rest.text(0) == ""
    assert rest.text(1) == CUT
    assert rest.text(BYTE_TIME // 2) == CUT
    assert rest.text(rest.duration) == CUT + "bc"
    assert growth(rest) == [BYTE_TIME // 2, BYTE_TIME // 2 + BYTE_TIME, rest.duration]


def test_the_rest_from_between_two_characters_is_whole() -> None:
    rest = Rest(Speech("abc"), BYTE_TIME)
    assert rest.text(rest.duration) == "bc"
    assert rest.text(BYTE_TIME + 1) == "b" + CUT


def test_the_rest_of_what_is_over_is_nothing() -> None:
    rest = Rest(Speech("abc"), 9 * BYTE_TIME)
    assert (rest.duration, rest.text(BYTE_TIME), growth(rest)) == (0, "", [])


def test_the_rest_is_of_the_same_sort() -> None:
    assert Rest(Speech("a"), 1).spoken
    assert not Rest(BEEP, 1).spoken
    assert str(Rest(BEEP, 1)) == "beep"


@given(WORDS, st.integers(0, 40 * 60_000), st.integers(0, 40 * 60_000))
def test_skipping_loses_only_what_was_skipped(words: str, skipped: int, played: int) -> None:
    speech = Speech(words)
    rest = Rest(speech, skipped)
    heard, whole = rest.text(min(played, rest.duration)), speech.text(skipped + min(played, rest.duration))
    assert whole.endswith(heard.removeprefix(CUT))


SOUNDS: list[Sound] = [Speech("abc"), BEEP, Rest(Speech("abc"), 1), Rest(BEEP, 1)]


@pytest.mark.parametrize("sound", SOUNDS, ids=repr)
def test_what_is_known_from_the_beginning_never_changes(sound: Sound) -> None:
    assert not sound.open
    sound.follow(lambda: pytest.fail("nothing has grown"))()


@pytest.mark.parametrize("sound", SOUNDS, ids=repr)
def test_audio_has_silence_around_it(sound: Sound) -> None:
    length = sound.duration // SAMPLE
    assert sound.ulaw(-7, 7) == sound.ulaw(length + 1, 7) == b"\xff" * 7
    assert sound.ulaw(-7, length + 14) == b"\xff" * 7 + sound.ulaw(0, length + 7)
    assert sound.ulaw(0, length).strip(b"\xff\x7f")
    assert sound.ulaw(0, 0) == b""


def test_speech_that_nobody_listens_to_may_be_as_quick_as_it_likes() -> None:
    assert Speech("Bob is well.", byte_time=1_000).text(3_000) == "Bob"
