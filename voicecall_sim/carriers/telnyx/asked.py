"""A REST request and its answer as values. No HTTP."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A request: the identifiers in its path by name, its JSON, its query."""

    ids: Mapping[str, str] = field(default_factory=dict)
    given: Mapping[str, Any] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)
    path: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What is answered: JSON, or bytes."""

    status: int = 200
    json: Mapping[str, Any] | None = None
    data: bytes | None = None
    type: str = "application/json; charset=utf-8"
    code: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """One operation: its neutral name, method, path with names in braces. `open`: without a key."""

    operation: str
    method: str
    path: str
    handler: Callable[[Asked], Reply]
    open: bool = False
