"""Putting functions in place of others for the length of a run, wherever they have been imported to.

A substitute asks `world_here()` and falls back to the original: another thread, or code that keeps a substitute after
the run, notices nothing. Names that a module imported with `from x import y` before the run are replaced too, except
in the standard library, in test tools and in the simulator itself.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from types import ModuleType
from typing import Any, Final

SPARED: Final = frozenset(sys.stdlib_module_names) | {
    "_pytest", "coverage", "execnet", "hypothesis", "pluggy", "pytest", "pytest_asyncio", "rich", "sortedcontainers",
    "voicecall_sim", "xdist",
}  # fmt: skip
"""Top-level packages whose imported names stay as they are: they tell real time on purpose, or serve other threads."""

Place = tuple[ModuleType, str, Any, Any]
"""A module, a name in it, what stands there and what is put there."""


class Substitutes:
    """A set of substitutes, by the module and name of the original."""

    def __init__(self, substitutes: Mapping[tuple[str, str], Callable[..., Any]]) -> None:
        self._substitutes = substitutes
        self._places: list[Place] = []
        self._scanned: set[str] = set()
        self._modules = 0
        self._users = 0

    @contextmanager
    def in_place(self) -> Iterator[None]:
        """Put them in place; several runs may overlap."""
        if not self._users:
            self._find_places()
            for module, name, _, substitute in self._places:
                setattr(module, name, substitute)
        self._users += 1
        try:
            yield
        finally:
            self._users -= 1
            if not self._users:
                self._restore()

    def _restore(self) -> None:
        for module, name, original, substitute in self._places:
            if vars(module).get(name) is substitute:
                setattr(module, name, original)

    def _find_places(self) -> None:
        if not self._scanned:
            self._places += [self._place(*key) for key in self._substitutes]
            self._scanned.update(module for module, _ in self._substitutes)
        if len(sys.modules) != self._modules:
            self._scan([name for name in sys.modules if name not in self._scanned])
            self._modules = len(sys.modules)

    def _place(self, module_name: str, name: str) -> Place:
        module = importlib.import_module(module_name)
        return module, name, getattr(module, name), self._substitutes[module_name, name]

    def _scan(self, names: Sequence[str]) -> None:
        wanted = {id(original): substitute for _, _, original, substitute in self._places}
        for name in names:
            self._scanned.add(name)
            module = sys.modules.get(name)
            if name.partition(".")[0] in SPARED or not isinstance(module, ModuleType):
                continue
            for attribute, value in tuple(vars(module).items()):
                if id(value) in wanted:
                    self._places.append((module, attribute, value, wanted[id(value)]))
