"""What an application says over a media socket. Pure: a text in, audio, a mark or a clear out."""

from __future__ import annotations

import base64
import binascii
import json
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from voicecall_sim.carriers.telnyx.stream_messages import INVALID, MALFORMED


@dataclass(frozen=True, slots=True)
class Mark:
    """`name` is to come back when what was sent before has been played."""

    name: str


@dataclass(frozen=True, slots=True)
class Clear:
    """What is buffered is not to be played."""


Message: TypeAlias = bytes | Mark | Clear


class Wrong(ValueError):
    """A frame that gets an error frame for an answer."""

    def __init__(self, code: int, detail: str) -> None:
        super().__init__(detail)
        self.code = code


def understand(text: str) -> Message:
    """What one frame means. Raises `Wrong`. A stream_id is ignored, as is any other field that is not known."""
    try:
        message: Any = json.loads(text)
    except ValueError:
        raise Wrong(MALFORMED, "The frame is not JSON.") from None
    event = message.get("event") if isinstance(message, dict) else None
    inside = message.get(event) if isinstance(event, str) else None
    match event, inside:
        case "media", {"payload": str(payload)}:
            return audio(payload)
        case "mark", {"name": str(name)}:
            return Mark(name)
        case "clear", _:
            return Clear()
        case _:
            raise Wrong(MALFORMED, "The frame is not well-formed.")


def audio(payload: str) -> bytes:
    """The bytes of a media frame."""
    try:
        return base64.b64decode(payload, validate=True)
    except (binascii.Error, ValueError):
        raise Wrong(INVALID, "The payload is not base64.") from None


FIDELITY: Final = (
    ("media needs no track, stream_id is ignored", "media streaming over WebSockets", "documented"),
    ("what is not JSON or has another shape is a 100003, no base64 a 100004", "AsyncAPI page", "documented"),
    ("an unknown event is a 100003", "no source", "assumed"),
    ("the socket stays open after an error", "no source", "assumed"),
)
