"""What the vendor's JSON may hold: shapes as values, and the refusals of whatever has another one.

The words and codes of the refusals are the vendor's (OpenAI docs, guides/error-codes; realtime errors as observed,
langchain_dart#624 and TanStack/ai#586).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, Final, TypeAlias

FIDELITY: Final = (
    (
        "unknown, missing and ill-typed parameters are refused by name",
        "observed traffic (langchain_dart#624)",
        "captured",
    ),
    ("numbers out of range and words out of a list are refused", "guides/error-codes", "assumed"),
)


class Refusal(Exception):
    """A request that the vendor refuses. `param` is the path of the culprit, `status` the HTTP status."""

    def __init__(
        self,
        message: str,
        code: str | None = None,
        param: str | None = None,
        *,
        status: int = 400,
        kind: str = "invalid_request_error",
    ) -> None:
        super().__init__(message)
        self.message, self.code, self.param, self.status, self.kind = message, code, param, status, kind

    def body(self) -> dict[str, Any]:
        """The `error` object."""
        return {"message": self.message, "type": self.kind, "param": self.param, "code": self.code}


Shape: TypeAlias = Callable[[str, Any], Any]
"""Checks the value at a path and returns it. Raises `Refusal`."""

NAMES: Final[Mapping[type, str]] = {
    str: "a string",
    bool: "a boolean",
    int: "an integer",
    float: "a decimal",
    list: "an array",
    dict: "an object",
    type(None): "null",
}


def ill_typed(path: str, expected: str, value: Any) -> Refusal:
    """Something of the wrong type."""
    found = NAMES.get(type(value), "something")
    message = f"Invalid type for '{path}': expected {expected}, but got {found} instead."
    return Refusal(message, "invalid_type", path)


def supported(words: Collection[str]) -> str:
    """The list of words as the vendor writes it."""
    quoted = [f"'{word}'" for word in words]
    if len(quoted) < 3:
        return " and ".join(quoted)
    return f"{', '.join(quoted[:-1])}, and {quoted[-1]}"


def not_supported(path: str, value: Any, words: Collection[str]) -> Refusal:
    """A word that is not in the list."""
    return Refusal(f"Invalid value: '{value}'. Supported values are: {supported(words)}.", "invalid_value", path)


def missing(path: str) -> Refusal:
    """A parameter that has to be there."""
    return Refusal(f"Missing required parameter: '{path}'.", "missing_required_parameter", path)


def empty(path: str, kind: str) -> Refusal:
    """A string or an array with nothing in it."""
    article = "an" if kind == "array" else "a"
    expected = f"Expected {article} {kind} with minimum length 1, but got an empty {kind} instead."
    return Refusal(f"Invalid '{path}': empty {kind}. {expected}", f"empty_{kind}", path)


def anything(path: str, value: Any) -> Any:
    """Whatever it is."""
    return value


def text(path: str, value: Any) -> str:
    """A string."""
    if not isinstance(value, str):
        raise ill_typed(path, "a string", value)
    return value


def flag(path: str, value: Any) -> bool:
    """A boolean."""
    if not isinstance(value, bool):
        raise ill_typed(path, "a boolean", value)
    return value


def text_up_to(limit: int) -> Shape:
    """A string of so many characters at most, and one at least."""

    def check(path: str, value: Any) -> str:
        given = text(path, value)
        if not given:
            raise empty(path, "string")
        if len(given) > limit:
            message = (
                f"Invalid '{path}': string too long. Expected a string with maximum length {limit}, "
                f"but got a string with length {len(given)} instead."
            )
            raise Refusal(message, "string_above_max_length", path)
        return given

    return check


def number(low: float, high: float, *, whole: bool = False) -> Shape:
    """A number between two bounds, both included."""
    word = "integer" if whole else "decimal"

    def check(path: str, value: Any) -> float:
        if isinstance(value, bool) or not isinstance(value, int if whole else (int, float)):
            raise ill_typed(path, f"{'an' if whole else 'a'} {word}", value)
        for wrong, side, sign, bound in (
            (value < low, "below min", ">=", low),
            (value > high, "above max", "<=", high),
        ):
            if wrong:
                message = (
                    f"Invalid '{path}': {word} {side.replace('min', 'minimum').replace('max', 'maximum')} value. "
                    f"Expected a value {sign} {bound}, but got {value} instead."
                )
                raise Refusal(message, f"{word}_{side.replace(' ', '_')}_value", path)
        return value

    return check


def whole(low: int, high: int) -> Shape:
    """An integer between two bounds, both included."""
    return number(low, high, whole=True)


def one_of(words: Collection[str]) -> Shape:
    """A word of a list."""

    def check(path: str, value: Any) -> str:
        if text(path, value) not in words:
            raise not_supported(path, value, words)
        return str(value)

    return check


def nullable(shape: Shape) -> Shape:
    """That, or null."""
    return lambda path, value: None if value is None else shape(path, value)


def either(first: type, shape: Shape, otherwise: Shape) -> Shape:
    """A value of this type has the first shape, any other one the second."""
    return lambda path, value: shape(path, value) if isinstance(value, first) else otherwise(path, value)


def listed(shape: Shape) -> Shape:
    """An array of such."""

    def check(path: str, value: Any) -> Sequence[Any]:
        if not isinstance(value, list):
            raise ill_typed(path, "an array of values", value)
        return [shape(f"{path}[{index}]", item) for index, item in enumerate(value)]

    return check


def fields(shapes: Mapping[str, Shape], needed: Collection[str] = ()) -> Shape:
    """An object with these parameters and no other one; those that are needed have to be there."""

    def check(path: str, value: Any) -> dict[str, Any]:
        if not isinstance(value, dict):
            raise ill_typed(path, "an object", value)
        below = f"{path}." if path else ""
        for name in needed:
            if name not in value:
                raise missing(f"{below}{name}")
        for name in value:
            if name not in shapes:
                raise Refusal(f"Unknown parameter: '{below}{name}'.", "unknown_parameter", f"{below}{name}")
        return {name: shapes[name](f"{below}{name}", item) for name, item in value.items()}

    return check


def by_type(shapes: Mapping[str, Shape]) -> Shape:
    """An object whose `type` says which of these shapes it has."""
    kind = one_of(tuple(shapes))

    def check(path: str, value: Any) -> Any:
        if not isinstance(value, dict):
            raise ill_typed(path, "an object", value)
        if "type" not in value:
            raise missing(f"{path}.type" if path else "type")
        return shapes[kind(f"{path}.type" if path else "type", value["type"])](path, value)

    return check
