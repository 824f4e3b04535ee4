"""The frames that Telnyx sends over a media socket: numbers as texts, stream_id at the top. Pure."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from typing import Any, Final

CONNECTED: Final = "connected"
TOKEN: Final = "x-telnyx-streaming-auth-token"


class Messages:
    """Composes the frames of one stream; `sequence_number` counts them all from the `start`."""

    def __init__(self, stream_id: str) -> None:
        self._stream_id = stream_id
        self._sequence = 0

    def connected(self, token: str | None) -> str:
        """The first frame, with the token again if there is one."""
        first: dict[str, Any] = {"event": CONNECTED, "version": "1.0.0"}
        if token is not None:
            first["connected"] = {TOKEN: token}
        return json.dumps(first)

    def start(self, about: Mapping[str, Any]) -> str:
        """What the stream is."""
        return self._numbered("start", start=dict(about))

    def media(self, track: str, chunk: int, timestamp: int, payload: bytes) -> str:
        """Audio of a track: `timestamp` in ms since the stream's start."""
        told = {
            "track": track,
            "chunk": str(chunk),
            "timestamp": str(timestamp),
            "payload": base64.b64encode(payload).decode(),
        }
        return self._numbered("media", media=told)

    def dtmf(self, digit: str, occurred_at: str) -> str:
        """A key."""
        return self._numbered("dtmf", occurred_at=occurred_at, dtmf={"digit": digit})

    def mark(self, name: str) -> str:
        """A mark that came back."""
        return self._numbered("mark", mark={"name": name})

    def stop(self, about: Mapping[str, Any]) -> str:
        """The last frame."""
        return self._numbered("stop", stop=dict(about))

    def error(self, code: int, detail: str) -> str:
        """A complaint; it has no number."""
        payload = {"code": code, "title": ERRORS[code], "detail": detail}
        return json.dumps({"event": "error", "stream_id": self._stream_id, "payload": payload})

    def _numbered(self, event: str, **told: Any) -> str:
        self._sequence += 1
        head = {"event": event, "sequence_number": str(self._sequence), "stream_id": self._stream_id}
        return json.dumps({**head, **told})


UNKNOWN, MALFORMED, INVALID, TOO_FAST = 100002, 100003, 100004, 100005
ERRORS: Final[Mapping[int, str]] = {
    UNKNOWN: "unknown_error",
    MALFORMED: "malformed_frame",
    INVALID: "invalid_media",
    TOO_FAST: "rate_limit_reached",
}

FIDELITY: Final = (
    ("stream_id at the top; sequence_number, chunk and timestamp are texts", "media streaming", "documented"),
    ("sequence_number is 1 on start and counts all frames of the stream", "observed traffic", "captured"),
    ("chunk counts for each track from 1; timestamp is ms since the start: 20, 40", "documents' samples", "assumed"),
    ("connected repeats the token, nested", "AsyncAPI page", "documented"),
    ("error frames have an integer code, and no number", "media streaming over WebSockets", "documented"),
)  # fmt: skip
