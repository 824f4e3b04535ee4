"""Secrets: replaced by their names wherever they would appear, in every form in which they commonly travel."""

from __future__ import annotations

import base64
import functools
import html
import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple
from urllib.parse import quote, quote_plus

SHORTEST_INSIDE: Final = 6
"""Secrets shorter than this are not looked for inside of other base64: too much would match by accident."""

LONGEST_REMEMBERED: Final = 128
MOST_REMEMBERED: Final = 1024
"""Texts without secrets, by their length in characters and their number."""

_Bytes = bytes | bytearray | memoryview

_PLAIN: Final = frozenset({type(None), bool, int, float})


def spellings(text: str) -> Iterator[str]:
    """A text plain, and as it looks in URLs, in JSON and in XML; some of them alike."""
    yield from (text, quote(text, safe=""), quote(text), quote_plus(text), html.escape(text))
    yield from (json.dumps(text)[1:-1], json.dumps(text, ensure_ascii=False)[1:-1])


def forms(secret: str) -> Iterator[str]:
    """The secret as it is spelt, and as it looks in base64; some of them alike."""
    raw = secret.encode()
    yield from spellings(secret)
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


class _Guises(NamedTuple):
    """The forms of one secret, and those of them without another inside: where none of these occurs, no form does."""

    forms: Sequence[str]
    signs: Sequence[str]


@functools.lru_cache(maxsize=256)
def _guises(secret: str, harmless: bool) -> _Guises:
    """Worked out once for the worlds of a seed, which have the same secrets."""
    every = tuple(dict.fromkeys(spellings(secret) if harmless else forms(secret)))
    signs: list[str] = []
    for form in sorted(every, key=len):
        if not any(sign in form for sign in signs):
            signs.append(form)
    return _Guises(every, signs)


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
        self._signs: list[str] = []
        self._shortest = 0
        self._innocent: set[str] = set()

    def __bool__(self) -> bool:
        return bool(self._shown)

    def keep(self, name: str, secret: str, show: int = 0, *, harmless: bool = False) -> None:
        """Show `<name>` in place of a secret, or `<name:abcd…>` with its first `show` characters.

        What is `harmless` is replaced as well wherever it is spelt, but is no leak there.
        """
        shown = f"<{name}:{secret[:show]}…>" if show else f"<{name}>"
        guises = _guises(secret, harmless)
        for form in guises.forms:
            self._shown.setdefault(form, shown)
            if not harmless:
                self._names.setdefault(form, name)
        self._innocent.clear()
        self._signs += guises.signs
        self._shortest = min(map(len, self._signs))

    def redact(self, text: str) -> str:
        """The text without secrets."""
        if len(text) < self._shortest or text in self._innocent:
            return text
        if not self._suspects(text):
            self._acquit(text)
            return text
        parts: list[str] = []
        end = 0
        for start, form in self._occurrences(text):
            parts += text[end:start], self._shown[form]
            end = start + len(form)
        return "".join(parts) + text[end:]

    def _acquit(self, text: str) -> None:
        """Remember that there is no secret in a text: identifiers and URLs come with every entry of a call."""
        if len(text) <= LONGEST_REMEMBERED:
            if len(self._innocent) >= MOST_REMEMBERED:
                self._innocent.clear()
            self._innocent.add(text)

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
        kind = type(value)
        if kind is str:
            return value if len(value) < self._shortest else self.redact(value)
        if kind in _PLAIN:
            return value
        if kind is dict or isinstance(value, Mapping):
            clean, shortest = self.clean, self._shortest
            # most keys and many values are too short to hold a secret: told here, without a call for each
            return {
                key if type(key) is str and len(key) < shortest else clean(key): item
                if ((kind := type(item)) is str and len(item) < shortest) or kind in _PLAIN
                else clean(item)
                for key, item in value.items()
            }
        if isinstance(value, str):
            return self.redact(value)
        if isinstance(value, (list, tuple)):
            cleaned = [self.clean(item) for item in value]
            return cleaned if isinstance(value, list) else tuple(cleaned)
        if isinstance(value, _Bytes):
            return self._redact_bytes(bytes(value))
        return value
