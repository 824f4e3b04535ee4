"""What is wrong with a configuration, in the words of its keys: never a value, for it may be a secret.

The one exception are keys with a fixed list of values: there the wrong word is named, and the nearest right one.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final

from pydantic import ValidationError

from voicecall_sdk.config.compose import Catalogue
from voicecall_sdk.config.schema import all_paths, current_schema, properties_at
from voicecall_sdk.errors import Problem

Location = Sequence[str | int]

E164_EXAMPLE: Final = "E.164 form, such as +15550001234"

MOST_LISTED: Final = 12
"""Keys of a block that are listed when an unknown one resembles none of them."""

KINDS: Final[Mapping[str, str]] = {
    "string_type": "text",
    "int_type": "a whole number",
    "float_type": "a number",
    "finite_number": "a finite number",
    "bool_type": "true or false",
    "tuple_type": "a list",
    "dict_type": "a block of keys",
    "model_type": "a block of keys",
    "model_attributes_type": "a block of keys",
}

PATTERNS: Final[Mapping[str, str]] = {
    r"\S": "must not be blank",
    r"^\+[1-9][0-9]{1,14}$": f"expected a phone number in {E164_EXAMPLE}",
    r"^/[^?#\s{}]*$": "expected a path that begins with /, without query and braces",
    r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$": "expected a language tag, such as en-US",
    "^[A-Za-z]{2}$": "expected a language of two letters, such as en",
}

NAMES_OF_TYPES: Final[Mapping[type, str]] = {
    str: "text",
    bool: "true or false",
    int: "a number",
    float: "a number",
    list: "a list",
    dict: "a block of keys",
    type(None): "nothing",
}

LIMITS: Final[Mapping[str, tuple[str, str]]] = {
    "greater_than": ("gt", "must be more than"),
    "greater_than_equal": ("ge", "must be at least"),
    "less_than": ("lt", "must be less than"),
    "less_than_equal": ("le", "must be at most"),
}


def problems_of(error: ValidationError, carriers: Catalogue, origins: Mapping[str, str]) -> list[Problem]:
    """Every problem that pydantic found. `origins` tells which key was written where a path has a newer name."""
    explain = _Explainer(carriers)
    found = []
    for detail in error.errors(include_url=False):
        path = dotted(_without_markers(detail["loc"]))
        message, remedy = explain(detail)
        found.append(Problem(_as_written(path, origins), message, remedy))
    return found


def dotted(location: Iterable[str | int]) -> str:
    """A location as people write it: `allowFrom[0]`, `twilio.authToken`."""
    text = ""
    for key in location:
        text += f"[{key}]" if isinstance(key, int) else f".{key}" if text else key
    return text


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The known word that `word` was probably meant to be; letter case does not count."""
    by_lower = {each.lower(): each for each in known}
    found = difflib.get_close_matches(word.lower(), by_lower, n=1, cutoff=0.7)
    return by_lower[found[0]] if found else None


class _Explainer:
    """Finds the words for one error. The schema is made only when a key must be looked up."""

    def __init__(self, carriers: Catalogue) -> None:
        self._carriers = carriers
        self._special: Mapping[str, Callable[[Any], tuple[str, str]]] = {
            "extra_forbidden": self._unknown_key,
            "string_pattern_mismatch": self._pattern,
            "literal_error": self._choice,
            "enum": self._choice,
            "missing": lambda detail: ("is missing", ""),
            "too_short": lambda detail: ("must not be empty", ""),
        }

    def __call__(self, detail: Any) -> tuple[str, str]:
        """Message and remedy."""
        kind: str = detail["type"]
        if kind in self._special:
            return self._special[kind](detail)
        if kind in KINDS:
            return _kind(detail)
        if kind in LIMITS:
            name, words = LIMITS[kind]
            limit = detail["ctx"][name]
            return f"{words} {int(limit) if limit == int(limit) else limit}", ""
        return str(detail["msg"]), ""

    @property
    def schema(self) -> Mapping[str, Any]:
        return current_schema(self._carriers)

    def _unknown_key(self, detail: Any) -> tuple[str, str]:
        *block, key = detail["loc"]
        siblings = properties_at(self.schema, block)
        if near := nearest(str(key), siblings):
            return "unknown key", f"did you mean {dotted([*block, near])}?"
        elsewhere = [path for path in all_paths(self.schema) if path[-1].lower() == str(key).lower()]
        if elsewhere:
            return "unknown key", f"did you mean {dotted(elsewhere[0])}?"
        few = 0 < len(siblings) <= MOST_LISTED
        return "unknown key", f"known here: {', '.join(sorted(siblings))}" if few else ""

    def _pattern(self, detail: Any) -> tuple[str, str]:
        return PATTERNS.get(detail["ctx"]["pattern"], str(detail["msg"])), ""

    def _choice(self, detail: Any) -> tuple[str, str]:
        node = properties_at(self.schema, detail["loc"][:-1]).get(str(detail["loc"][-1]), {})
        known = _choices(self.schema, node)
        given = detail["input"]
        words = f"expected one of {', '.join(known)}" if known else str(detail["msg"])
        if not isinstance(given, str):
            return f"{words}; got {_type_of(given)}", ""
        near = nearest(given, known)
        return f"{words}; got {given!r}", f"did you mean {near}?" if near else ""


def _kind(detail: Any) -> tuple[str, str]:
    wanted, given = KINDS[detail["type"]], detail["input"]
    message = f"expected {wanted}" if detail["type"] == "finite_number" else f"expected {wanted}, got {_type_of(given)}"
    if wanted == "text" and isinstance(given, int | float):
        return message, "put it in quotes"
    if wanted in {"a number", "a whole number", "true or false"} and isinstance(given, str):
        return message, "write it without quotes"
    return message, ""


def _type_of(value: Any) -> str:
    return NAMES_OF_TYPES.get(type(value), type(value).__name__)


def _choices(document: Mapping[str, Any], node: Mapping[str, Any]) -> list[str]:
    if "$ref" in node:
        return _choices(document, document["definitions"][node["$ref"].rsplit("/", 1)[-1]])
    if "const" in node:
        return [node["const"]]
    nested = [*node.get("anyOf", ()), *node.get("allOf", ())]
    return [*node.get("enum", ()), *(word for option in nested for word in _choices(document, option))]


def _without_markers(location: Location) -> list[str | int]:
    """pydantic marks a key that is itself wrong by a last element `[key]`."""
    return [key for key in location if key != "[key]"]


def _as_written(path: str, origins: Mapping[str, str]) -> str:
    for new, old in origins.items():
        if path == new or path.startswith(f"{new}."):
            return old + path[len(new) :]
    return path
