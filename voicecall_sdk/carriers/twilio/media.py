"""Twilio Media Streams: JSON text messages over a WebSocket (docs: voice/media-streams/websocket-messages).

Sound is base64 of headerless G.711 mu-law at 8 kHz, both ways; numbers from Twilio are strings.
"""

from __future__ import annotations

import binascii
import json
from collections.abc import Callable
from typing import Any, Final

import orjson

from voicecall_sdk.carriers.wire import Key, Mark, MediaMessage, Sound, Started, Stopped, Wire
from voicecall_sdk.errors import Unintelligible
from voicecall_sdk.values import ProviderCallId

TOKEN: Final = "token"
"""The name of the stream parameter that the stream proves itself with."""

ENCODING: Final = "audio/x-mulaw"


def read(text: str) -> MediaMessage | None:
    """What a message says; None for those that say nothing to us. Raises `Unintelligible`."""
    try:
        message = orjson.loads(text)
        event = message["event"]
        if event == "media":  # fifty a second
            return Sound(binascii.a2b_base64(message["media"]["payload"]))
        reader = READERS.get(event)
        return None if reader is None else reader(message)
    except (ValueError, KeyError, TypeError, AttributeError) as problem:
        raise Unintelligible(f"a Twilio stream message of no known form: {type(problem).__name__}") from None


def _started(message: dict[str, Any]) -> Started:
    start = message["start"]
    parameters = {str(name): str(value) for name, value in (start.get("customParameters") or {}).items()}
    return Started(
        stream_id=str(message["streamSid"]),
        provider_call_id=ProviderCallId(str(start["callSid"])) if start.get("callSid") else None,
        token=parameters.get(TOKEN),
        encoding=str(start.get("mediaFormat", {}).get("encoding", ENCODING)),
    )


def sound(stream_id: str) -> Callable[[bytes], str]:
    """Writes sound for that stream."""
    head = f'{{"event":"media","streamSid":{json.dumps(stream_id)},"media":{{"payload":"'
    encode = binascii.b2a_base64
    return lambda ulaw: f'{head}{encode(ulaw, newline=False).decode("ascii")}"}}}}'


def mark(stream_id: str, name: str) -> str:
    """Asks to be told when everything before it was played."""
    return json.dumps({"event": "mark", "streamSid": stream_id, "mark": {"name": name}})


def clear(stream_id: str) -> str:
    """Empties Twilio's buffer, which returns all pending marks."""
    return json.dumps({"event": "clear", "streamSid": stream_id})


READERS: Final[dict[str, Callable[[dict[str, Any]], MediaMessage]]] = {
    "mark": lambda message: Mark(str(message["mark"]["name"])),
    "dtmf": lambda message: Key(str(message["dtmf"]["digit"])),
    "start": _started,
    "stop": lambda message: Stopped(),
}
"""Those beside `media`. `connected` says nothing, and neither does what is not known here."""

wire: Final = Wire(read=read, sound=sound, mark=mark, clear=clear)
