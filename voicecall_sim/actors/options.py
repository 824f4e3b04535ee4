"""Reading the options of a kind of person: from what was written to typed values, with errors that name the key."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from difflib import get_close_matches
from typing import Any, Final, TypeAlias

from voicecall_sim.actors.character import Matcher
from voicecall_sim.world.clock import MILLISECOND, SECOND, Micros

UNITS: Final[Mapping[str, Micros]] = {"ms": MILLISECOND, "s": SECOND, "m": 60 * SECOND, "h": 3600 * SECOND}
TRUTHS: Final[Mapping[str, bool]] = {"true": True, "yes": True, "false": False, "no": False}

Reader: TypeAlias = Callable[[Any, str], Any]
"""Makes a typed value of what was written; takes the value and its path for errors."""


class BadOption(ValueError):
    """An option that makes no sense; `path` is where it stands (`menu.1.digits`), `problem` what is wrong with it."""

    def __init__(self, path: str, problem: str) -> None:
        super().__init__(f"{path}: {problem}")
        self.path = path
        self.problem = problem


def words(value: Any, path: str) -> str:
    """Text to be spoken."""
    if not isinstance(value, str) or not value.strip():
        raise BadOption(path, f"{value!r} cannot be spoken; write the words")
    return value


def duration(value: Any, path: str) -> Micros:
    """A span: whole microseconds, or text with a unit (`800ms`, `2s`, `1.5m`)."""
    if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
        return value
    match = re.fullmatch(r"(\d+(?:\.\d+)?)\s*(ms|s|m|h)", value.strip()) if isinstance(value, str) else None
    if match is None:
        raise BadOption(path, f"{value!r} is not a duration; write a number with a unit, such as 800ms or 2s")
    return round(float(match[1]) * UNITS[match[2]])


def flag(value: Any, path: str) -> bool:
    """Yes or no."""
    truth = value if isinstance(value, bool) else TRUTHS.get(str(value).lower())
    if truth is None:
        raise BadOption(path, f"{value!r} is neither true nor false")
    return truth


def count(value: Any, path: str) -> int:
    """A whole number from 1 on."""
    number = int(value) if isinstance(value, str) and value.isascii() and value.isdigit() else value
    if not isinstance(number, int) or isinstance(number, bool) or number < 1:
        raise BadOption(path, f"{value!r} is not a number; write a whole one from 1 on")
    return number


def flag_or_matcher(value: Any, path: str) -> bool | Matcher:
    """Yes, no, or what decides."""
    return value if hasattr(value, "difference") else flag(value, path)


def read(options: Mapping[str, Any], readers: Mapping[str, Reader], path: str = "") -> dict[str, Any]:
    """The options, typed. Raises `BadOption` for unknown keys, naming the nearest, and for bad values."""
    typed = {}
    for key, value in options.items():
        where = f"{path}.{key}" if path else str(key)
        if key not in readers:
            near = get_close_matches(str(key), list(readers), n=1)
            known = f"did you mean `{near[0]}`?" if near else f"known here: {', '.join(readers) or 'none'}"
            raise BadOption(where, f"no such option; {known}")
        typed[key] = readers[key](value, where)
    return typed
