"""Sounds that grow while they are heard."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from voicecall_sim.sound.code import encode_ulaw
from voicecall_sim.sound.growing import Growing
from voicecall_sim.sound.sound import CUT, SAMPLE
from voicecall_sim.world.clock import MILLISECOND, SECOND

WORDS = "Ciao, perché no?"
AUDIO = encode_ulaw(WORDS)
LETTER = 60 * MILLISECOND
GAP = 80 + 24
"""The silence with which a character ends, and what is too quiet before it."""


def grown(audio: bytes, size: int = 160) -> Growing:
    sound = Growing()
    for at in range(0, len(audio), size):
        sound.append(audio[at : at + size])
    return sound


def test_nothing_yet() -> None:
    sound = Growing()
    assert (sound.open, sound.duration, sound.spoken) == (True, 0, True)
    assert (sound.text(SECOND), sound.next_change(0)) == ("", None)
    assert sound.ulaw(-3, 8) == b"\xff" * 8


def test_audio_is_what_was_appended_with_silence_around() -> None:
    sound = grown(AUDIO, 77)
    assert sound.ulaw(0, len(AUDIO)) == AUDIO
    assert sound.ulaw(100, 50) == AUDIO[100:150]
    assert sound.ulaw(-10, 30) == b"\xff" * 10 + AUDIO[:20]
    assert sound.ulaw(len(AUDIO) - 5, 10) == AUDIO[-5:] + b"\xff" * 5
    assert sound.ulaw(len(AUDIO) + 5, 10) == b"\xff" * 10
    assert sound.ulaw(-20, 10) == b"\xff" * 10


@pytest.mark.parametrize("size", [1, 37, 160, 480, 8000, len(AUDIO)])
def test_the_text_in_pieces_of_any_size(size: int) -> None:
    sound = grown(AUDIO, size)
    sound.close()
    assert sound.text(sound.duration) == WORDS
    assert sound.text(3 * LETTER) == "Cia"
    assert sound.text(3 * LETTER + 20 * MILLISECOND) == "Cia" + CUT


def test_changes_are_the_ends_of_characters() -> None:
    sound = grown(encode_ulaw("abc"))
    sound.close()
    ends, at = [], 0
    while (change := sound.next_change(at)) is not None:
        ends.append(change)
        at = change
    assert [round(end / LETTER) for end in ends] == [1, 2, 3]
    assert ends[-1] <= sound.duration
    assert [sound.text(end) for end in ends] == ["a", "ab", "abc"]


def test_the_last_character_is_whole_though_its_silence_does_not_count() -> None:
    audio = encode_ulaw("ab")
    sound = Growing()
    sound.append(audio, len(audio) - GAP)
    assert sound.duration == (len(audio) - GAP) * SAMPLE
    sound.close()
    assert sound.text(sound.duration) == "ab"
    assert sound.next_change(LETTER + MILLISECOND) == sound.duration


def test_silence_counts_when_a_voice_follows() -> None:
    sound = Growing()
    sound.append(b"\x20" * 100)
    sound.append(b"\xff" * 300, 0)
    assert sound.duration == 100 * SAMPLE
    sound.append(b"\x20" * 100 + b"\xff" * 60, 100)
    assert sound.duration == 500 * SAMPLE


def test_what_breaks_off_within_a_character_shows_when_it_is_closed() -> None:
    sound = grown(AUDIO[: 480 * 2 + 200])
    assert sound.text(sound.duration).removesuffix(CUT) == "Ci"
    sound.close()
    assert sound.text(sound.duration) == "Ci" + CUT


def test_followers_hear_of_each_character_and_of_the_end() -> None:
    sound, texts, ends = Growing(), [], []
    undo = sound.follow(lambda: texts.append(sound.text(SECOND)))
    sound.follow(lambda: ends.append(sound.open))
    audio = encode_ulaw("abc")
    for at in range(0, len(audio), 20):
        sound.append(audio[at : at + 20])
    known = len(texts)
    assert texts[:2] == ["a", "ab"]
    undo()
    undo()
    sound.close()
    sound.close()
    assert len(texts) == known <= 3
    assert ends[-1] is False
    assert len(ends) <= 4


def test_who_follows_late_is_not_told_of_what_was_known() -> None:
    sound, calls = grown(encode_ulaw("abc") + b"\xff" * 800), []
    sound.follow(lambda: calls.append(sound.text(SECOND)))
    sound.append(b"\xff" * 160, 0)
    assert calls == []
    sound.append(encode_ulaw("d") + b"\xff" * 480, 480)
    assert calls == ["abcd"]


def test_closed_it_does_not_grow() -> None:
    sound = Growing()
    sound.close()
    with pytest.raises(ValueError, match="does not grow"):
        sound.append(AUDIO)


@settings(max_examples=40, deadline=None)
@given(st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), max_size=12), st.integers(1, 700))
def test_any_text_comes_through(words: str, size: int) -> None:
    sound = grown(encode_ulaw(words), size)
    sound.close()
    assert sound.text(sound.duration) == words
