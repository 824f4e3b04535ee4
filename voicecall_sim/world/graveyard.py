"""Where the frozen tasks of crashed hosts stay for good.

A suspended coroutine that Python lets go of runs its `finally` blocks, and one that is still referenced when the
interpreter ends does so then. What a crash froze must do neither, so it is made immortal. A crash costs the memory of
what the host had in hand.
"""

from __future__ import annotations

import ctypes
from collections.abc import Iterable


def keep(things: Iterable[object]) -> None:
    """Never let go of these, not even when the interpreter ends."""
    for thing in things:
        ctypes.pythonapi.Py_IncRef(ctypes.py_object(thing))
