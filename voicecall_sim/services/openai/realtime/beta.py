"""The old form of transcription sessions, as it was until May 2026 (OpenAI docs, realtime beta)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import orjson

FIDELITY: Final = (
    (
        "transcription_session.update, .created, .updated; conversation.item.created",
        "realtime beta reference",
        "documented",
    ),
    ("only transcription sessions, and only where the service is told to accept them", "no source", "assumed"),
)

FORMATS: Final[Mapping[str, Mapping[str, Any]]] = {
    "pcm16": {"type": "audio/pcm", "rate": 24_000},
    "g711_ulaw": {"type": "audio/pcmu"},
    "g711_alaw": {"type": "audio/pcma"},
}
NAMES: Final[Mapping[str, str]] = {form["type"]: name for name, form in FORMATS.items()}
INPUT: Final[Mapping[str, str]] = {
    "input_audio_format": "format",
    "input_audio_transcription": "transcription",
    "input_audio_noise_reduction": "noise_reduction",
    "turn_detection": "turn_detection",
}
EVENTS: Final[Mapping[str, str | None]] = {
    "session.created": "transcription_session.created",
    "session.updated": "transcription_session.updated",
    "conversation.item.added": "conversation.item.created",
    "conversation.item.done": None,
}
"""The old names of events; None for those that there were not."""


def incoming(data: str | bytes) -> str | bytes:
    """A message in the old form as the general one; any other message as it is."""
    try:
        event = orjson.loads(data)
    except orjson.JSONDecodeError:
        return data
    if not isinstance(event, dict) or event.get("type") != "transcription_session.update":
        return data
    given = event.get("session")
    if not isinstance(given, dict):
        return orjson.dumps({**event, "type": "session.update"})
    heard = {INPUT[name]: value for name, value in given.items() if name in INPUT}
    if isinstance(heard.get("format"), str):
        heard["format"] = FORMATS.get(heard["format"], {"type": heard["format"]})
    more = {name: value for name, value in given.items() if name not in INPUT}
    session = {"type": "transcription", "audio": {"input": heard}, **more}
    return orjson.dumps({**event, "type": "session.update", "session": session})


def outgoing(event: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """An event in the old form; None where there was no such event."""
    name = EVENTS.get(event["type"], event["type"])
    if name is None:
        return None
    if "session" not in event:
        return {**event, "type": name}
    now, heard = event["session"], event["session"]["audio"]["input"]
    session = {"id": now["id"], "object": now["object"], "expires_at": now["expires_at"]}
    session |= {old: heard[new] for old, new in INPUT.items()}
    session["input_audio_format"] = NAMES[heard["format"]["type"]]
    return {**event, "type": name, "session": session}
