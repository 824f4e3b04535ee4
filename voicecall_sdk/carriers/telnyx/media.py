"""Telnyx media streams: JSON text messages over a WebSocket (docs: api-reference/websockets).

Sound is base64 of RTP payloads without their headers. Ours is G.711 mu-law, as we asked for; that of the far end is
what `start` says, which may be A-law where the phone network speaks that. Keys are told by webhooks as well, and a
stream's are the ones that count.
"""

from __future__ import annotations

import binascii
import json
from collections.abc import Callable
from typing import Any, Final

import orjson

from voicecall_sdk.audio.g711 import SILENCE_BYTE, alaw_to_ulaw
from voicecall_sdk.carriers.wire import Key, Mark, MediaMessage, Sound, Started, Stopped, Wire
from voicecall_sdk.errors import Unintelligible
from voicecall_sdk.values import ProviderCallId

TOKEN: Final = "token"

DECODERS: Final[dict[str, Callable[[bytes], bytes]]] = {"PCMU": lambda ulaw: ulaw, "PCMA": alaw_to_ulaw}
"""By encoding: its bytes as mu-law."""

LEAST: Final = 160
"""Bytes of the shortest piece of sound that Telnyx takes: 20 ms."""


def read(text: str) -> MediaMessage | None:
    """What a message says; None for those that say nothing to us. Raises `Unintelligible`."""
    return _read(text, DECODERS["PCMU"])


def reader(started: Started) -> Callable[[str], MediaMessage | None]:
    """Reads what follows that start."""
    decode = DECODERS[started.encoding]
    return lambda text: _read(text, decode)


def sound(stream_id: str) -> Callable[[bytes], str]:
    """Writes sound; a piece that is too short is filled up with silence."""
    encode = binascii.b2a_base64

    def write(ulaw: bytes) -> str:
        payload = encode(ulaw.ljust(LEAST, SILENCE_BYTE), newline=False).decode("ascii")
        return f'{{"event":"media","media":{{"payload":"{payload}"}}}}'

    return write


def mark(stream_id: str, name: str) -> str:
    """Asks to be told when everything before it was played."""
    return json.dumps({"event": "mark", "mark": {"name": name}})


def clear(stream_id: str) -> str:
    """Empties Telnyx's queue, which returns all pending marks."""
    return '{"event":"clear"}'


def _read(text: str, decode: Callable[[bytes], bytes]) -> MediaMessage | None:
    try:
        message = orjson.loads(text)
        event = message["event"]
        if event == "media":  # fifty a second
            media = message["media"]
            if media.get("track", "inbound") != "inbound":
                return None
            return Sound(decode(binascii.a2b_base64(media["payload"])))
        known = READERS.get(event)
        return None if known is None else known(message)
    except (ValueError, KeyError, TypeError, AttributeError) as problem:
        raise Unintelligible(f"a Telnyx stream message of no known form: {type(problem).__name__}") from None


def _started(message: dict[str, Any]) -> Started:
    start = message["start"]
    parameters = {str(name): str(value) for name, value in (start.get("custom_parameters") or {}).items()}
    encoding = str((start.get("media_format") or {}).get("encoding", "PCMU"))
    if encoding not in DECODERS:
        raise Unintelligible(f"a Telnyx stream of {encoding}: expected {' or '.join(DECODERS)}")
    return Started(
        stream_id=str(message["stream_id"]),
        provider_call_id=ProviderCallId(str(start["call_control_id"])) if start.get("call_control_id") else None,
        token=parameters.get(TOKEN),
        encoding=encoding,
    )


def _error(message: dict[str, Any]) -> MediaMessage | None:
    """What we sent was not to Telnyx's liking; the stream goes on."""
    told = message["payload"]
    raise Unintelligible(f"Telnyx reports {told.get('code')} {told.get('title')}: {told.get('detail')}")


READERS: Final[dict[str, Callable[[dict[str, Any]], MediaMessage | None]]] = {
    "mark": lambda message: Mark(str(message["mark"]["name"])),
    "dtmf": lambda message: Key(str(message["dtmf"]["digit"])),
    "start": _started,
    "stop": lambda message: Stopped(),
    "error": _error,
}
"""Those beside `media`. `connected` says nothing, and neither does what is not known here."""

wire: Final = Wire(read=read, reader=reader, sound=sound, mark=mark, clear=clear)
