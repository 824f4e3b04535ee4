"""Plivo audio streams: JSON text messages over a WebSocket (docs: voice-agents/audio-streaming).

Sound is base64 of G.711 mu-law at 8 kHz, both ways, as we asked for. What is cleared takes its checkpoints with it.
"""

from __future__ import annotations

import binascii
import json
import re
from collections.abc import Callable
from typing import Any, Final

import orjson

from voicecall_sdk.carriers.wire import Key, Mark, MediaMessage, Sound, Started, Stopped, Wire
from voicecall_sdk.errors import Unintelligible
from voicecall_sdk.values import ProviderCallId

ENCODING: Final = "audio/x-mulaw"

TOKEN: Final = re.compile(r"""["']?token["']?\s*[=:]\s*["']?([A-Za-z0-9_.~-]+)""")
"""In `extra_headers`, of which Plivo's documents show three forms: `a=b;c=d`, `a=b,c=d` and JSON."""


def read(text: str) -> MediaMessage | None:
    """What a message says; None for those that say nothing to us. Raises `Unintelligible`."""
    try:
        message = orjson.loads(text)
        event = message["event"]
        if event == "media":  # fifty a second
            media = message["media"]
            return Sound(binascii.a2b_base64(media["payload"])) if media.get("track", "inbound") == "inbound" else None
        reader = READERS.get(event)
        return None if reader is None else reader(message)
    except (ValueError, KeyError, TypeError, AttributeError) as problem:
        raise Unintelligible(f"a Plivo stream message of no known form: {type(problem).__name__}") from None


def _started(message: dict[str, Any]) -> Started:
    start = message["start"]
    encoding = str((start.get("mediaFormat") or {}).get("encoding", ENCODING)).partition(";")[0]
    if encoding != ENCODING:
        raise Unintelligible(f"a Plivo stream of {encoding}: expected {ENCODING}")
    token = TOKEN.search(str(message.get("extra_headers") or ""))
    return Started(
        stream_id=str(start["streamId"]),
        provider_call_id=ProviderCallId(str(start["callId"])) if start.get("callId") else None,
        token=token[1] if token else None,
        encoding=encoding,
    )


def sound(stream_id: str) -> Callable[[bytes], str]:
    """Writes sound."""
    head = f'{{"event":"playAudio","media":{{"contentType":"{ENCODING}","sampleRate":8000,"payload":"'
    encode = binascii.b2a_base64
    return lambda ulaw: f'{head}{encode(ulaw, newline=False).decode("ascii")}"}}}}'


def mark(stream_id: str, name: str) -> str:
    """Asks to be told when everything before it was played."""
    return json.dumps({"event": "checkpoint", "streamId": stream_id, "name": name})


def clear(stream_id: str) -> str:
    """Empties Plivo's queue, pending checkpoints and all."""
    return json.dumps({"event": "clearAudio", "streamId": stream_id})


READERS: Final[dict[str, Callable[[dict[str, Any]], MediaMessage]]] = {
    "playedStream": lambda message: Mark(str(message["name"])),
    "dtmf": lambda message: Key(str(message["dtmf"]["digit"])),
    "start": _started,
    "stop": lambda message: Stopped(),
}
"""Those beside `media`. `clearedAudio` says nothing to us, and neither does what is not known here."""

wire: Final = Wire(read=read, sound=sound, mark=mark, clear=clear)
