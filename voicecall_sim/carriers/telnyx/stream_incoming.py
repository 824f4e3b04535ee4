"""What an application says over a media socket. Pure: a text in, audio, a mark or a clear out."""

from __future__ import annotations

import base64
import binascii
from typing import Final, TypeAlias

from voicecall_sim.carriers.streaming.messages import Clear, Invalid, Mark, read
from voicecall_sim.carriers.telnyx.stream_messages import INVALID, MALFORMED

Message: TypeAlias = bytes | Mark | Clear


def understand(data: bytes) -> Message:
    """What one frame means. A stream_id is ignored, as is any other field that is not known.

    Raises `Invalid` with the code of the error frame that answers it (0: malformed), and `NotText`.
    """
    message = read(data)
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
            raise Invalid("The frame is not well-formed.", MALFORMED)


def audio(payload: str) -> bytes:
    """The bytes of a media frame."""
    try:
        return base64.b64decode(payload, validate=True)
    except (binascii.Error, ValueError):
        raise Invalid("The payload is not base64.", INVALID) from None


FIDELITY: Final = (
    ("media needs no track, stream_id is ignored", "media streaming over WebSockets", "documented"),
    ("what is not JSON or has another shape is a 100003, no base64 a 100004", "AsyncAPI page", "documented"),
    ("an unknown event is a 100003", "no source", "assumed"),
    ("the socket stays open after an error", "no source", "assumed"),
)
