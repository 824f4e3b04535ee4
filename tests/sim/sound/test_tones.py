"""What sounds without words sound like, and the keys among them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from voicecall_sim.sound.activity import dbfs, rms, silent, voiced_spans
from voicecall_sim.sound.code import encode_ulaw
from voicecall_sim.sound.g711 import from_ulaw
from voicecall_sim.sound.keypad import keys_in
from voicecall_sim.sound.noise import amplified, mix, white_noise
from voicecall_sim.sound.sound import Wordless
from voicecall_sim.sound.tones import BEEP, BUSY, CED, CNG, RINGBACK, dtmf, music, silence
from voicecall_sim.world.chance import Chance
from voicecall_sim.world.clock import MILLISECOND, SECOND

SPECTRA = [
    (BEEP, [1000]),
    (CED, [2100]),
    (CNG, [1100]),
    (RINGBACK, [440, 480]),
    (BUSY, [480, 620]),
    (dtmf("1"), [697, 1209]),
    (dtmf("#"), [941, 1477]),
]
KEYS = "123A456B789C*0#D"


@pytest.mark.parametrize(("tone", "hertz"), SPECTRA, ids=lambda value: str(value))
def test_their_tones(tone: Wordless, hertz: list[int]) -> None:
    wave = from_ulaw(tone.ulaw(0, 800)).astype(float)
    powers = np.abs(np.fft.rfft(wave * np.hanning(800), 8000))
    found = [at for at in range(50, 3900) if powers[at] == powers[at - 15 : at + 16].max() > powers.max() / 5]
    assert np.allclose(found, hertz, atol=6)


def test_rhythms() -> None:
    assert voiced_spans(Wordless("ringback", 10 * SECOND).ulaw(0, 80_000), pause=800) == [(0, 16_000), (48_000, 64_000)]
    assert [first for first, _ in voiced_spans(BUSY.ulaw(0, 16_000), pause=800)] == [0, 8000]


@pytest.mark.parametrize(
    ("first", "count"), [(0, 24_000), (7_990, 20), (-5, 10), (15_995, 10), (-9, 4), (20_000, 3), (0, 0)]
)
def test_any_part_of_a_tone(first: int, count: int) -> None:
    tone = Wordless("music", 2 * SECOND)
    whole = tone.ulaw(0, 16_000)
    expected = bytes(whole[at] if 0 <= at < 16_000 else 0xFF for at in range(first, first + count))
    assert tone.ulaw(first, count) == expected
    assert whole[:8000] == whole[8000:]


def test_silence_is_silent_and_music_is_not() -> None:
    assert silent(silence(SECOND).ulaw(0, 8000))
    assert -35 < dbfs(rms(music(SECOND).ulaw(0, 8000))) < -20
    assert music(SECOND).ulaw(0, 100) == Wordless("nocturne.mp3", SECOND).ulaw(0, 100)
    assert silent(BEEP.ulaw(4000, 100))


@pytest.mark.parametrize("key", KEYS)
def test_every_key_is_recognised(key: str) -> None:
    sound = b"\xff" * 333 + dtmf(key).ulaw(0, 800) + b"\xff" * 800
    assert (
        keys_in(sound)
        == keys_in(amplified(sound, -20))
        == keys_in(mix(sound, white_noise(2000, -35, Chance(1)("n"))))
        == key
    )


@given(st.text(KEYS, max_size=8), st.integers(50, 200), st.integers(40, 200))
@settings(deadline=None, max_examples=40)
def test_keys_in_a_row(keys: str, lasting: int, pause: int) -> None:
    gap = b"\xff" * 8 * pause
    assert keys_in(gap + b"".join(dtmf(key, lasting * MILLISECOND).ulaw(0, 8 * lasting) + gap for key in keys)) == keys


def test_speech_and_noise_are_no_keys() -> None:
    assert keys_in(encode_ulaw("The quick brown fox, 0123456789 times.")) == ""
    assert keys_in(white_noise(80_000, -10, Chance(1)("noise"))) == ""
    assert keys_in(BEEP.ulaw(0, 4000) + music(SECOND).ulaw(0, 8000)) == ""


@pytest.mark.parametrize("key", ["", "x", "12"])
def test_what_is_no_key(key: str) -> None:
    with pytest.raises(ValueError, match="the keys are 1 2 3"):
        dtmf(key)


def test_noise_is_by_chance_and_as_loud_as_asked_for() -> None:
    assert white_noise(100, -30, Chance(1)("a")) == white_noise(100, -30, Chance(1)("a"))
    assert white_noise(100, -30, Chance(1)("a")) != white_noise(100, -30, Chance(2)("a"))
    for level in (-50, -30, -15):
        assert dbfs(rms(white_noise(8000, level, Chance(1)("a")))) == pytest.approx(level, abs=0.5)


def test_mixing() -> None:
    beep = BEEP.ulaw(0, 800)
    assert len(mix(beep, beep[:100])) == len(mix(beep[:100], beep)) == 800
    assert dbfs(rms(amplified(beep, -20))) == pytest.approx(dbfs(rms(beep)) - 20, abs=0.3)
    assert mix(beep, b"") == beep
    assert from_ulaw(mix(b"\x80" * 10, b"\x80" * 10)).tolist() == [32124] * 10
