"""Secrets: replaced by their names wherever they would appear, in every form in which they commonly travel."""

from __future__ import annotations

import base64
import functools
import html
import json
import re
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
        self.__dict__.pop("_text", None)
        self.__dict__.pop("_raw", None)

    @functools.cached_property
    def _text(self) -> re.Pattern[str]:
        return re.compile(
            "|".join(re.escape(form) for form in sorted(self._shown, key=lambda form: (-len(form), form)))
        )

    @functools.cached_property
    def _raw(self) -> re.Pattern[bytes]:
        return re.compile(self._text.pattern.encode())

    def redact(self, text: str) -> str:
        """The text without secrets."""
        if not self._shown or len(text) < self._shortest:
            return text
        return self._text.sub(lambda match: self._shown[match.group()], text)

    def _redact_bytes(self, data: bytes) -> bytes:
        if len(data) < self._shortest:
            return data
        return self._raw.sub(lambda match: self._shown[match.group().decode()].encode(), data)

    def leaks(self, text: str) -> Sequence[str]:
        """The names of the secrets that occur in a text."""
        if not self._shown:
            return []
        found = (self._names.get(match.group()) for match in self._text.finditer(text))
        return sorted({name for name in found if name is not None})

    def clean(self, value: Any) -> Any:
        """A value of strings, bytes, mappings and sequences without secrets."""
        if isinstance(value, str):
            return self.redact(value)
        if isinstance(value, Mapping):
            return {self.clean(key): self.clean(item) for key, item in value.items()}
        if isinstance(value, (list, tuple)):
            cleaned = [self.clean(item) for item in value]
            return cleaned if isinstance(value, list) else tuple(cleaned)
        if isinstance(value, _Bytes):
            return self._redact_bytes(bytes(value))
        return value
