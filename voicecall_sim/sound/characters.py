"""From the bytes that were heard to characters, with the times of each."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final, NamedTuple

from voicecall_sim.sound.sound import CUT

PAUSE: Final = 240
"""Samples between two bytes that cannot belong to one character any more: 30 ms, the shortest symbol."""


class Symbol(NamedTuple):
    """A character that was heard, or `▯`; `began` and `ended` are sample indices from the decoder's beginning."""

    text: str
    began: int
    ended: int


@dataclass(slots=True)
class Partial:
    """A character of which not all bytes have been heard. A byte that was lost is None."""

    size: int
    began: int
    ended: int
    parts: list[int | None] = field(default_factory=list)

    @property
    def text(self) -> str:
        """The character, `▯` if any of its bytes is missing or they are none."""
        if len(self.parts) < self.size or None in self.parts:
            return CUT
        try:
            return bytes(part for part in self.parts if part is not None).decode()
        except UnicodeDecodeError:
            return CUT


class Characters:
    """UTF-8 (RFC 3629), byte by byte. A character whose bytes were lost or do not fit is one `▯`."""

    def __init__(self) -> None:
        self.symbols: list[Symbol] = []
        self.partial: Partial | None = None
        self._damaged_until: int | None = None

    def add(self, byte: int, began: int, ended: int) -> None:
        """A byte was heard."""
        if byte < 0x80 and self.partial is None:
            self._damaged_until = None
            self.symbols.append(Symbol(chr(byte), began, ended))
            return
        self._break(began)
        if byte & 0xC0 == 0x80:
            self._continue(byte, began, ended)
            return
        self.close()
        self._damaged_until = None
        self.partial = Partial(size_of(byte), began, ended)
        self._extend(byte, ended)

    def lose(self, began: int, ended: int) -> None:
        """Something was said that cannot be made out."""
        self._break(began)
        if self.partial is not None:
            self._extend(None, ended)
        else:
            self.symbols.append(Symbol(CUT, began, ended))
        self._damaged_until = ended

    def close(self) -> None:
        """Nothing follows: a character under way is incomplete."""
        partial, self.partial = self.partial, None
        if partial is not None:
            self.symbols.append(Symbol(partial.text, partial.began, partial.ended))

    def _break(self, began: int) -> None:
        if self.partial is not None and began - self.partial.ended > PAUSE:
            self.close()

    def _continue(self, byte: int, began: int, ended: int) -> None:
        if self.partial is not None:
            self._extend(byte, ended)
        elif self._damaged_until is not None and began - self._damaged_until <= PAUSE:
            # what is left of the character whose first byte was lost
            self._damaged_until = ended
        else:
            self.lose(began, ended)

    def _extend(self, part: int | None, ended: int) -> None:
        assert self.partial is not None
        self.partial.parts.append(part)
        self.partial.ended = ended
        if len(self.partial.parts) >= self.partial.size:
            self.close()


def size_of(lead: int) -> int:
    """How many bytes the character has that begins with this one; 1 for a byte that begins none."""
    if lead < 0xC0:
        return 1
    return 2 if lead < 0xE0 else 3 if lead < 0xF0 else 4
