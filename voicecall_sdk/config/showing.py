"""Settings made fit to be shown: plain JSON values, every secret replaced by its name."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from enum import Enum
from typing import Any, Final

from pydantic import BaseModel, SecretStr

SECRET_NAME: Final = re.compile(r"key|token|secret|password|credential", re.IGNORECASE)
"""Names of keys in the blocks of vendors that we do not know, whose values are not shown."""


def shown(settings: BaseModel) -> dict[str, Any]:
    """Every key that has a value, by its name in the configuration; a secret as `<twilio.authToken>`."""
    return _block(settings, "")


def secrets(settings: BaseModel) -> dict[str, str]:
    """Every secret in the clear, by its key."""
    found = {}
    for path, value in _leaves(settings, ""):
        if isinstance(value, SecretStr):
            found[path] = value.get_secret_value()
        elif isinstance(value, str) and value and _is_secret(path):
            found[path] = value
    return found


def _block(block: BaseModel, prefix: str) -> dict[str, Any]:
    return {key: _value(value, prefix + key) for key, value in _items(block) if value is not None}


def _value(value: Any, path: str) -> Any:
    match value:
        case BaseModel():
            return _block(value, f"{path}.")
        case Mapping():
            return {str(key): _value(each, f"{path}.{key}") for key, each in value.items()}
        case tuple() | list():
            return [_value(each, path) for each in value]
        case SecretStr():
            return f"<{path}>"
        case Enum():
            return value.value
        case str() if _is_secret(path):
            return f"<{path}>"
        case _:
            return value


def _leaves(value: Any, path: str) -> Iterator[tuple[str, Any]]:
    match value:
        case BaseModel():
            for key, each in _items(value):
                yield from _leaves(each, f"{path}.{key}" if path else key)
        case Mapping():
            for key, each in value.items():
                yield from _leaves(each, f"{path}.{key}")
        case tuple() | list():
            for each in value:
                yield from _leaves(each, path)
        case _:
            yield path, value


def _items(block: BaseModel) -> Iterator[tuple[str, Any]]:
    for name, field in type(block).model_fields.items():
        yield field.alias or name, getattr(block, name)
    yield from (block.model_extra or {}).items()


def _is_secret(path: str) -> bool:
    return SECRET_NAME.search(path.rsplit(".", 1)[-1]) is not None
