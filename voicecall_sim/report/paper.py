"""Where a ladder is drawn: a column of instants, three lanes, arrows and notes in the gaps between them."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from rich.cells import cell_len, set_cell_size

from voicecall_sim.report.rungs import Lane, Rung, Tone
from voicecall_sim.report.spans import instant
from voicecall_sim.world.clock import Micros

NARROWEST: Final = 60
WIDEST: Final = 160
TALLEST: Final = 3
"""How many lines a label may take."""

GLYPHS: Final = {Tone.BAD: "✗ ", Tone.FAULT: "! "}


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the drawing and how to look at it; `tone` is None for the heading."""

    text: str
    tone: Tone | None = None


class Paper:
    """A sheet `width` characters wide (60 to 160), with instants of up to `stamp` characters on the left."""

    def __init__(self, width: int, stamp: int) -> None:
        self.width = min(max(width, NARROWEST), WIDEST)
        self.stamp = stamp
        room = self.width - stamp - 2 - len(Lane)
        self.gaps = (room - room // 2, room // 2)

    def heading(self, left: str, middle: str, right: str) -> Line:
        """The names above the lanes."""
        first = left + set_cell_size("", self.gaps[0] + 1 - len(left) - len(middle) // 2) + middle
        filler = self.gaps[0] + self.gaps[1] + len(Lane) - cell_len(first) - cell_len(right)
        return Line(f"{'':{self.stamp}}  {first}{' ' * max(1, filler)}{right}")

    def rung(self, drawn: Rung, suffix: str) -> Sequence[Line]:
        """An arrow or a note, of as many lines as its label needs."""
        if drawn.target is None:
            return self._noted(drawn, suffix)
        gap = min(drawn.source, drawn.target)
        rightward = drawn.source < drawn.target
        room = self.gaps[gap] - len(drawn.aside) - 7
        first, *more = wrapped(drawn.label + suffix, room)
        rows = [(arrow(first, drawn.aside, self.gaps[gap], rightward), "├" if rightward else "┤")]
        rows += [(f"   {row}", "│") for row in more]
        lane = gap if rightward else gap + 1
        return [self._row(drawn, gap, row, lane, bar, number == 0) for number, (row, bar) in enumerate(rows)]

    def note(self, words: str) -> Line:
        """A remark across the lanes, without an instant."""
        return Line(f"{'⋮':>{self.stamp}}  {self._across(f' {words} ', ' ')}", Tone.QUIET)

    def mark(self, at: Micros, words: str) -> Line:
        """A line across everything."""
        return Line(f"{instant(at):>{self.stamp}}  {self._across(f' ✗ {words} ', '━')}", Tone.BAD)

    def _noted(self, drawn: Rung, suffix: str) -> Sequence[Line]:
        gap = min(drawn.source, Lane.CARRIER)
        glyph = GLYPHS.get(drawn.tone, "· ")
        rows = wrapped(glyph + drawn.label + suffix, self.gaps[gap] - 2)
        return [
            self._row(drawn, gap, f" {row}" if number == 0 else f"   {row}", drawn.source, "│", number == 0)
            for number, row in enumerate(rows)
        ]

    def _row(self, drawn: Rung, gap: int, filled: str, lane: int, bar: str, first: bool) -> Line:
        gaps = [set_cell_size(filled if gap == number else "", size) for number, size in enumerate(self.gaps)]
        bars = [bar if lane == number else "│" for number in range(len(Lane))]
        stamp = instant(drawn.at) if first else ""
        return Line(f"{stamp:>{self.stamp}}  {bars[0]}{gaps[0]}{bars[1]}{gaps[1]}{bars[2]}", drawn.tone)

    def _across(self, words: str, filler: str) -> str:
        return words.center(self.gaps[0] + self.gaps[1] + len(Lane), filler)


def arrow(label: str, aside: str, width: int, rightward: bool) -> str:
    """`─ label ────── aside ─▶`, or the same with its head at the other end."""
    tail = f" {aside} ─" if aside else "─"
    body = f"─ {label} "
    shaft = "─" * (width - 1 - cell_len(body) - cell_len(tail))
    return f"{body}{shaft}{tail}▶" if rightward else f"◀{body}{shaft}{tail}"


def wrapped(words: str, width: int) -> Sequence[str]:
    """Words in lines of at most `width`; what does not fit three lines is cut off with an ellipsis."""
    return textwrap.wrap(words, max(width, 8), max_lines=TALLEST, placeholder=" …", break_on_hyphens=False) or [""]
