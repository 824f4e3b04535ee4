"""What Twilio says over a media stream (docs voice/media-streams/websocket-messages). Pure; keys in the order shown.

All numbers are strings but the two of `mediaFormat`. One sequence counts start, media, dtmf, mark and stop together.
"""

from __future__ import annotations

import json
from binascii import b2a_base64
from collections.abc import Mapping
from typing import Final

CONNECTED: Final = '{"event":"connected","protocol":"Call","version":"1.0.0"}'
"""The first message of every stream; it has no number and names no stream."""

FORMAT: Final[Mapping[str, str | int]] = {"encoding": "audio/x-mulaw", "sampleRate": 8000, "channels": 1}


class Messages:
    """The messages of one stream, numbered as they are made."""

    __slots__ = ("_account", "_call", "_sequence", "_sid")

    def __init__(self, *, account_sid: str, call_sid: str, stream_sid: str) -> None:
        self._account = account_sid
        self._call = call_sid
        self._sid = stream_sid
        self._sequence = 0

    def start(self, tracks: tuple[str, ...], parameters: Mapping[str, str]) -> str:
        """What the stream is, at once after `connected`."""
        start = {
            "accountSid": self._account,
            "streamSid": self._sid,
            "callSid": self._call,
            "tracks": tracks,
            "mediaFormat": FORMAT,
            "customParameters": dict(parameters),
        }
        return text({"event": "start", "sequenceNumber": self._next(), "start": start, "streamSid": self._sid})

    def media(self, track: str, chunk: int, timestamp: int, payload: bytes) -> str:
        """One frame of audio. Made by hand: there are fifty a second of each track."""
        self._sequence += 1
        return (
            f'{{"event":"media","sequenceNumber":"{self._sequence}","media":{{"track":"{track}",'
            f'"chunk":"{chunk}","timestamp":"{timestamp}",'
            f'"payload":"{b2a_base64(payload, newline=False).decode("ascii")}"}},"streamSid":"{self._sid}"}}'
        )

    def dtmf(self, digit: str) -> str:
        """The other party pressed a key."""
        pressed = {"track": "inbound_track", "digit": digit}
        return text({"event": "dtmf", "streamSid": self._sid, "sequenceNumber": self._next(), "dtmf": pressed})

    def mark(self, name: str) -> str:
        """What came before the application's mark is over."""
        return text({"event": "mark", "sequenceNumber": self._next(), "streamSid": self._sid, "mark": {"name": name}})

    def stop(self) -> str:
        """The stream is over."""
        stop = {"accountSid": self._account, "callSid": self._call}
        return text({"event": "stop", "sequenceNumber": self._next(), "streamSid": self._sid, "stop": stop})

    def _next(self) -> str:
        self._sequence += 1
        return str(self._sequence)


def text(message: Mapping[str, object]) -> str:
    """A message as it goes over the wire."""
    return json.dumps(message, ensure_ascii=False, separators=(",", ":"))


FIDELITY: Final = (
    ("messages, their keys and the order of these", "observed traffic", "captured"),
    ("sequenceNumber is one sequence over all messages but connected, from 1", "observed traffic", "captured"),
    ("chunk counts each track from 1, timestamps go on by 20", "observed traffic", "captured"),
    ("the first timestamp of each track is 100 to 170 ms", "observed traffic: 102, 155, 171", "captured"),
    ("a frame that is dropped takes a timestamp and no chunk", "no source", "assumed"),
    ("both tracks of a stream begin with the same timestamp", "no source", "assumed"),
    ("160 bytes of µ-law in each media message", "voice/media-streams/websocket-messages", "documented"),
    ("text beyond ASCII is not escaped", "no source", "assumed"),
)
