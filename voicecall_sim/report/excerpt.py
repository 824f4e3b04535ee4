"""A piece of a scenario file, with line numbers and a caret."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from voicecall_sim.scenario.errors import padding
from voicecall_sim.scenario.plan import Place

BEFORE: Final = 2
AFTER: Final = 1


def excerpt(place: Place, source: str) -> Sequence[tuple[str, bool]]:
    """Lines around a place, each with whether it belongs to the step; a caret line follows the first of them.

    Where the file cannot be read (a plan made in Python), `source` is shown instead.
    """
    lines = around(place, len(source.splitlines()) or 1)
    if not lines:
        lines = [(place.line + number, line, True) for number, line in enumerate(source.splitlines())]
    shown: list[tuple[str, bool]] = []
    for number, line, own in lines:
        shown.append((f"{number:>5} | {line}".rstrip(), own))
        if number == place.line:
            before = line[: place.column - 1]
            width = max(1, min(place.width, len(line) - len(before)))
            shown.append((f"      | {padding(before)}{'^' * width}", own))
    return shown


def around(place: Place, height: int) -> Sequence[tuple[int, str, bool]]:
    """Number, text and whether it is the step's own, of the lines near a place; none if there is no such file."""
    if not place.file.is_file():
        return []
    lines = place.file.read_text(encoding="utf-8").splitlines()
    first, last = max(1, place.line - BEFORE), min(len(lines), place.line + height - 1 + AFTER)
    return [
        (number, lines[number - 1], place.line <= number < place.line + height) for number in range(first, last + 1)
    ]
