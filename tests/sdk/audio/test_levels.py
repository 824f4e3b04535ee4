"""How loud, and who: the caller, an echo, noise."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from voicecall_sdk.audio.frames import FRAME_BYTES, SILENT_FRAME
from voicecall_sdk.audio.g711 import decode_ulaw, encode_ulaw
from voicecall_sdk.audio.levels import QUIET_TO_STOP, DoubleTalk, level


def voice(frame: int, decibels: float, hertz: float = 700.0) -> bytes:
    """20 ms of a tone this far below full scale."""
    times = (np.arange(FRAME_BYTES) + frame * FRAME_BYTES) / 8000
    amplitude = 32767 * math.sqrt(2) * 10 ** (decibels / 20)
    return encode_ulaw((amplitude * np.sin(2 * np.pi * hertz * times)).clip(-32767, 32767).astype("<i2").tobytes())


def noise(frame: int, decibels: float) -> bytes:
    samples = np.random.default_rng(frame).normal(0, 32767 * 10 ** (decibels / 20), FRAME_BYTES)
    return encode_ulaw(samples.clip(-32767, 32767).astype("<i2").tobytes())


def mixed(*sounds: bytes) -> bytes:
    parts = [np.frombuffer(decode_ulaw(sound), "<i2").astype(np.int32) for sound in sounds]
    return encode_ulaw(np.sum(parts, axis=0).clip(-32768, 32767).astype("<i2").tobytes())


@given(st.binary(min_size=1, max_size=1000))
def test_the_level_is_the_root_mean_square(ulaw: bytes) -> None:
    samples = np.frombuffer(decode_ulaw(ulaw), "<i2") / 32768
    assert level(ulaw) == pytest.approx(math.sqrt(float(np.mean(samples**2))), abs=2e-4)


def test_silence_has_no_level() -> None:
    assert level(SILENT_FRAME) == 0
    assert level(b"") == 0


@pytest.mark.parametrize("decibels", [-3, -12, -20, -40])
def test_levels_of_tones(decibels: float) -> None:
    assert 20 * math.log10(level(voice(0, decibels) * 4)) == pytest.approx(decibels, abs=0.3)


@pytest.mark.parametrize("delay", [0, 1, 5, 12, 24])
@pytest.mark.parametrize("loss", [14, 20, 30])
def test_an_echo_is_not_the_caller(delay: int, loss: float) -> None:
    ear = DoubleTalk()
    heard = []
    for frame in range(150):
        ear.played(voice(frame, -15), frame)
        echo = voice(frame - delay, -15 - loss) if frame >= delay else SILENT_FRAME
        heard.append(ear.heard(echo, frame))
    assert not any(heard)


@pytest.mark.parametrize("delay", [0, 5, 12, 24])
def test_the_echo_of_words_with_pauses_is_not_the_caller(delay: int) -> None:
    def word(frame: int) -> bytes:
        return voice(frame, -15) if frame >= 0 and frame // 15 % 2 == 0 else SILENT_FRAME

    ear = DoubleTalk()
    for frame in range(200):
        ear.played(word(frame), frame)
        echo = mixed(voice(frame - delay, -33) if word(frame - delay) != SILENT_FRAME else SILENT_FRAME)
        assert not ear.heard(echo, frame)


@pytest.mark.parametrize("loudness", [-12, -18, -22])
def test_the_caller_is_heard_over_what_we_play_and_its_echo(loudness: float) -> None:
    ear = DoubleTalk()
    heard = []
    for frame in range(100):
        ear.played(voice(frame, -15), frame)
        echo = voice(frame, -35)
        speaks = 50 <= frame < 80
        heard.append(ear.heard(mixed(echo, voice(frame, loudness, 450)) if speaks else echo, frame))
    assert heard.index(True) <= 52
    assert not any(heard[:50])
    assert not any(heard[80 + QUIET_TO_STOP :])


def test_the_caller_is_heard_when_nothing_plays() -> None:
    ear = DoubleTalk()
    heard = [ear.heard(voice(frame, -30), frame) for frame in range(10)]
    assert heard == [False] + [True] * 9


def test_one_loud_frame_is_a_click() -> None:
    ear = DoubleTalk()
    assert not any(ear.heard(voice(frame, -20) if frame == 5 else SILENT_FRAME, frame) for frame in range(20))


@pytest.mark.parametrize("decibels", [-45, -42])
def test_faint_noise_is_not_the_caller(decibels: float) -> None:
    ear = DoubleTalk()
    assert not any(ear.heard(noise(frame, decibels), frame) for frame in range(200))


def test_steady_noise_is_learned_and_speech_above_it_heard() -> None:
    ear = DoubleTalk()
    learned = [ear.heard(noise(frame, -35), frame) for frame in range(400)]
    assert not any(learned[350:])
    assert [ear.heard(mixed(noise(frame, -35), voice(frame, -20)), frame) for frame in range(400, 410)][-1]


def test_a_long_sentence_is_heard_to_its_end() -> None:
    ear = DoubleTalk()
    assert all([ear.heard(voice(frame, -20), frame) for frame in range(250)][1:])


def test_what_will_be_played_does_not_make_us_deaf_before() -> None:
    ear = DoubleTalk()
    ear.played(voice(0, -3) * 50, 100)
    assert [ear.heard(voice(frame, -25), frame) for frame in range(2)] == [False, True]


def test_what_was_cleared_is_not_waited_for() -> None:
    ear = DoubleTalk()
    ear.played(voice(0, -3) * 50, 0)
    ear.heard(SILENT_FRAME, 9)
    ear.cleared(10)
    deaf = [frame for frame in range(10, 50) if not ear.heard(voice(frame, -25), frame)]
    assert deaf[-1] == 9 + 25 + 1  # what was played has its half second, and speech its two frames
