"""Heads of HTTP/1.1 messages, as a proxy sees them: lines in their order and in their spelling (RFC 9112).

An `Answer` is what a proxy says in an application's place.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import Final

LONGEST: Final = 64 * 1024
"""Bytes of a head that are read before it is refused."""


class BadMessage(Exception):
    """What came is no HTTP/1.1 message."""


@dataclass(frozen=True, slots=True)
class Head:
    """The first line and the fields of a request or a response."""

    line: str
    fields: tuple[tuple[str, str], ...]

    @property
    def method(self) -> str:
        """Of a request: its method."""
        return self.line.partition(" ")[0]

    @property
    def target(self) -> str:
        """Of a request: what it asks for, path and query."""
        return self.line.split(" ")[1]

    @property
    def status(self) -> int:
        """Of a response: its status."""
        return int(self.line.split(" ")[1])

    def get(self, name: str) -> str | None:
        """The first value of a field."""
        return next(iter(self.all(name)), None)

    def all(self, name: str) -> Sequence[str]:
        """Every value of a field."""
        lower = name.lower()
        return [value for known, value in self.fields if known.lower() == lower]

    def has(self, name: str, word: str) -> bool:
        """Whether a field that is a list of words has this one."""
        return any(word == each.strip().lower() for value in self.all(name) for each in value.split(","))

    def aimed_at(self, target: str) -> Head:
        """A request for something else."""
        method, _, version = self.line.split(" ")
        return replace(self, line=f"{method} {target} {version}")

    def without(self, *names: str) -> Head:
        """A copy without these fields."""
        gone = {name.lower() for name in names}
        return replace(self, fields=tuple(field for field in self.fields if field[0].lower() not in gone))

    def with_field(self, name: str, value: str) -> Head:
        """A copy in which the field has that value alone, in the place where it was first."""
        lower = name.lower()
        place = next((index for index, field in enumerate(self.fields) if field[0].lower() == lower), len(self.fields))
        fields = self.without(name).fields
        return replace(self, fields=(*fields[:place], (name, value), *fields[place:]))

    def appended(self, name: str, value: str) -> Head:
        """A copy in which the value stands behind those that the field has already."""
        return self.with_field(name, ", ".join([*self.all(name), value]))

    def raw(self) -> bytes:
        """As it goes over the wire."""
        lines = (self.line, *(f"{name}: {value}" for name, value in self.fields), "", "")
        return "\r\n".join(lines).encode("latin-1")


@dataclass(frozen=True, slots=True)
class Answer:
    """What a proxy says itself."""

    status: int
    body: str = ""
    fields: tuple[tuple[str, str], ...] = ()

    def raw(self) -> bytes:
        """The whole response; the connection ends with it."""
        body = self.body.encode()
        line = f"HTTP/1.1 {self.status} {HTTPStatus(self.status).phrase}"
        framing = (("Content-Length", str(len(body))), ("Connection", "close"))
        return Head(line, (*self.fields, *framing)).raw() + body


async def read_head(reader: asyncio.StreamReader) -> Head | None:
    """The next head; None where the connection has ended before it. Raises `BadMessage`, `ConnectionError`."""
    try:
        raw = await reader.readuntil(b"\r\n\r\n")
    except asyncio.IncompleteReadError as early:
        if early.partial:
            raise BadMessage("the connection ended within a head") from None
        return None
    except asyncio.LimitOverrunError:
        raise BadMessage(f"a head is longer than {LONGEST} bytes") from None
    return parse(raw)


def parse(raw: bytes) -> Head:
    """A head from its bytes, the empty line included. Raises `BadMessage`."""
    line, *fields = raw.decode("latin-1").removesuffix("\r\n\r\n").split("\r\n")
    if len(line.split(" ")) < 3:
        raise BadMessage(f"no HTTP/1.1 line: {line[:60]!r}")
    return Head(line, tuple(_field(field) for field in fields))


def _field(line: str) -> tuple[str, str]:
    name, colon, value = line.partition(":")
    # RFC 9112, 5.1: no space before the colon; 5.2: no folding
    if not colon or not name or name != name.strip():
        raise BadMessage(f"no header field: {line[:60]!r}")
    return name, value.strip(" \t")
