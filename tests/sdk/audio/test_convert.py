"""Vendors' formats to mu-law: which there are, WAV headers, pieces."""

from __future__ import annotations

import io
import struct
import wave
from collections.abc import Iterable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from voicecall_sdk.audio.convert import Converter
from voicecall_sdk.audio.g711 import alaw_to_ulaw, decode_ulaw, encode_ulaw
from voicecall_sdk.audio.resample import Resampler


def converted(form: str, pieces: Iterable[bytes]) -> bytes:
    converter = Converter(form)
    return b"".join(map(converter.feed, pieces)) + converter.finish()


def noise(count: int, seed: int = 1) -> bytes:
    return np.random.default_rng(seed).integers(-9000, 9000, count).astype("<i2").tobytes()


def expected(pcm: bytes, rate: int) -> bytes:
    resampler = Resampler(rate)
    return encode_ulaw(resampler.feed(pcm) + resampler.finish())


def wav(pcm: bytes, rate: int, *, channels: int = 1, width: int = 2) -> bytes:
    """As the standard library writes it."""
    file = io.BytesIO()
    with wave.open(file, "wb") as writer:
        writer.setnchannels(channels)
        writer.setsampwidth(width)
        writer.setframerate(rate)
        writer.writeframes(pcm)
    return file.getvalue()


def cut(sound: bytes, size: int) -> list[bytes]:
    return [sound[start : start + size] for start in range(0, len(sound), size)]


@pytest.mark.parametrize(
    ("form", "rate"),
    [
        ("pcm", 24_000),
        ("pcm_8000", 8000),
        ("pcm_16000", 16_000),
        ("pcm_22050", 22_050),
        ("pcm_44100", 44_100),
        ("raw-8khz-16bit-mono-pcm", 8000),
        ("raw-16khz-16bit-mono-pcm", 16_000),
        ("raw-22khz-16bit-mono-pcm", 22_050),
        ("raw-24khz-16bit-mono-pcm", 24_000),
        ("raw-48khz-16bit-mono-pcm", 48_000),
    ],
)
def test_samples_at_any_rate(form: str, rate: int) -> None:
    pcm = noise(5000)
    assert converted(form, [pcm]) == expected(pcm, rate)


@pytest.mark.parametrize("form", ["ulaw_8000", "raw-8khz-8bit-mono-mulaw"])
def test_what_is_mu_law_already_passes(form: str) -> None:
    assert converted(form, [b"\0\1", b"\xfe"]) == b"\0\1\xfe"


@pytest.mark.parametrize("form", ["alaw_8000", "raw-8khz-8bit-mono-alaw"])
def test_a_law(form: str) -> None:
    assert converted(form, [bytes(range(256))]) == alaw_to_ulaw(bytes(range(256)))


@pytest.mark.parametrize(
    "form", ["mp3", "opus", "", "pcm_5", "pcm_999999", "pcm_", "pcm_24k", "ulaw_16000", "raw-16khz-16bit-stereo-pcm"]
)
def test_other_formats_are_refused(form: str) -> None:
    with pytest.raises(ValueError, match="Unsupported") as refused:
        Converter(form, provider="acme")
    assert str(refused.value) == f'Unsupported telephony TTS output format "{form}" from provider "acme"'


@given(size=st.integers(1, 700), rate=st.sampled_from([8000, 16_000, 24_000]))
def test_a_wav_header_is_dropped_and_its_rate_believed(size: int, rate: int) -> None:
    pcm = noise(2000)
    assert converted("pcm", cut(wav(pcm, rate), size)) == expected(pcm, rate)


@pytest.mark.parametrize("size", [0, 0xFFFFFFFF, 0x7FFFFFFF])
def test_a_wav_that_is_streamed_does_not_know_its_size(size: int) -> None:
    pcm = noise(2000)
    whole = wav(pcm, 24_000)
    assert converted("pcm", [whole[:40] + struct.pack("<I", size) + whole[44:]]) == expected(pcm, 24_000)


def test_other_chunks_of_a_wav_are_not_played() -> None:
    pcm = noise(2000)
    whole = wav(pcm, 24_000)
    odd = b"LIST" + struct.pack("<I", 5) + b"hello\0"
    assert converted("pcm", cut(whole[:36] + odd + whole[36:] + odd, 50)) == expected(pcm, 24_000)


@pytest.mark.parametrize(("channels", "width"), [(2, 2), (1, 1), (1, 3)])
def test_a_wav_of_another_kind_is_refused(channels: int, width: int) -> None:
    with pytest.raises(ValueError, match="WAV answer"):
        converted("pcm", [wav(bytes(48), 24_000, channels=channels, width=width)])


@pytest.mark.parametrize(
    "beginning", [b"R", b"RIFF", b"RIFF\0\0\0\0", b"RIFF1234AVI LIST", b"RIFF1234WAVEdata\0\0\0\0"]
)
def test_samples_that_only_look_like_a_header_are_played(beginning: bytes) -> None:
    sound = beginning + bytes(len(beginning) % 2)
    assert converted("pcm_8000", cut(sound, 1)) == encode_ulaw(sound)


def test_nothing_becomes_nothing() -> None:
    assert converted("pcm", []) == b""


def test_speech_stays_what_it_was() -> None:
    """A 440 Hz tone comes out as one, at its loudness."""
    times = np.arange(24_000) / 24_000
    pcm = (8000 * np.sin(2 * np.pi * 440 * times)).astype("<i2").tobytes()
    heard = np.frombuffer(decode_ulaw(converted("pcm", cut(pcm, 1111))), "<i2").astype(float)
    spectrum = np.abs(np.fft.rfft(heard))
    assert int(spectrum.argmax()) * 8000 / len(heard) == pytest.approx(440, abs=1)
    assert np.abs(heard).max() == pytest.approx(8000, rel=0.05)
