"""What goes over an audio stream, either way (docs voice-agents/audio-streaming). Pure."""

from __future__ import annotations

import json
from binascii import Error, a2b_base64, b2a_base64
from dataclasses import dataclass
from typing import Any, Final

from voicecall_sim.carriers.plivo.linear import L16, read_type
from voicecall_sim.carriers.streaming.messages import Clear, Invalid, Mark, read

LONGEST: Final = 64 * 1024
"""Of one message's payload."""
OLDER: Final = {"raw": L16}
"""Content types of older clients."""


class Messages:
    """The messages of one stream to the application, numbered as they are made: numbers are JSON numbers."""

    def __init__(self, *, account: str, call_uuid: str, stream_id: str) -> None:
        self._account = account
        self._call = call_uuid
        self._stream = stream_id
        self._sequence = 0

    def start(self, tracks: tuple[str, ...], encoding: str, rate: int, extra: str) -> str:
        """What the stream is: the first message. It has no streamId beside `start`."""
        start = {
            "callId": self._call,
            "streamId": self._stream,
            "accountId": self._account,
            "tracks": tracks,
            "mediaFormat": {"encoding": encoding, "sampleRate": rate},
        }
        return written({"event": "start", "sequenceNumber": self._next(), "start": start, "extra_headers": extra})

    def media(self, track: str, chunk: int, milliseconds: int, payload: bytes, extra: str) -> str:
        """One frame of audio; the timestamp is a text."""
        media = {
            "track": track,
            "timestamp": str(milliseconds),
            "chunk": chunk,
            "payload": b2a_base64(payload, newline=False).decode("ascii"),
        }
        return self._of("media", media=media, extra_headers=extra)

    def dtmf(self, digit: str, milliseconds: int, extra: str) -> str:
        """The other party pressed a key."""
        told = {"track": "inbound", "digit": digit, "timestamp": str(milliseconds)}
        return self._of("dtmf", dtmf=told, extra_headers=extra)

    def played(self, name: str) -> str:
        """A checkpoint has been reached."""
        return self._of("playedStream", name=name)

    def cleared(self) -> str:
        """The queue is empty, as was asked for."""
        return self._of("clearedAudio")

    def stop(self, tracks: tuple[str, ...]) -> str:
        """The end, for accounts whose terms want it told."""
        return self._of("stop", stop={"callId": self._call, "streamId": self._stream, "tracks": tracks})

    def _of(self, event: str, **more: Any) -> str:
        return written({"event": event, "sequenceNumber": self._next(), "streamId": self._stream, **more})

    def _next(self) -> int:
        self._sequence += 1
        return self._sequence


def written(message: dict[str, Any]) -> str:
    """As it goes over the wire."""
    return json.dumps(message, separators=(",", ":"))


@dataclass(frozen=True, slots=True)
class Audio:
    """To be played."""

    encoding: str
    rate: int
    payload: bytes


@dataclass(frozen=True, slots=True)
class Keys:
    """To be pressed."""

    digits: str


def understand(data: bytes, rate: int) -> Audio | Keys | Mark | Clear:
    """What one message of the application means; `rate` is the stream's own. Raises `Invalid` and `NotText`."""
    message = read(data)
    if not isinstance(message, dict):
        raise Invalid("it is not an object")
    match message.get("event"):
        case "playAudio":
            return audio(message.get("media"), rate)
        case "checkpoint":
            return Mark(text_of(message, "name"))
        case "clearAudio":
            return Clear()
        case "sendDTMF":
            return Keys(digits(text_of(message, "dtmf")))
        case other:
            raise Invalid(f"there is no event {other!r}")


def text_of(message: dict[str, Any], name: str) -> str:
    """A text of a message. Raises `Invalid`."""
    value = message.get(name)
    if not isinstance(value, str):
        raise Invalid(f"{name} is not a text")
    return value


def digits(text: str) -> str:
    """Keys that can be pressed. Raises `Invalid`."""
    if not text or set(text) - set("0123456789*#wW"):
        raise Invalid(f"{text!r} are no digits")
    return text


def audio(media: Any, rate: int) -> Audio:
    """The audio of a message. Raises `Invalid`."""
    if not isinstance(media, dict):
        raise Invalid("media is not an object")
    told = str(media.get("sampleRate", rate))
    content_type = str(media.get("contentType", ""))
    form = read_type(OLDER.get(content_type, content_type), int(told) if told.isdecimal() else rate)
    if form is None:
        raise Invalid(f"invalid_content_type: {media.get('contentType')!r} at {told}")
    try:
        payload = a2b_base64(str(media.get("payload", "")), strict_mode=True)
    except (Error, ValueError):
        raise Invalid("media.payload is not base64") from None
    if len(payload) > LONGEST:
        raise Invalid(f"media.payload has {len(payload)} bytes, at most {LONGEST}")
    return Audio(*form, payload)


FIDELITY: Final = (
    (
        "start, media, dtmf, playedStream and clearedAudio: fields and types",
        "audio-streaming reference; the SDKs' schemas",
        "documented",
    ),
    (
        "sequenceNumber and chunk are numbers from 1, timestamp is a text of epoch milliseconds",
        "audio-streaming reference",
        "documented",
    ),
    ("extra_headers is a text, empty when there are none", "plivo-stream-sdk-node requires it", "executed"),
    ("its text is what extraHeaders said, joined by semicolons", "pages differ", "assumed"),
    ("playedStream and clearedAudio have no extra_headers", "audio-streaming reference", "documented"),
    ("unknown events and bad JSON are ignored with a note", "no source", "assumed"),
    ("a payload over 64 kB is ignored", "audio-streaming reference (the limit)", "assumed"),
    ("contentType raw, of older clients, is L16; wav is not taken", "audio-streaming reference (the names)", "assumed"),
    ("contentType may have its rate in it; without sampleRate the stream's counts", "clients send either", "assumed"),
)
