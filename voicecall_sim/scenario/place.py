"""A place in a file."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Place:
    """Where in a file: line and column count from 1. `excerpt` is that line, `width` how many characters are meant."""

    file: Path
    line: int
    column: int
    excerpt: str = field(default="", compare=False, repr=False)
    width: int = field(default=1, compare=False, repr=False)

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"
