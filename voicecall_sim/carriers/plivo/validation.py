"""A request's parameters, from JSON or a form, read with coercion: numbers and booleans come as such or as text."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import parse_qsl, urlsplit

from voicecall_sim.carriers.plivo.account import Callback
from voicecall_sim.carriers.plivo.refusals import Refused, invalid, missing

BOOLEANS: Final[Mapping[str, bool]] = {"true": True, "false": False, "1": True, "0": False}


@dataclass(frozen=True, slots=True)
class Form:
    """Parameters as text."""

    values: Mapping[str, str] = field(default_factory=dict)

    def __getitem__(self, name: str) -> str | None:
        """The value; None for one that is absent or empty."""
        return self.values.get(name) or None

    def required(self, name: str) -> str:
        """The value. Raises `Refused` without one."""
        value = self[name]
        if value is None:
            raise missing(name)
        return value

    def url(self, name: str, *schemes: str) -> str | None:
        """An absolute URL, http or https unless said otherwise. Raises `Refused`."""
        value = self[name]
        if value is None:
            return None
        try:
            parts = urlsplit(value)
            good = parts.scheme.lower() in (schemes or ("http", "https")) and bool(parts.hostname)
        except ValueError:
            good = False
        if not good:
            raise invalid(name)
        return value

    def method(self, name: str) -> str:
        """GET or POST. Raises `Refused`."""
        value = (self[name] or "POST").upper()
        if value not in {"GET", "POST"}:
            raise invalid(name)
        return value

    def callback(self, name: str) -> Callback | None:
        """`<name>_url` with `<name>_method`. Raises `Refused`."""
        url = self.url(f"{name}_url")
        return None if url is None else Callback(url=url, method=self.method(f"{name}_method"))

    def integer(self, name: str, default: int, least: int = 0, most: int | None = None) -> int:
        """A whole number in a range. Raises `Refused`."""
        value = self[name]
        if value is None:
            return default
        try:
            number = int(value)
        except ValueError:
            raise invalid(name) from None
        if number < least or (most is not None and number > most):
            raise invalid(name)
        return number

    def boolean(self, name: str, *, default: bool = False) -> bool:
        """True or false. Raises `Refused`."""
        value = self[name]
        if value is None:
            return default
        if value.lower() not in BOOLEANS:
            raise invalid(name)
        return BOOLEANS[value.lower()]

    def word(self, name: str, default: str, *words: str) -> str:
        """One of these words. Raises `Refused`."""
        value = self[name] or default
        if value not in words:
            raise invalid(name)
        return value


def read_body(body: bytes, content_type: str) -> Form:
    """A body of either kind. Raises `Refused`."""
    if not body.strip():
        return Form()
    if content_type == "application/json":
        try:
            data = json.loads(body)
        except (ValueError, RecursionError):
            raise Refused(400, "invalid json") from None
        if not isinstance(data, dict):
            raise Refused(400, "invalid json")
        return Form({name: as_text(value) for name, value in data.items() if value is not None})
    return read_query(body.decode(errors="replace"))


def read_query(query: str) -> Form:
    """A query or a form."""
    return Form(dict(parse_qsl(query, keep_blank_values=True)))


def as_text(value: Any) -> str:
    """A JSON value as a form would have it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if isinstance(value, str) else json.dumps(value)


FIDELITY: Final = (
    (
        "JSON and forms are taken, numbers and booleans natively or as text",
        "docs voice/api/overview; SDKs",
        "documented",
    ),
    ("a number out of its range is 400", "docs voice/api/response", "documented"),
)
