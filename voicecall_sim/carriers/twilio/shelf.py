"""Records in the order in which they came, which remember their places when they are gone."""

from __future__ import annotations

from collections import UserDict
from collections.abc import Sequence
from typing import TypeVar

V = TypeVar("V")


class Shelf(UserDict[str, V]):
    """A dictionary by identifier. A place is never given twice, so that a list can be paged while it is emptied."""

    def __init__(self) -> None:
        self._places: dict[str, int] = {}
        super().__init__()

    def __setitem__(self, sid: str, record: V) -> None:
        self._places.setdefault(sid, len(self._places))
        super().__setitem__(sid, record)

    def place(self, sid: str) -> int | None:
        """The place of a record that is or was here; later ones have higher places."""
        return self._places.get(sid)

    def newest_first(self) -> Sequence[V]:
        """The records, the last one to come first."""
        return [self.data[sid] for sid in sorted(self.data, key=self._places.__getitem__, reverse=True)]
