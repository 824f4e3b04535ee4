"""The ladder: a sequence diagram in text, the application left, the carrier in the middle, the people right."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Final, TypeAlias

from voicecall_sim.report.paper import Line, Paper
from voicecall_sim.report.rungs import Rung, rung
from voicecall_sim.report.spans import instant
from voicecall_sim.world.clock import Micros
from voicecall_sim.world.journal import Entry

BEGINNING: Final = 6
"""How many rungs of the beginning are kept when there are too many."""
AFTERMATH: Final = 4
"""How many rungs after the failure are kept when there are too many."""

SPOKEN: Final = frozenset({"heard", "said", "sound", "keys"})


@dataclass(frozen=True, slots=True)
class Repeated:
    """A rung, and how often it came in a row."""

    rung: Rung
    times: int = 1


@dataclass(frozen=True, slots=True)
class LeftOut:
    """So many rungs are not shown."""

    count: int


@dataclass(frozen=True, slots=True)
class Mark:
    """The instant of the failure."""

    at: Micros


Piece: TypeAlias = Repeated | LeftOut | Mark


def ladder(
    entries: Sequence[Entry],
    *,
    carrier: str,
    width: int = 100,
    failed_at: Micros | None = None,
    most: int | None = None,
) -> Sequence[Line]:
    """Draw the journal of a run; nothing is drawn when nothing of interest happened.

    `width` is in characters (see `Paper`). `failed_at` marks the instant of a failure. With `most`, no more than about
    so many rungs are drawn: the beginning, and what led to the failure.
    """
    rungs = [drawn for drawn in map(rung, dialled(entries)) if not drawn.minor]
    if not rungs:
        return []
    people = list(dict.fromkeys(entry.who for entry in entries if entry.kind in SPOKEN))
    pieces = shortened(marked(repeated(rungs), failed_at), most)
    paper = Paper(width, max(len(instant(at)) for at in (failed_at or 0, *(drawn.at for drawn in rungs))))
    lines = [paper.heading("app", carrier, people[0] if len(people) == 1 else "people")]
    for piece in pieces:
        lines.extend(draw(paper, piece))
    return lines


def plain(lines: Sequence[Line]) -> str:
    """The drawing as plain text."""
    return "\n".join(line.text for line in lines)


def draw(paper: Paper, piece: Piece) -> Sequence[Line]:
    """The lines of one piece."""
    match piece:
        case Repeated(drawn, times):
            return paper.rung(drawn, f" ×{times}" if times > 1 else "")
        case LeftOut(count):
            return [paper.note(f"{count} more")]
        case Mark(at):
            return [paper.mark(at, "it failed here")]


def dialled(entries: Sequence[Entry]) -> Iterator[Entry]:
    """The entries with keys that follow each other told as one, at the instant of the first."""
    for same, group in groupby(entries, lambda entry: (entry.kind, entry.who, entry.data.get("way"))):
        if same[0] != "keys":
            yield from group
            continue
        first, *more = group
        pressed = "".join(str(one.data.get("keys", "")) for one in (first, *more))
        yield replace(first, data={**first.data, "keys": pressed})


def repeated(rungs: Sequence[Rung]) -> list[Piece]:
    """Equal neighbours of one instant or another, told once."""
    pieces: list[Repeated] = []
    for drawn in rungs:
        before = pieces[-1] if pieces else None
        if before is not None and before.rung.alike == drawn.alike:
            pieces[-1] = Repeated(before.rung, before.times + 1)
        else:
            pieces.append(Repeated(drawn))
    return list(pieces)


def marked(pieces: Sequence[Piece], failed_at: Micros | None) -> list[Piece]:
    """The pieces with the mark after the last one that had happened by then."""
    if failed_at is None:
        return list(pieces)
    before = sum(1 for piece in pieces if isinstance(piece, Repeated) and piece.rung.at <= failed_at)
    return [*pieces[:before], Mark(failed_at), *pieces[before:]]


def shortened(pieces: Sequence[Piece], most: int | None) -> Sequence[Piece]:
    """No more than about `most` pieces: the beginning, and those around the mark (or the end)."""
    if most is None or len(pieces) <= most:
        return pieces
    mark = next((at for at, piece in enumerate(pieces) if isinstance(piece, Mark)), len(pieces) - 1)
    end = min(len(pieces), mark + 1 + AFTERMATH)
    start = max(BEGINNING, end - (most - BEGINNING))
    kept = [*pieces[:BEGINNING], *left_out(start - BEGINNING), *pieces[start:end]]
    return [*kept, *left_out(len(pieces) - end)]


def left_out(count: int) -> Sequence[Piece]:
    """A gap of so many, if any."""
    return [LeftOut(count)] if count > 0 else []
