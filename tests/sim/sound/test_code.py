"""Coded speech and its ear: what was said is what is heard, however it was carried."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.sim.sound.ears import RESAMPLERS, SILENCE, TEXT, ear, heard, scaled
from voicecall_sim.sound.code import Decoder, Symbol, encode, encode_ulaw
from voicecall_sim.sound.g711 import Samples, alaw, alaw_to_ulaw, from_ulaw, ulaw
from voicecall_sim.sound.noise import mix, white_noise
from voicecall_sim.sound.sound import CUT, SAMPLE, Speech
from voicecall_sim.sound.waveform import HIGH, LOW
from voicecall_sim.world.chance import Chance
from voicecall_sim.world.clock import MILLISECOND

RATES = [8000, 16000, 22050, 24000, 44100, 48000]
SYMBOL = 480
HUSHED = 16
"""Samples at the beginning of a character in which nothing of it can be heard yet: 2 ms."""
CHARACTERS = st.characters(codec="utf-8")
PACES = st.integers(30, 120)


def test_the_tones_can_be_told_from_each_other() -> None:
    tones = (*LOW, *HIGH)
    assert len(set(tones)) == 32
    assert all(300 <= tone <= 3400 and tone % 50 == 0 for tone in tones)
    assert max(LOW) < min(HIGH)


@pytest.mark.parametrize("rate", RATES)
def test_a_byte_lasts_as_long_at_every_rate(rate: int) -> None:
    assert len(encode("é!", rate)) == 3 * 60 * rate // 1000
    assert encode("é!", rate) is encode("é!", rate)
    assert not encode("é!", rate).flags.writeable


def test_the_bytes_are_those_of_the_samples() -> None:
    assert encode_ulaw(TEXT) == ulaw(encode(TEXT))
    assert encode_ulaw("") == b""


def test_louder_is_louder() -> None:
    assert np.abs(encode("a", amplitude=3500)).max() == pytest.approx(np.abs(encode("a")).max() / 2, abs=1)
    assert np.abs(encode(TEXT)).max() < 16384


@pytest.mark.parametrize("byte_time", [29_999, 120_001, 1000])
def test_what_nobody_could_understand_is_not_said(byte_time: int) -> None:
    with pytest.raises(ValueError, match="lasts 30 to 120 ms"):
        encode("a", byte_time=byte_time)
    with pytest.raises(ValueError, match="lasts 30 to 120 ms"):
        Speech("a", byte_time).ulaw(0, 1)


@given(st.text(CHARACTERS, max_size=12), PACES, st.integers(0, 1000))
@settings(deadline=None)
def test_every_text_at_every_pace_and_offset(text: str, pace: int, offset: int) -> None:
    assert heard(SILENCE * offset + encode_ulaw(text, pace * MILLISECOND) + SILENCE * 500) == text


@pytest.mark.parametrize("rate", RATES)
@pytest.mark.parametrize("resampler", RESAMPLERS)
def test_every_resampler_from_every_rate(rate: int, resampler: Callable[[Samples, int], Samples]) -> None:
    quiet = np.zeros(rate // 7, np.int16)
    samples = resampler(np.concatenate([quiet, encode(TEXT, rate), quiet]), rate)
    assert heard(alaw_to_ulaw(alaw(samples))) == TEXT
    assert [heard(ulaw(scaled(samples, gain))) for gain in (-20, -6, 0, 6)] == [TEXT] * 4
    noise = from_ulaw(white_noise(len(samples), -36.5, Chance(rate)("noise")))
    assert heard(ulaw(scaled(samples + noise.astype(np.float64)))) == TEXT


@pytest.mark.parametrize("offset", [0, 1, 5, 77, 160, 333, 479])
def test_times_are_exact_to_the_sample(offset: int) -> None:
    symbols = ear(SILENCE * offset + encode_ulaw("Hello, perché") + SILENCE * 400).symbols
    assert [(symbol.began - offset) / SYMBOL for symbol in symbols] == [*range(13)]
    assert [(symbol.ended - offset) / SYMBOL for symbol in symbols] == [*range(1, 13), 14]


@pytest.mark.parametrize("pace", [30, 37, 45, 55, 75, 90, 120])
def test_another_pace_is_known_from_its_first_character(pace: int) -> None:
    symbols = ear(SILENCE * 33 + encode_ulaw("No! 12", pace * MILLISECOND)).symbols
    assert [symbol.ended - 33 for symbol in symbols] == [pace * 8 * n for n in range(1, 7)]


def test_a_pace_between_samples() -> None:
    symbols = ear(encode_ulaw(TEXT, 61_537)).symbols
    assert "".join(symbol.text for symbol in symbols) == TEXT
    assert abs(symbols[-1].ended * SAMPLE - Speech(TEXT, 61_537).duration) <= 2 * SAMPLE


@given(st.text("ab é漢😀.", min_size=1, max_size=6), st.data())
@settings(deadline=None)
def test_a_cut_is_heard_as_the_timed_text_has_it(text: str, data: st.DataObject) -> None:
    audio, speech = encode_ulaw(text), Speech(text)
    cut = data.draw(st.integers(0, len(audio)))
    told = heard(audio[:cut])
    allowed = {speech.text(cut * SAMPLE)}
    if cut % SYMBOL < HUSHED:
        allowed.add(speech.text((cut - cut % SYMBOL) * SAMPLE))
    assert told in allowed


@pytest.mark.parametrize("offset", [0, 77, 160])
def test_text_while_it_is_being_said(offset: int) -> None:
    decoder, speech = Decoder(), Speech("Hé, 漢😀 zz")
    audio = SILENCE * offset + speech.ulaw(0, 17 * SYMBOL)
    for now in range(1, len(audio) + 1):
        decoder.feed(audio[now - 1 : now])
        if now <= offset or (now - offset) % SYMBOL >= HUSHED or (now - offset) % SYMBOL == 0:
            assert decoder.text_at(now) == speech.text(max(0, now - offset) * SAMPLE)
    for now in range(len(audio)):
        assert decoder.text_at(now) == speech.text(max(0, now - offset) * SAMPLE)


def test_next_changes_are_the_ends_of_characters() -> None:
    decoder = ear(encode_ulaw("aéb"))
    changes, at = [], decoder.next_change(0)
    while at is not None:
        changes.append(at)
        at = decoder.next_change(at)
    assert changes == [SYMBOL, 3 * SYMBOL, 4 * SYMBOL]


@given(st.lists(st.integers(1, 900), min_size=1, max_size=40), st.randoms(use_true_random=False))
@settings(deadline=None, max_examples=30)
def test_pieces_of_any_size_are_heard_alike(sizes: list[int], chance: object) -> None:
    audio = bytearray(SILENCE * 301 + encode_ulaw(TEXT) + SILENCE * 1000 + encode_ulaw("Quick. ", 45_000))
    for place in (sizes[0] * 7, sizes[-1] * 11):
        audio[place : place + 160] = SILENCE * 160
        del audio[2 * place : 2 * place + 160]
    whole, pieces, at, turn = ear(bytes(audio), len(audio)), Decoder(), 0, 0
    while at < len(audio):
        size = sizes[turn % len(sizes)]
        pieces.feed(bytes(audio[at : at + size]))
        at, turn = at + size, turn + 1
    pieces.finish()
    assert pieces.symbols == whole.symbols


@pytest.mark.parametrize("silence", [1, 40, 479, 480, 481, 8000, 100_000])
def test_silence_between_words_is_nothing(silence: int) -> None:
    assert heard(encode_ulaw("one ") + SILENCE * silence + encode_ulaw("two")) == "one two"


@pytest.mark.parametrize("late", range(0, 2000, 119))
def test_an_echo_does_not_disturb(late: int) -> None:
    voice = encode_ulaw("What is said aloud. " * 3)
    echo = SILENCE * late + encode_ulaw("Something else that is said elsewhere")
    assert heard(mix(voice, echo, -20)) == "What is said aloud. " * 3


@pytest.mark.parametrize("early", range(0, 2000, 119))
def test_what_is_faint_can_be_left_unheard(early: int) -> None:
    voice = SILENCE * early + encode_ulaw("What is said aloud.")
    echo = encode_ulaw("Something else that is said elsewhere, and for longer")
    assert heard(mix(voice, echo, -20), floor=-30.0) == "What is said aloud."


def test_linear_samples_can_be_fed() -> None:
    decoder = Decoder()
    decoder.feed_linear(encode("Hello"))
    assert decoder.text_at(decoder.heard) == "Hello"


def test_once_finished_nothing_more_is_heard() -> None:
    decoder = ear(encode_ulaw("a") + encode_ulaw("b")[:200])
    assert decoder.text_at(decoder.heard) == "a" + CUT
    decoder.finish()
    with pytest.raises(ValueError, match="needs another one"):
        decoder.feed(SILENCE)


def test_symbols_stay_as_they_are() -> None:
    decoder, audio = Decoder(), encode_ulaw(TEXT)
    before: list[Symbol] = []
    for at in range(0, len(audio), 160):
        decoder.feed(audio[at : at + 160])
        assert decoder.symbols[: len(before)] == before
        before = list(decoder.symbols)
