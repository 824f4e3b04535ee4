"""Parameters of methods and tools: strings, trimmed and checked; unknown names are errors."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Mapping
from typing import Any

from voicecall_sdk.gateway.protocol import MethodError
from voicecall_sdk.values import Mode


def known(params: Mapping[str, Any], names: Collection[str]) -> None:
    """Refuse parameters that the method does not have."""
    for name in params:
        if name not in names:
            near = difflib.get_close_matches(name, names, n=1)
            hint = f"; did you mean {near[0]}?" if near else f"; expected {', '.join(sorted(names)) or 'none'}"
            raise MethodError(f"unknown parameter {name!r}{hint}")


def text(params: Mapping[str, Any], name: str) -> str | None:
    """A string without surrounding blanks; None if it is absent or blank."""
    value = params.get(name)
    if value is None:
        return None
    if not isinstance(value, str):
        raise MethodError(f"{name} must be a string")
    return value.strip() or None


def required(params: Mapping[str, Any], *names: str) -> list[str]:
    """Those strings, all of them."""
    values = [text(params, name) for name in names]
    if any(value is None for value in values):
        raise MethodError(f"{' and '.join(names)} required")
    return [value for value in values if value is not None]


def mode(params: Mapping[str, Any]) -> Mode | None:
    """The mode of a call, if one is given."""
    value = text(params, "mode")
    if value is None:
        return None
    if value not in tuple(Mode):
        raise MethodError(f"mode must be {' or '.join(Mode)}, not {value!r}")
    return Mode(value)


def flag(params: Mapping[str, Any], name: str) -> bool:
    """A boolean; False if it is absent."""
    value = params.get(name, False)
    if not isinstance(value, bool):
        raise MethodError(f"{name} must be true or false")
    return value
