"""G.711 against known values and against the standard library's coder where there is one."""

from __future__ import annotations

import hashlib

import numpy as np

from voicecall_sim.sound.g711 import (
    ALAW_SILENCE,
    SILENT,
    ULAW_SILENCE,
    alaw,
    alaw_to_ulaw,
    from_alaw,
    from_ulaw,
    ulaw,
    ulaw_to_alaw,
)

EVERY = np.arange(-32768, 32768, dtype=np.int16)
CODES = bytes(range(256))
# ITU-T G.711, tables 1a to 2b, of values with 16 bits; A-law the same by CPython 3.11's audioop
KNOWN = [0, 1, -1, 100, -100, 1000, -1000, 8000, 32767, -32768]
KNOWN_ULAW = "ff ff 7f f2 72 ce 4e a0 80 00"
KNOWN_ALAW = "d5 d5 55 d3 53 fa 7a 8a aa 2a"


def digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def test_known_values() -> None:
    samples = np.array(KNOWN, np.int16)
    assert ulaw(samples).hex(" ") == KNOWN_ULAW
    assert alaw(samples).hex(" ") == KNOWN_ALAW


def test_every_sample_as_another_coder_has_it() -> None:
    # of the codes that CPython 3.11's audioop makes; its mu-law is one off for negative samples at an interval's edge
    assert digest(ulaw(EVERY[32768:])) == "912062bf9c931c7ebc1dc1fd1d74faf0cfefcd47e8408a3ed4d07aa59f0f1c20"
    assert digest(alaw(EVERY)) == "38488f6fd710f4686360edc4d38639f96c491595ef93f8eb8d62d5e07ca6ce7b"


def test_negative_samples_mirror_positive_ones() -> None:
    positive, negative = ulaw(EVERY[32769:]), ulaw(-EVERY[32769:])
    assert bytes(code & 0x7F for code in positive) == negative


def test_values_of_every_code_as_another_decoder_has_them() -> None:
    assert (
        digest(from_ulaw(CODES).astype("<i2").tobytes())
        == "3dab54339e520bb2c924826e3b72a917a2b612e9fd12fc867500f1d983a75827"
    )
    assert (
        digest(from_alaw(CODES).astype("<i2").tobytes())
        == "e04788d110e58ff8c70c93b8480190d973e3b67876b6119abbaec766cc75c174"
    )


def test_a_code_is_its_own_nearest() -> None:
    # the two zeros of mu-law are one value
    assert ulaw(from_ulaw(CODES)) == CODES.replace(b"\x7f", b"\xff")
    assert alaw(from_alaw(CODES)) == CODES


def test_between_the_two() -> None:
    assert ulaw_to_alaw(CODES) == alaw(from_ulaw(CODES))
    assert alaw_to_ulaw(CODES) == ulaw(from_alaw(CODES))


def test_silence() -> None:
    assert from_ulaw(bytes([ULAW_SILENCE])).tolist() == [0]
    assert from_ulaw(SILENT).tolist() == [0, 0]
    assert abs(int(from_alaw(bytes([ALAW_SILENCE]))[0])) == 8


def test_a_slice_with_steps() -> None:
    assert ulaw(EVERY[::7]) == ulaw(EVERY)[::7]
    assert ulaw(np.zeros(0, np.int16)) == b""
