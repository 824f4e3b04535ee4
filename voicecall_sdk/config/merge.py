"""Laying one configuration over another (reference, section 2.3: recursive; the override wins; lists replace)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def merged(under: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    """A new mapping: `over` laid upon `under`. Mappings merge, all else is replaced; None in `over` says nothing."""
    result = {key: _copied(value) for key, value in under.items()}
    for key, value in over.items():
        below = result.get(key)
        if isinstance(below, Mapping) and isinstance(value, Mapping):
            result[key] = merged(below, value)
        elif value is not None or key not in result:
            result[key] = _copied(value)
    return result


def _copied(value: Any) -> Any:
    return merged(value, {}) if isinstance(value, Mapping) else value
