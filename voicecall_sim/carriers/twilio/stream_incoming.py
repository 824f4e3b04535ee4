"""What an application says over a two-way stream, understood as strictly as Twilio does. Pure.

Three messages are known (docs voice/media-streams/websocket-messages); anything else is a 31951 and ignored.
"""

from __future__ import annotations

from binascii import Error, a2b_base64
from collections.abc import Callable, Mapping
from typing import Any, Final, TypeAlias

from voicecall_sim.carriers.streaming.messages import Clear, Invalid, Mark, read

Message: TypeAlias = bytes | Mark | Clear
"""Audio (µ-law), a mark, a clear."""

MEDIA_KEYS: Final = frozenset({"event", "streamSid", "media"})
PAYLOAD_KEYS: Final = frozenset({"payload"})


def understand(data: bytes, stream_sid: str) -> Message:
    """What one text message means. Raises `Invalid` and `NotText`."""
    message = read(data)
    if not isinstance(message, dict):
        raise Invalid("it is not an object")
    if message.get("event") == "media":
        return audio(message, stream_sid)
    return other(message, stream_sid)


def audio(message: dict[str, Any], stream_sid: str) -> bytes:
    """The audio of a media message: the way that fifty messages a second take."""
    media = message.get("media")
    if message.keys() != MEDIA_KEYS or not isinstance(media, dict) or media.keys() != PAYLOAD_KEYS:
        judge(message, stream_sid, "media", PAYLOAD_KEYS)
        raise AssertionError("a media message that is not whole passed")
    if message["streamSid"] != stream_sid:
        raise Invalid(WRONG_STREAM)
    try:
        return a2b_base64(media["payload"], strict_mode=True)
    except (Error, TypeError, ValueError):
        raise Invalid("media.payload is not base64") from None


def other(message: dict[str, Any], stream_sid: str) -> Message:
    """A mark or a clear."""
    event = message.get("event")
    if not isinstance(event, str) or event not in OTHERS:
        raise Invalid(f"there is no event {event!r}" if "event" in message else "it has no event")
    inside, make = OTHERS[event]
    judge(message, stream_sid, event, inside)
    return make(message.get(event, {}))


def mark(inside: Mapping[str, Any]) -> Mark:
    """A mark."""
    if not isinstance(inside["name"], str):
        raise Invalid("mark.name is not a text")
    return Mark(inside["name"])


OTHERS: Final[Mapping[str, tuple[frozenset[str] | None, Callable[[Mapping[str, Any]], Message]]]] = {
    "mark": (frozenset({"name"}), mark),
    "clear": (None, lambda inside: Clear()),
}
"""The messages but media: the keys inside the object named like the event (None: there is none), and what they make."""

WRONG_STREAM: Final = "its streamSid is not that of this stream"


def judge(message: dict[str, Any], stream_sid: str, event: str, inside: frozenset[str] | None) -> None:
    """Raises `Invalid` unless the fields are exactly those of the event."""
    wanted = {"event", "streamSid"} if inside is None else {"event", "streamSid", event}
    compare(message, frozenset(wanted), "")
    if inside is not None:
        if not isinstance(message[event], dict):
            raise Invalid(f"{event} is not an object")
        compare(message[event], inside, f"{event}.")
    if message["streamSid"] != stream_sid:
        raise Invalid(WRONG_STREAM)


def compare(fields: Mapping[str, Any], wanted: frozenset[str], where: str) -> None:
    """Raises `Invalid` for a field too few or too many."""
    if missing := sorted(wanted - fields.keys()):
        raise Invalid(f"{where}{missing[0]} is missing")
    if extra := sorted(fields.keys() - wanted):
        raise Invalid(f"{where}{extra[0]} is unknown")


FIDELITY: Final = (
    ("a message that is not JSON, unknown, or has a field too few or too many is ignored", "31951", "documented"),
    ("a missing or wrong streamSid makes a message invalid", "31951", "documented"),
    ("a payload that is not base64 makes a message invalid", "no source", "assumed"),
    ("media without audio is accepted", "no source", "assumed"),
    ("a mark's name may be any text", "no source", "assumed"),
)
