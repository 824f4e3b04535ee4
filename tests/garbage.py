"""A plugin of the whole suite, named in the top `conftest.py`: garbage is not looked for where there is none."""

from __future__ import annotations

import gc

gc.set_threshold(20_000, 20, 100)  # each world makes all there is old anew: it is not looked through as often


def pytest_sessionfinish() -> None:
    """What is left is looked through once; pytest would do it ten times."""
    gc.collect()
    gc.freeze()
