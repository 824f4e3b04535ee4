"""Finished pieces of audio."""

from __future__ import annotations

import numpy as np
import pytest

from tests.sim.sound.ears import TEXT, scaled
from voicecall_sim.sound.clip import Clip, from_linear, from_wav
from voicecall_sim.sound.code import encode, encode_ulaw
from voicecall_sim.sound.g711 import ulaw
from voicecall_sim.sound.resampling import to_telephone
from voicecall_sim.sound.sound import CUT, Rest, Sound, Speech
from voicecall_sim.sound.tones import BEEP
from voicecall_sim.sound.wav import NoWav, wav
from voicecall_sim.world.clock import MILLISECOND, SECOND

AUDIO = encode_ulaw("Hi é.")
SPEECH = Speech("Hi é.")


@pytest.mark.parametrize("played", [0, 30, 60, 61 + 2, 120, 200, 250, 299, 300, 360, 999])
def test_coded_speech_is_heard_as_it_was_said(played: int) -> None:
    clip = Clip(AUDIO, "greeting.wav")
    assert clip.text(played * MILLISECOND) == SPEECH.text(played * MILLISECOND)
    assert clip.next_change(played * MILLISECOND) == SPEECH.next_change(played * MILLISECOND)
    assert (clip.duration, clip.spoken, clip.open, str(clip)) == (SPEECH.duration, True, False, "greeting.wav")


def test_audio_with_silence_around() -> None:
    clip = Clip(b"\x01\x02\x03", "a")
    assert clip.ulaw(0, 3) == b"\x01\x02\x03"
    assert clip.ulaw(-2, 7) == b"\xff\xff\x01\x02\x03\xff\xff"
    assert clip.ulaw(5, 2) == clip.ulaw(-5, 2) == b"\xff\xff"
    clip.follow(lambda: pytest.fail("a clip never changes"))()


def test_real_sound_has_no_text_but_the_words_that_it_is_given() -> None:
    beep = BEEP.ulaw(0, 8000)
    assert (Clip(beep, "beep.wav").spoken, Clip(beep, "beep.wav").text(SECOND)) == (False, "")
    clip = Clip(beep, "ann.wav", "abcd")
    assert clip.spoken
    assert [clip.text(n * SECOND // 4) for n in range(5)] == ["", "a", "ab", "abc", "abcd"]
    assert clip.text(SECOND // 8) == CUT
    assert clip.next_change(0) == SECOND // 4
    assert not Clip(beep, "silent.wav", "").spoken
    assert Clip(b"", "empty", "a").text(SECOND) == "a"


def test_the_rest_of_a_clip() -> None:
    rest: Sound = Rest(Clip(AUDIO, "a"), 90 * MILLISECOND)
    assert rest.text(rest.duration) == CUT + " é."
    assert rest.ulaw(0, 100) == AUDIO[720:820]
    assert rest.ulaw(-10, 30) == b"\xff" * 10 + AUDIO[720:740]
    assert not rest.open
    assert Rest(SPEECH, 90 * MILLISECOND + 1).ulaw(0, 5) == AUDIO[721:726]


@pytest.mark.parametrize("rate", [8000, 11025, 16000, 22050, 24000, 44100, 48000])
def test_files_at_any_rate(rate: int) -> None:
    speech = encode(TEXT, rate)
    assert from_wav(wav(speech, rate=rate), "a").text(99 * SECOND) == TEXT
    assert from_wav(wav(speech, np.zeros_like(speech), rate=rate), "stereo").text(99 * SECOND) == TEXT
    assert from_linear(speech.astype("<i2").tobytes(), rate, "a").text(99 * SECOND) == TEXT
    assert from_wav(wav(speech, rate=rate), "a").duration == pytest.approx(Speech(TEXT).duration, abs=250)


def test_files_that_are_none() -> None:
    with pytest.raises(NoWav):
        from_wav(b"ID3", "a.mp3")


def test_resampling_keeps_the_telephone_band_and_nothing_else() -> None:
    instants = np.arange(48000) / 48000
    inside = to_telephone(scaled(10_000 * np.sin(2 * np.pi * 3000 * instants)), 48000)
    outside = to_telephone(scaled(10_000 * np.sin(2 * np.pi * 5000 * instants)), 48000)
    assert np.sqrt(np.square(inside.astype(float)).mean()) == pytest.approx(7071, rel=0.02)
    assert np.abs(outside[200:-200]).max() < 100
    assert len(inside) == 8000
    same = encode("a")
    assert to_telephone(same, 8000) is same
    assert ulaw(to_telephone(np.zeros(0, np.int16), 48000)) == b""
