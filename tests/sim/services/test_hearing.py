"""Voice activity in the time of the audio: what begins and ends a turn, and what does not."""

from __future__ import annotations

import random
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.tools.ai_services import silence, turns, voice
from voicecall_sim.services.audio import ALAW, PCM_24K, ULAW, WRITE, Format, meter, understood
from voicecall_sim.services.openai.realtime.hearing import BLOCK, InputBuffer, Started, Stopped, detector, loudness
from voicecall_sim.sound.code import encode
from voicecall_sim.world.clock import MILLISECOND, SECOND

WORDS = "Yes, that works."
FORMS = [ULAW, ALAW, PCM_24K]


def buffer(form: Format = ULAW, **changes: Any) -> InputBuffer:
    """A buffer that detects turns."""
    made = InputBuffer()
    made.configure(form, {**turns(), **changes})
    return made


def found(audio: bytes, form: Format = ULAW, size: int | None = None, **changes: Any) -> list[Started | Stopped]:
    """What is detected in audio that comes in frames."""
    made = buffer(form, **changes)
    size = size or form.byte_rate // 50
    return [event for at in range(0, len(audio), size) for event in made.append(audio[at : at + size])]


def louder(decibels: float, form: Format = ULAW) -> bytes:
    """Speech at another level, between silences."""
    samples = np.clip(encode(WORDS, form.rate) * 10 ** (decibels / 20), -32768, 32767).astype(np.int16)
    return silence(1, form) + WRITE[form.coding](samples) + silence(1, form)


def noise(decibels: float, form: Format = ULAW) -> bytes:
    """Three seconds of noise, in dB relative to full scale."""
    draw = np.random.default_rng(7)
    samples = draw.normal(0, 32768 * 10 ** (decibels / 20), 3 * form.rate)
    return WRITE[form.coding](np.clip(samples, -32768, 32767).astype(np.int16))


@pytest.mark.parametrize("form", FORMS, ids=str)
@pytest.mark.parametrize("decibels", [-6, -3, 0, 6])
def test_speech_is_heard_at_usual_levels(decibels: float, form: Format) -> None:
    began, ended = found(louder(decibels, form), form)
    assert isinstance(began, Started)
    assert isinstance(ended, Stopped)
    assert abs(began.at - 700 * MILLISECOND) <= BLOCK
    assert abs(ended.at - (SECOND + len(WORDS) * 60 * MILLISECOND + 400 * MILLISECOND)) <= 2 * BLOCK


@pytest.mark.parametrize("form", FORMS, ids=str)
def test_an_echo_and_noise_are_not_speech(form: Format) -> None:
    assert found(louder(-20, form), form) == []
    assert found(noise(-30, form), form) == []
    assert found(silence(60, form), form) == []


@pytest.mark.parametrize(
    ("threshold", "decibels", "heard"),
    [(0.0, -40, True), (0.2, -40, False), (0.3, -20, True), (0.4, -20, False), (0.9, 0, True), (1.0, -6, False)],
)
def test_the_threshold_is_a_level(threshold: float, decibels: float, heard: bool) -> None:
    assert bool(found(louder(decibels), threshold=threshold)) is heard


def test_a_higher_threshold_is_a_higher_level() -> None:
    levels = [loudness(step / 20) for step in range(21)]
    assert levels == sorted(levels)
    assert len(set(levels)) == len(levels)


def test_a_click_is_not_speech() -> None:
    click = voice("a")[:160]
    assert found((silence(0.5) + click) * 4 + silence(1)) == []


@pytest.mark.parametrize(("pause", "turns_"), [(0.3, 1), (0.5, 2)])
def test_pauses_shorter_than_the_silence_belong_to_the_turn(pause: float, turns_: int) -> None:
    audio = voice(WORDS) + silence(pause) + voice(WORDS) + silence(1)
    assert len(found(audio)) == 2 * turns_


def test_what_is_taken_is_what_was_said() -> None:
    made = buffer()
    began, ended = made.append(silence(3) + voice(WORDS) + silence(2))
    audio = made.take(began.at, ended.at)
    assert understood(audio, ULAW) == WORDS
    assert ULAW.duration(len(audio)) == ended.at - began.at
    assert made.length == made.now - ended.at


def test_the_padding_does_not_reach_into_the_turn_before() -> None:
    made = buffer(silence_duration_ms=100, prefix_padding_ms=5000)
    first = made.append(voice("One.") + silence(0.2))
    assert understood(made.take(first[0].at, first[1].at), ULAW) == "One."
    second = made.append(voice("Two.") + silence(0.2))
    assert second[0].at == 0
    assert understood(made.take(second[0].at, second[1].at), ULAW) == "Two."


def test_an_hour_of_silence_is_not_kept() -> None:
    made = buffer()
    for _ in range(60):
        made.append(silence(60))
    assert made.now == 3600 * SECOND
    assert made.length < 30 * SECOND
    began, ended = made.append(silence(1) + voice(WORDS) + silence(1))
    assert understood(made.take(began.at, ended.at), ULAW) == WORDS


def test_another_format_empties_the_buffer_and_time_goes_on() -> None:
    made = buffer()
    made.append(silence(2))
    made.configure(PCM_24K, None)
    assert (made.length, made.now) == (0, 2 * SECOND)
    assert made.append(silence(1, PCM_24K)) == ()
    assert (made.length, made.now) == (SECOND, 3 * SECOND)


def test_another_threshold_in_the_middle_of_speech_does_not_end_it() -> None:
    made = buffer()
    (began,) = made.append(silence(1) + voice(WORDS)[: 20 * 160])
    made.configure(ULAW, turns(200))
    (ended,) = made.append(voice(WORDS)[20 * 160 :] + silence(0.3))
    assert ended.at - began.at < (300 + len(WORDS) * 60 + 240) * MILLISECOND


def test_pauses_of_semantic_detection_depend_on_eagerness() -> None:
    pauses = {}
    for eagerness in ("low", "medium", "auto", "high"):
        made = detector({"type": "semantic_vad", "eagerness": eagerness})
        assert made is not None
        pauses[eagerness] = made.silence
    assert pauses["high"] < pauses["medium"] == pauses["auto"] < pauses["low"]
    assert detector(None) is None


@given(sizes=st.lists(st.integers(1, 2000), min_size=1, max_size=40), form=st.sampled_from(FORMS))
def test_the_size_of_frames_does_not_matter(sizes: list[int], form: Format) -> None:
    audio = silence(0.33, form) + voice("Hm?", form) + silence(0.7, form)
    whole = found(audio, form, len(audio))
    made, at, cut = buffer(form), 0, []
    while at < len(audio):
        for size in sizes:
            cut += made.append(audio[at : at + size])
            at += size
    assert cut == whole
    assert made.now == form.duration(len(audio))


def test_levels_agree_between_codings() -> None:
    draw = random.Random(3)
    samples = np.array([draw.randint(-20_000, 20_000) for _ in range(480)], np.int16)
    levels = [meter(form.coding)(WRITE[form.coding](samples)) for form in FORMS]
    assert max(levels) / min(levels) < 1.06
    assert meter(ULAW.coding)(b"") == 0
