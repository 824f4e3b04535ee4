"""Voice activity from energy."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from voicecall_sim.sound.activity import Activity, Change, dbfs, rms, silent, voiced_spans
from voicecall_sim.sound.code import encode_ulaw
from voicecall_sim.sound.g711 import ulaw
from voicecall_sim.sound.noise import amplified, white_noise
from voicecall_sim.world.chance import Chance

SILENCE = b"\xff"
VOICE = encode_ulaw("Hello there.")


def activity(audio: bytes, size: int = 160, **options: float) -> list[Change]:
    judge = Activity(**options)  # type: ignore[arg-type]
    return [change for at in range(0, len(audio), size) for change in judge.feed(audio[at : at + size])]


def test_levels() -> None:
    assert rms(b"") == rms(SILENCE * 160) == rms(b"\x7f\xff") == 0
    assert rms(ulaw(np.full(160, 1000, np.int16))) == pytest.approx(1000, rel=0.02)
    assert dbfs(rms(VOICE)) == pytest.approx(-16, abs=1)
    assert dbfs(32768) == 0
    assert dbfs(0) == -math.inf
    assert silent(SILENCE * 3)
    assert not silent(SILENCE + b"\x00")


@pytest.mark.parametrize("size", [1, 37, 160, 480, 100_000])
def test_a_voice_begins_and_ends(size: int) -> None:
    audio = SILENCE * 800 + VOICE + SILENCE * 8000
    began, ended = activity(audio, size)
    assert (began.sounding, ended.sounding) == (True, False)
    assert began.sample == 800
    assert began.noticed - began.sample <= 480
    assert ended.sample == 800 + len(VOICE) - 80
    assert ended.noticed == ended.sample + 4000


def test_pauses_shorter_than_the_release_do_not_end_it() -> None:
    audio = VOICE + SILENCE * 3000 + VOICE + SILENCE * 5000
    assert [change.sounding for change in activity(audio)] == [True, False]
    assert [change.sounding for change in activity(audio, release=1600)] == [True, False] * 2


def test_what_is_short_or_faint_does_not_begin_it() -> None:
    assert activity(SILENCE * 800 + VOICE[:200] + SILENCE * 8000) == []
    assert activity(SILENCE * 800 + (VOICE[:160] + SILENCE * 400) * 9) == []
    assert activity(amplified(VOICE, -30)) == []
    assert len(activity(amplified(VOICE, -30), threshold=-60.0)) == 1
    assert activity(white_noise(40_000, -45, Chance(1)("n"))) == []


def test_level_of_the_last_frame() -> None:
    judge = Activity()
    assert (judge.level, judge.sounding) == (-math.inf, False)
    judge.feed(VOICE[:1000])
    assert judge.level == pytest.approx(-18, abs=4)
    assert judge.sounding
    judge.feed(SILENCE * 320)
    assert judge.level == -math.inf


@given(st.lists(st.integers(1, 700), min_size=1, max_size=12))
@settings(deadline=None)
def test_the_size_of_the_pieces_does_not_matter(sizes: list[int]) -> None:
    audio = SILENCE * 555 + VOICE + SILENCE * 4400 + VOICE
    judge, at, changes = Activity(), 0, []
    for turn in range(len(audio)):
        size = sizes[turn % len(sizes)]
        changes += judge.feed(audio[at : at + size])
        at += size
        if at >= len(audio):
            break
    assert changes == activity(audio)


def test_spans() -> None:
    audio = SILENCE * 1000 + VOICE + SILENCE * 2000 + VOICE + SILENCE * 33
    last = 1000 + len(VOICE)
    spans = voiced_spans(audio)
    assert len(spans) == 2
    assert spans[0][0] == 1000
    assert last - 100 <= spans[0][1] <= last - 60
    assert spans[1][0] == last + 2000
    assert voiced_spans(audio, pause=3000) == [(1000, spans[1][1])]
    assert voiced_spans(SILENCE * 100) == voiced_spans(b"") == voiced_spans(amplified(VOICE, -40)) == []
    assert voiced_spans(b"\x10" * 33) == [(0, 33)]
