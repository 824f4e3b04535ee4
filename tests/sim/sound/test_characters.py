"""From bytes to characters."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voicecall_sim.sound.characters import Characters, Symbol, size_of
from voicecall_sim.sound.sound import CUT

LOST = None


def said(parts: list[int | None], pauses: dict[int, int] | None = None) -> list[Symbol]:
    """What the bytes are, one each 480 samples; None is a lost one; pauses in samples go before parts."""
    characters, at = Characters(), 0
    for number, part in enumerate(parts):
        at += (pauses or {}).get(number, 0)
        if part is None:
            characters.lose(at, at + 480)
        else:
            characters.add(part, at, at + 480)
        at += 480
    characters.close()
    return characters.symbols


CASES: list[tuple[list[int | None], str]] = [
    ([*b"ab"], "ab"),
    ([*"é漢😀".encode()], "é漢😀"),
    ([LOST, 0x61], CUT + "a"),
    ([0x61, 0xC3], "a" + CUT),
    ([0xC3, LOST, 0x61], CUT + "a"),
    ([0xC3, 0x61], CUT + "a"),
    ([LOST, 0xA9, 0x61], CUT + "a"),
    ([0xF0, LOST, 0x98, 0x80, 0x61], CUT + "a"),
    ([0xF0, 0x9F, LOST, LOST, 0x61], CUT + "a"),
    ([LOST, 0x9F, 0x98, 0x80, 0x61], CUT + "a"),
    ([LOST, LOST, 0x98, 0x80], CUT * 2),
    ([0xA9, 0x61], CUT + "a"),
    ([0xFF, 0xC0, 0x80, 0x61], CUT * 2 + "a"),
    ([0xED, 0xA0, 0x80], CUT),
]


@pytest.mark.parametrize(("parts", "text"), CASES)
def test_bytes(parts: list[int | None], text: str) -> None:
    assert "".join(symbol.text for symbol in said(parts)) == text


def test_a_character_lasts_from_its_first_byte_to_its_last() -> None:
    assert said([*"aé".encode()]) == [Symbol("a", 0, 480), Symbol("é", 480, 1440)]


def test_a_pause_breaks_a_character() -> None:
    assert [symbol.text for symbol in said([0xC3, 0xA9], {1: 240})] == ["é"]
    assert [symbol.text for symbol in said([0xC3, 0xA9], {1: 241})] == [CUT, CUT]


@given(st.text())
def test_every_text(text: str) -> None:
    data = text.encode(errors="replace")
    assert "".join(symbol.text for symbol in said([*data])) == data.decode()


def test_sizes_are_those_of_the_encoding() -> None:
    assert [size_of(character.encode()[0]) for character in "aé漢😀"] == [1, 2, 3, 4]
