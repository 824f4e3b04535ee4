"""The resampler: the same sound however it is cut, nothing lost, nothing folded back."""

from __future__ import annotations

import math
import struct
from collections.abc import Iterator, Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from voicecall_sdk.audio.resample import Resampler

RATES = (8000, 11_025, 16_000, 22_050, 24_000, 44_100, 48_000)


def tone(rate: int, hertz: float, seconds: float = 1.0, amplitude: float = 10_000.0) -> bytes:
    times = np.arange(int(rate * seconds)) / rate
    return (amplitude * np.sin(2 * np.pi * hertz * times)).astype("<i2").tobytes()


def samples(pcm: bytes) -> NDArray[np.float64]:
    return np.frombuffer(pcm, "<i2").astype(np.float64)


def pieces(sound: bytes, sizes: Sequence[int]) -> Iterator[bytes]:
    """The sound in pieces of these sizes, over and over."""
    start, turn = 0, 0
    while start < len(sound):
        yield sound[start : start + sizes[turn % len(sizes)]]
        start, turn = start + sizes[turn % len(sizes)], turn + 1


def resampled(sound: bytes, rate: int, sizes: Sequence[int] = (1 << 30,)) -> bytes:
    resampler = Resampler(rate)
    return b"".join(map(resampler.feed, pieces(sound, sizes))) + resampler.finish()


def decibels(pcm: bytes, of: float = 10_000.0) -> float:
    middle = samples(pcm)[400:-400]
    return 20 * math.log10(math.sqrt(float(np.mean(middle**2))) * math.sqrt(2) / of + 1e-9)


@given(
    rate=st.sampled_from(RATES),
    sizes=st.lists(st.integers(1, 5000), min_size=1, max_size=8),
    seed=st.integers(0, 9),
    length=st.integers(0, 9000),
)
def test_pieces_of_any_size_give_what_the_whole_gives(rate: int, sizes: list[int], seed: int, length: int) -> None:
    noise = np.random.default_rng(seed).integers(-20_000, 20_000, length).astype("<i2").tobytes()
    assert resampled(noise, rate, sizes) == resampled(noise, rate)


@pytest.mark.parametrize("rate", RATES)
def test_nothing_is_lost(rate: int) -> None:
    assert len(resampled(tone(rate, 440, 2.0), rate)) == 2 * 16_000


@pytest.mark.parametrize("rate", [rate for rate in RATES if rate > 8000])
@pytest.mark.parametrize("hertz", [300, 1000, 2500, 3400])
def test_the_band_of_the_telephone_passes(rate: int, hertz: int) -> None:
    assert abs(decibels(resampled(tone(rate, hertz), rate))) < 0.5


@pytest.mark.parametrize("rate", [16_000, 22_050, 24_000, 44_100])
@pytest.mark.parametrize("hertz", [4300, 5000, 6500, 7700])
def test_what_is_above_the_band_is_not_folded_into_it(rate: int, hertz: int) -> None:
    assert decibels(resampled(tone(rate, hertz), rate)) < -60


@pytest.mark.parametrize("rate", [16_000, 24_000])
def test_there_are_no_clicks_between_pieces(rate: int) -> None:
    """A tone's samples never jump: a click would."""
    sound = samples(resampled(tone(rate, 400), rate, (997,)))[200:-200]
    steepest = 10_000 * 2 * math.pi * 400 / 8000
    assert float(np.abs(np.diff(sound)).max()) <= steepest * 1.01


def test_the_same_rate_passes_as_it_is() -> None:
    sound = struct.pack("<4h", 1, -2, 3, -4)
    resampler = Resampler(8000)
    assert resampler.feed(sound[:3]) + resampler.feed(sound[3:]) + resampler.finish() == sound


def test_half_a_sample_at_the_end_is_dropped() -> None:
    resampler = Resampler(8000)
    assert resampler.feed(b"\1\2\3") + resampler.finish() == b"\1\2"


def test_up_as_well() -> None:
    resampler = Resampler(8000, 24_000)
    assert len(resampler.feed(tone(8000, 440)) + resampler.finish()) == 48_000


def test_the_loudest_does_not_wrap_around() -> None:
    square = np.where(np.arange(24_000) // 60 % 2, -32768, 32767).astype("<i2").tobytes()
    sound = samples(resampled(square, 24_000))
    assert sound[100:-100].max() == 32767
    assert sound[100:-100].min() == -32768


@pytest.mark.parametrize("rate", [0, -1, 100, 400_000])
def test_a_rate_that_is_none(rate: int) -> None:
    with pytest.raises(ValueError, match="sample rate"):
        Resampler(rate)
