"""G.711 against other implementations' values (`tests/vectors/g711.json`), and against itself."""

from __future__ import annotations

import json
import struct
from pathlib import Path
from typing import Any, Final

import pytest

from voicecall_sdk.audio import g711

VECTORS: Final[dict[str, Any]] = json.loads((Path(__file__).parents[2] / "vectors" / "g711.json").read_text())
EVERY_CODE: Final = bytes(range(256))
LAWS: Final = {
    "ulaw": (g711.decode_ulaw, g711.encode_ulaw, g711.ulaw_value, g711.ulaw_code),
    "alaw": (g711.decode_alaw, g711.encode_alaw, g711.alaw_value, g711.alaw_code),
}


def pcm(*samples: int) -> bytes:
    return struct.pack(f"<{len(samples)}h", *samples)


def samples(data: bytes) -> list[int]:
    return list(struct.unpack(f"<{len(data) // 2}h", data))


@pytest.mark.parametrize("law", LAWS)
def test_every_byte_is_decoded_as_elsewhere(law: str) -> None:
    decode, _, value, _ = LAWS[law]
    assert samples(decode(EVERY_CODE)) == VECTORS[law]["decoded"]
    assert [value(code) for code in EVERY_CODE] == VECTORS[law]["decoded"]


@pytest.mark.parametrize(("law", "which"), [("ulaw", "published"), ("ulaw", "encoded"), ("alaw", "encoded")])
def test_samples_are_encoded_as_elsewhere(law: str, which: str) -> None:
    _, encode, _, code = LAWS[law]
    given, expected = zip(*VECTORS[law][which], strict=True)
    assert list(encode(pcm(*given))) == list(expected)
    assert [code(sample) for sample in given] == list(expected)


@pytest.mark.parametrize("law", LAWS)
def test_a_clip_is_encoded_as_its_samples_are(law: str) -> None:
    _, encode, _, code = LAWS[law]
    every = range(-32768, 32768)
    assert list(encode(pcm(*every))) == [code(sample) for sample in every]


@pytest.mark.parametrize("law", LAWS)
def test_encoding_gives_the_nearest_value_there_is(law: str) -> None:
    decode, encode, _, _ = LAWS[law]
    again = samples(decode(encode(decode(EVERY_CODE))))
    assert again == samples(decode(EVERY_CODE))


def test_the_two_laws_are_mapped_to_each_other() -> None:
    assert g711.alaw_to_ulaw(EVERY_CODE) == g711.encode_ulaw(g711.decode_alaw(EVERY_CODE))
    assert g711.ulaw_to_alaw(EVERY_CODE) == g711.encode_alaw(g711.decode_ulaw(EVERY_CODE))


def test_silence() -> None:
    assert g711.encode_ulaw(pcm(0)) == g711.SILENCE_BYTE == bytes([g711.SILENCE])
    assert g711.decode_ulaw(g711.SILENCE_BYTE) == pcm(0)


def test_a_sample_that_is_cut_in_two_is_refused() -> None:
    with pytest.raises(ValueError, match="multiple"):
        g711.encode_ulaw(b"\0")
