"""Matchers: what a scenario expects of a value. `difference` explains; whether it matches is derived from that."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol


class Matcher(Protocol):
    """Something expected. Its `str` is how the scenario wrote it."""

    def difference(self, actual: Any) -> Sequence[str]:
        """What is wrong with the value, a line each, with the path to it; empty when it matches."""
        ...
