"""What applications say over media streams, as far as carriers agree. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import orjson


@dataclass(frozen=True, slots=True)
class Mark:
    """`name` is to come back when what was sent before has been played."""

    name: str


@dataclass(frozen=True, slots=True)
class Clear:
    """What is buffered is not to be played."""


class Invalid(ValueError):
    """A message that the carrier does not take; the text says why, `code` is the carrier's if it has one for that."""

    def __init__(self, why: str, code: int = 0) -> None:
        super().__init__(why)
        self.code = code


class NotText(ValueError):
    """A text message whose bytes are not UTF-8: against the protocol (RFC 6455, section 8.1)."""


def read(data: bytes) -> Any:
    """The JSON of a text message. Raises `Invalid` and `NotText`."""
    try:
        return orjson.loads(data)
    except orjson.JSONDecodeError:
        raise undecoded(data) from None


def undecoded(data: bytes) -> Invalid | NotText:
    """Why bytes are no JSON."""
    try:
        data.decode()
    except UnicodeDecodeError:
        return NotText("a text message is not UTF-8")
    return Invalid("it is not JSON")
