"""A session's configuration: what an update changes in it, and what it refuses."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from voicecall_sim.services.openai.realtime import catalogue
from voicecall_sim.services.openai.shapes import Refusal, missing

FIDELITY: Final = (
    ("an update changes what it names; null turns off", "types/realtime/session_update_event", "documented"),
    ("session.type is obligatory: missing_required_parameter", "observed traffic (TanStack/ai#586)", "captured"),
    ("a session keeps its type: invalid_parameter", "observed traffic (justspeaktoit#427)", "captured"),
    ("the voice cannot change after audio was spoken", "types/realtime/session_update_event", "documented"),
    ("the code of that refusal, cannot_update_voice", "no source", "assumed"),
    ("the model cannot change", "types/realtime/session_update_event", "documented"),
)

WRONG_SESSION: Final[Mapping[str, str]] = {
    "transcription": "Passing a transcription session update event to a realtime session is not allowed.",
    "realtime": "Passing a realtime session update event to a transcription session is not allowed.",
}


def updated(now: Mapping[str, Any], event: Mapping[str, Any], *, has_spoken: bool) -> dict[str, Any]:
    """The configuration after a `session.update`. Raises `Refusal`; nothing is changed then."""
    if "session" not in event:
        raise missing("session")
    change = catalogue.SESSION("session", event["session"])
    if change["type"] != now["type"]:
        raise Refusal(WRONG_SESSION[change["type"]], "invalid_parameter", "session.type")
    after = over(now, change)
    realtime = now["type"] == "realtime"
    if realtime and after["model"] != now["model"]:
        raise Refusal("Cannot update the model of a session.", "invalid_parameter", "session.model")
    if realtime and has_spoken and after["audio"]["output"]["voice"] != now["audio"]["output"]["voice"]:
        raise Refusal("Cannot update a conversation's voice if assistant audio is present.", "cannot_update_voice")
    after["audio"]["input"]["turn_detection"] = turns(now, change, realtime=realtime)
    fits(after["audio"]["input"])
    return after


def over(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    """`above` laid over `below`: `audio` part by part, everything else whole."""
    merged = {**below, **above, "audio": {**below["audio"]}}
    for part, change in above.get("audio", {}).items():
        merged["audio"][part] = {**below["audio"].get(part, {}), **change}
    return merged


def turns(now: Mapping[str, Any], change: Mapping[str, Any], *, realtime: bool) -> dict[str, Any] | None:
    """Turn detection after the change: what is not said of a kind stays, or is the default."""
    before = now["audio"]["input"]["turn_detection"]
    given = change.get("audio", {}).get("input", {})
    if "turn_detection" not in given:
        return dict(before) if before else None
    wanted = given["turn_detection"]
    if wanted is None:
        return None
    same = before if before and before["type"] == wanted["type"] else {}
    return {**catalogue.turn_defaults(wanted["type"], realtime=realtime), **same, **wanted}


def fits(heard: Mapping[str, Any]) -> None:
    """Raises `Refusal` for a transcription model that does not do what is asked of it."""
    transcription, path = heard["transcription"], "session.audio.input"
    if not transcription or transcription.get("model") != catalogue.WHISPER:
        return
    if heard["turn_detection"] is not None:
        message = f"Turn detection is not supported with {catalogue.WHISPER}: set it to null."
        raise Refusal(message, "invalid_value", f"{path}.turn_detection")
    if transcription.get("prompt"):
        message = f"A prompt is not supported with {catalogue.WHISPER}."
        raise Refusal(message, "invalid_value", f"{path}.transcription.prompt")
