"""What is wrong with a scenario file, shown with its place, its line and a remedy.

ScenarioError    one or more problems; its text is what a person wants to read. Nothing else is ever raised for a file.
"""

from __future__ import annotations

import difflib
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from voicecall_sim.scenario.place import Place

LONGEST: Final = 100
"""How many characters of a source line are shown."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong: where, what, and what to do about it. A `warning` does not keep a scenario from running."""

    place: Place
    message: str
    remedy: str = ""
    warning: bool = False

    def __str__(self) -> str:
        return render([self])


class ScenarioError(Exception):
    """A scenario file cannot be used. `problems` has all that was found, in the order of the file."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems: tuple[Problem, ...] = in_order(problems)
        super().__init__(render(self.problems))


class Findings:
    """Problems gathered one after the other, so that a reader hears of all of them."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []

    @contextmanager
    def gathering(self) -> Iterator[None]:
        """Keep the problems that this block raises; what follows it goes on."""
        try:
            yield
        except ScenarioError as error:
            self.problems.extend(error.problems)

    def add(self, place: Place, message: str, remedy: str = "") -> None:
        """Note one."""
        self.problems.append(Problem(place, message, remedy))

    def settle(self) -> None:
        """Raise what was found, if anything was."""
        if self.problems:
            raise ScenarioError(self.problems)


def in_order(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """Each once, in the order of file, line and column."""
    unique = {(problem.place, problem.message): problem for problem in reversed(list(problems))}
    return tuple(sorted(unique.values(), key=lambda problem: (str(problem.place.file), *position(problem))))


def position(problem: Problem) -> tuple[int, int, str]:
    """Line, column and message: what problems of one file are sorted by."""
    return problem.place.line, problem.place.column, problem.message


def no_such_place(file: Path) -> Place:
    """The place of problems with a file as a whole."""
    return Place(file, 0, 0)


# --- how it looks -----------------------------------------------------------------------------------------------


def render(problems: Sequence[Problem]) -> str:
    """The problems as text: `file:line:column: what`, the source line, a caret below the spot, the remedy."""
    return "\n\n".join("\n".join(lines_of(problem)) for problem in problems)


def lines_of(problem: Problem) -> Iterator[str]:
    """The lines that show one problem."""
    place = problem.place
    kind = "warning: " if problem.warning else ""
    yield f"{place if place.line else place.file}: {kind}{problem.message}"
    if place.line:
        line, column, width = window(place)
        yield f"{place.line:>5} | {line}".rstrip()
        yield f"      | {padding(line[: column - 1])}{'^' * width}"
    if problem.remedy:
        yield f"      = {problem.remedy}" if place.line else f"  = {problem.remedy}"


def window(place: Place) -> tuple[str, int, int]:
    """The part of the source line that is shown, with the column and the width of the caret in it."""
    whole = "".join(sign if sign.isprintable() or sign == "\t" else "�" for sign in place.excerpt)
    line, column = whole, place.column
    if len(line) > LONGEST:
        start = max(0, min(column - LONGEST // 2, len(line) - LONGEST))
        cut = line[start : start + LONGEST]
        line = ("…" + cut[1:] if start else cut) + ("…" if start + LONGEST < len(whole) else "")
        column -= start
    return line, column, max(1, min(place.width, len(line) - column + 1))


def padding(before: str) -> str:
    """White space as wide as this text on a terminal."""
    return "".join(blank(character) for character in before)


def blank(character: str) -> str:
    """The blank that takes a character's room: a tab stays one, wide characters take two columns."""
    if character == "\t":
        return "\t"
    if unicodedata.combining(character):
        return ""
    return "  " if unicodedata.east_asian_width(character) in "WF" else " "


# --- words that are nearly right --------------------------------------------------------------------------------


def nearest(word: str, choices: Iterable[str], cutoff: float = 0.65) -> str | None:
    """The choice that was probably meant: case, separators and a few wrong letters do not count."""
    known = {plainly(choice): choice for choice in choices}
    wanted = plainly(word)
    close = difflib.get_close_matches(wanted, known, n=1, cutoff=cutoff)
    if close:
        return known[close[0]]
    longer = [choice for key, choice in known.items() if len(wanted) >= 3 and key.startswith(wanted)]
    return longer[0] if len(longer) == 1 else None


def plainly(word: str) -> str:
    """The word without case and separators."""
    return "".join(character for character in word.casefold() if character not in " -_")


def suggestion(word: str, choices: Iterable[str], otherwise: Callable[[str], str] = "Known: {}.".format) -> str:
    """A remedy for an unknown word: the nearest one, or all there are."""
    known = list(choices)
    close = nearest(word, known)
    if close is not None:
        return f"Did you mean `{close}`?"
    return otherwise(", ".join(known)) if known else ""
