"""Command lines of Go programs: `--name value`, `--name=value`, one dash or two; what is not a flag is a word."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final

TRUE: Final = frozenset({"1", "t", "T", "true", "TRUE", "True"})


class UnknownFlag(Exception):
    """There is no such flag, or it has no value. Says so as pflag does."""


@dataclass(frozen=True, slots=True)
class Line:
    """A command line: its words, and its flags by name without dashes."""

    words: Sequence[str]
    flags: dict[str, str]

    def on(self, name: str) -> bool:
        """Whether a flag without a value is set."""
        return self.flags.get(name, "false") in TRUE


def read(args: Sequence[str], valued: Collection[str], plain: Collection[str], *, interspersed: bool) -> Line:
    """A command line. `valued` flags have values, `plain` ones need none. Raises `UnknownFlag`.

    Unless `interspersed`, the first word ends the flags, as with Go's own package `flag`.
    """
    words: list[str] = []
    flags: dict[str, str] = {}
    left = list(args)
    while left:
        arg = left.pop(0)
        if not arg.startswith("-") or arg == "-":
            words.append(arg)
            if not interspersed:
                words += left
                break
            continue
        name, equals, value = arg.lstrip("-").partition("=")
        if name in plain:
            flags[name] = value if equals else "true"
        elif name in valued and (equals or left):
            flags[name] = value if equals else left.pop(0)
        else:
            raise UnknownFlag(f"flag needs an argument: {arg}" if name in valued else f"unknown flag: {arg}")
    return Line(words, flags)
