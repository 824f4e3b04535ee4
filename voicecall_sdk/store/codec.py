"""Call records as JSON and back. Versioned; a record that says more than we know is refused, not cut down.

The keys are the record's field names in camelCase (`callId`, `from`, `startedAt`); instants are Unix time in seconds.
What a field holds is read from its type, so a field with a default may be added without a new version: older records
lack it, and get the default.
"""

from __future__ import annotations

import dataclasses
import json
import types
import typing
from collections.abc import Callable, Hashable, Mapping
from enum import Enum
from functools import cache
from operator import attrgetter
from typing import Any, Final

import orjson

from voicecall_sdk.call.record import CallRecord
from voicecall_sdk.errors import StoreFailed

VERSION: Final = 1

Turn = Callable[[Any], Any]


@dataclasses.dataclass(frozen=True, slots=True)
class Field:
    """One field of a dataclass: its name here, its key in JSON, and how its value is turned either way."""

    name: str
    key: str
    encode: Turn
    decode: Turn
    required: bool


def to_json(record: CallRecord) -> dict[str, Any]:
    """A record as plain JSON values, with all its keys."""
    return {"version": VERSION, **_encode(record)}


def dump(record: CallRecord) -> bytes:
    """`to_json` as text, in a tenth of the time."""
    shape = shape_of(CallRecord)
    return dumps({"version": VERSION, **dict(zip(shape.by_key, shape.values(record), strict=True))})


def from_json(value: Mapping[str, Any]) -> CallRecord:
    """The record that `to_json` wrote. Raises `StoreFailed` for what this version cannot read."""
    if value.get("version") != VERSION:
        raise StoreFailed(f"a call record has version {value.get('version')!r}; this program reads version {VERSION}")
    record: CallRecord = _decode(CallRecord, {key: each for key, each in value.items() if key != "version"})
    return record


def dumps(value: Any) -> bytes:
    """JSON text of plain values, enums and dataclasses. Raises `StoreFailed` for values that JSON does not have.

    Integers of more than 64 bits are read back as floats.
    """
    try:
        return orjson.dumps(value)
    except TypeError:  # lone surrogates, which orjson does not write and the standard library does
        try:
            return json.dumps(value, ensure_ascii=True, allow_nan=False, default=_plain).encode()
        except (TypeError, ValueError) as error:
            raise StoreFailed(f"a call record cannot be kept: {error}") from error


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return dict(value)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
    raise TypeError(f"{type(value).__name__} is not JSON")


def loads(text: bytes) -> Any:
    """The value of a JSON text. Raises `ValueError`."""
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        return json.loads(text)


@dataclasses.dataclass(frozen=True, slots=True)
class Shape:
    """The fields of a dataclass by their keys, in order; `values` gives an instance's in the same order."""

    by_key: Mapping[str, Field]
    required: frozenset[str]
    values: Callable[[Any], tuple[Any, ...]]


@cache
def shape_of(kind: Hashable) -> Shape:
    """The shape of a dataclass."""
    owner: Any = kind
    hints = typing.get_type_hints(owner)
    fields = tuple(_field(owner, field, hints[field.name]) for field in dataclasses.fields(owner))
    by_key = {field.key: field for field in fields}
    required = frozenset(field.key for field in fields if field.required)
    return Shape(by_key, required, attrgetter(*(field.name for field in fields)))


def _field(owner: Any, field: dataclasses.Field[Any], hint: Any) -> Field:
    required = field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING
    encode, decode = _turns(hint)
    key = _camel(field.name) if owner is CallRecord else field.name  # orjson writes what is inside by its own names
    return Field(field.name, key, encode, decode, required)


def _encode(value: Any) -> dict[str, Any]:
    return {field.key: field.encode(getattr(value, field.name)) for field in shape_of(value.__class__).by_key.values()}


def _decode(kind: Any, value: Any) -> Any:
    if not isinstance(value, Mapping):
        raise StoreFailed(f"a stored {kind.__name__} is not a JSON object")
    shape = shape_of(kind)
    if unknown := value.keys() - shape.by_key.keys():
        raise StoreFailed(
            f"a stored {kind.__name__} has keys that this version does not know: {', '.join(sorted(unknown))}"
        )
    if missing := shape.required - value.keys():
        raise StoreFailed(f"a stored {kind.__name__} lacks {', '.join(sorted(missing))}")
    return kind(**{(field := shape.by_key[key]).name: decoded(field, each) for key, each in value.items()})


def decoded(field: Field, value: Any) -> Any:
    """A field's value out of JSON. Raises `StoreFailed`."""
    try:
        return field.decode(value)
    except (ValueError, TypeError) as error:
        raise StoreFailed(f"a stored record has an impossible {field.key}: {error}") from error


def _turns(hint: Any) -> tuple[Turn, Turn]:
    """How values of a type are written and read."""
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin in (typing.Union, types.UnionType):
        encode, decode = _turns(next(each for each in arguments if each is not type(None)))
        return _optional(encode), _optional(decode)
    if origin is tuple:
        encode, decode = _turns(arguments[0])
        return lambda items: list(map(encode, items)), lambda items: tuple(map(decode, items))
    if dataclasses.is_dataclass(hint):
        return _encode, lambda value: _decode(hint, value)
    if isinstance(hint, type) and issubclass(hint, Enum):
        return lambda member: member.value, hint
    return _as_it_is, _as_it_is


def _optional(turn: Turn) -> Turn:
    return turn if turn is _as_it_is else lambda value: None if value is None else turn(value)


def _as_it_is(value: Any) -> Any:
    return value


def _camel(name: str) -> str:
    head, *rest = name.rstrip("_").split("_")
    return head + "".join(word.capitalize() for word in rest)
