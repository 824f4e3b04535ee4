"""WAV files against the standard library's reader and writer."""

from __future__ import annotations

import io
import struct
import wave

import numpy as np
import pytest

from voicecall_sim.sound.g711 import alaw, from_alaw, from_ulaw, ulaw
from voicecall_sim.sound.wav import NoWav, read_wav, wav

SAMPLES = np.array([0, 1, -1, 1000, -32768, 32767], np.int16)


def standard(frames: bytes, *, channels: int = 1, width: int = 2, rate: int = 8000) -> bytes:
    file = io.BytesIO()
    with wave.open(file, "wb") as writer:
        writer.setnchannels(channels)
        writer.setsampwidth(width)
        writer.setframerate(rate)
        writer.writeframes(frames)
    return file.getvalue()


def riff(*parts: tuple[bytes, bytes]) -> bytes:
    body = b"".join(name + struct.pack("<I", len(data)) + data + b"\0" * (len(data) % 2) for name, data in parts)
    return b"RIFF" + struct.pack("<I", len(body) + 4) + b"WAVE" + body


def form(tag: int, bits: int, *, channels: int = 1, rate: int = 8000, rest: bytes = b"") -> tuple[bytes, bytes]:
    block = channels * bits // 8
    return b"fmt ", struct.pack("<HHIIHH", tag, channels, rate, rate * block, block, bits) + rest


def test_what_others_write() -> None:
    read = read_wav(standard(SAMPLES.astype("<i2").tobytes(), rate=44100))
    assert (read.rate, read.channels.tolist()) == (44100, [SAMPLES.tolist()])
    stereo = read_wav(standard(SAMPLES.astype("<i2").tobytes(), channels=2))
    assert stereo.channels.tolist() == [[0, -1, -32768], [1, 1000, 32767]]
    assert stereo.mixed.tolist() == [0, 500, 0]
    assert read_wav(standard(b"\x00\x80\xff", width=1)).channels.tolist() == [[-32768, 0, 32512]]


@pytest.mark.parametrize("channels", [1, 2])
def test_what_others_read(channels: int) -> None:
    with wave.open(io.BytesIO(wav(*[SAMPLES] * channels, rate=16000))) as file:
        assert (file.getnchannels(), file.getsampwidth(), file.getframerate()) == (channels, 2, 16000)
        assert file.readframes(99) == np.repeat(SAMPLES, channels).astype("<i2").tobytes()


def test_telephone_codecs_and_other_chunks() -> None:
    for tag, encode, decode in ((7, ulaw, from_ulaw), (6, alaw, from_alaw)):
        data = encode(SAMPLES)
        file = riff((b"LIST", b"odd"), form(tag, 8, rest=b"\0\0"), (b"fact", b"\6\0\0\0"), (b"data", data))
        assert read_wav(file).channels.tolist() == [decode(data).tolist()]


def test_the_extensible_form() -> None:
    rest = struct.pack("<HHI", 22, 16, 0) + b"\x01\x00\x00\x00\x00\x00\x10\x00\x80\x00\x00\xaa\x00\x38\x9b\x71"
    file = riff(form(0xFFFE, 16, rest=rest), (b"data", SAMPLES.astype("<i2").tobytes()))
    assert read_wav(file).mixed.tolist() == SAMPLES.tolist()


def test_a_file_that_breaks_off() -> None:
    file = standard(SAMPLES.astype("<i2").tobytes(), channels=2)
    assert read_wav(file[:-3]).channels.tolist() == [[0, -1], [1, 1000]]


REFUSED = [
    (b"ID3 and so on", "RIFF"),
    (b"RIFF\0\0\0\0AVI LIST", "RIFF"),
    (riff(form(1, 16)), "without a data chunk"),
    (riff((b"data", b"\0\0")), "before their format"),
    (riff((b"fmt ", b"\1\0")), "too short"),
    (riff(form(1, 16, channels=0), (b"data", b"")), "without channels"),
    (riff(form(1, 16, rate=0), (b"data", b"")), "without a rate"),
    (riff(form(1, 24), (b"data", b"\0" * 3)), "format 1 with 24 bits"),
    (riff(form(85, 0), (b"data", b"\0" * 3)), "format 85 with 0 bits"),
]


@pytest.mark.parametrize(("file", "why"), REFUSED)
def test_what_cannot_be_read(file: bytes, why: str) -> None:
    with pytest.raises(NoWav, match=why):
        read_wav(file)
