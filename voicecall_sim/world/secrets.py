"""Secrets: replaced by their names wherever they would appear, in every form in which they commonly travel."""

from __future__ import annotations

import base64
import functools
import html
import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final
from urllib.parse import quote, quote_plus

SHORTEST_INSIDE: Final = 6
"""Secrets shorter than this are not looked for inside of other base64: too much would match by accident."""

_Bytes = bytes | bytearray | memoryview


def forms(secret: str) -> Iterator[str]:
    """The secret plain, and as it looks in base64, in URLs, in JSON and in XML."""
    raw = secret.encode()
    yield from (secret, quote(secret, safe=""), quote(secret), quote_plus(secret), html.escape(secret))
    yield from (json.dumps(secret)[1:-1], json.dumps(secret, ensure_ascii=False)[1:-1])
    for encode in (base64.b64encode, base64.urlsafe_b64encode):
        whole = encode(raw).decode()
        yield from (whole, whole.rstrip("="), quote(whole, safe=""))
        if len(raw) >= SHORTEST_INSIDE:
            yield from (_inside(encode(bytes(shift) + raw).decode(), shift, len(raw)) for shift in range(3))


def _inside(encoded: str, shift: int, length: int) -> str:
    """The characters that the secret alone decides, when `shift` bytes come before it: as in HTTP Basic."""
    first = -(-8 * shift // 6)
    last = 8 * (shift + length) // 6
    return encoded[first:last]


def _places(text: str, before: Mapping[str, int], end: int) -> Iterator[tuple[str, int]]:
    """Where each form occurs next from `end` on, given where it did before."""
    for form, place in before.items():
        following = place if place >= end else text.find(form, end)
        if following >= 0:
            yield form, following


class Secrets:
    """What must not be seen, and what is shown in its place."""

    def __init__(self) -> None:
        self._shown: dict[str, str] = {}
        self._names: dict[str, str] = {}
        self._shortest = 0

    def __bool__(self) -> bool:
        return bool(self._shown)

    def keep(self, name: str, secret: str, show: int = 0, *, harmless: bool = False) -> None:
        """Show `<name>` in place of a secret, or `<name:abcd…>` with its first `show` characters.

        What is `harmless` is replaced as well, but is no leak where it occurs.
        """
        shown = f"<{name}:{secret[:show]}…>" if show else f"<{name}>"
        for form in forms(secret):
            self._shown.setdefault(form, shown)
            if not harmless:
                self._names.setdefault(form, name)
        self._shortest = min(map(len, self._shown))
        self.__dict__.pop("_signs", None)

    @functools.cached_property
    def _signs(self) -> Sequence[str]:
        """The forms without another inside: where none of these occurs, no form does."""
        signs: list[str] = []
        for form in sorted(self._shown, key=len):
            if not any(sign in form for sign in signs):
                signs.append(form)
        return signs

    def redact(self, text: str) -> str:
        """The text without secrets."""
        if len(text) < self._shortest or not self._suspects(text):
            return text
        parts: list[str] = []
        end = 0
        for start, form in self._occurrences(text):
            parts += text[end:start], self._shown[form]
            end = start + len(form)
        return "".join(parts) + text[end:]

    def _redact_bytes(self, data: bytes) -> bytes:
        return self.redact(data.decode("utf-8", "surrogateescape")).encode("utf-8", "surrogateescape")

    def leaks(self, text: str) -> Sequence[str]:
        """The names of the secrets that occur in a text."""
        if not self._suspects(text):
            return []
        found = (self._names.get(form) for _, form in self._occurrences(text))
        return sorted({name for name in found if name is not None})

    def _suspects(self, text: str) -> bool:
        """Whether any secret occurs in a text."""
        for sign in self._signs:  # noqa: SIM110 - `any` takes twice as long, for every string of every entry
            if sign in text:
                return True
        return False

    def _occurrences(self, text: str) -> Iterator[tuple[int, str]]:
        """Where which forms occur, from left to right, none within another: of those at one place the longest."""
        end, places = 0, dict.fromkeys(self._shown, -1)
        while places := dict(_places(text, places, end)):
            form = min(places, key=lambda form: (places[form], -len(form)))
            yield places[form], form
            end = places[form] + len(form)

    def clean(self, value: Any) -> Any:
        """A value of strings, bytes, mappings and sequences without secrets."""
        if isinstance(value, str):
            return value if len(value) < self._shortest else self.redact(value)
        if value is None or isinstance(value, (int, float)):
            return value
        if isinstance(value, Mapping):
            return {self.clean(key): self.clean(item) for key, item in value.items()}
        if isinstance(value, (list, tuple)):
            cleaned = [self.clean(item) for item in value]
            return cleaned if isinstance(value, list) else tuple(cleaned)
        if isinstance(value, _Bytes):
            return self._redact_bytes(bytes(value))
        return value
