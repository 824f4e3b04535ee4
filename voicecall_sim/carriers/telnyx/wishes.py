"""What dial, answer and transfer ask for besides: begun when the leg is answered."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from voicecall_sim.carriers.telnyx import ids
from voicecall_sim.carriers.telnyx.announcing import announcer, played_item
from voicecall_sim.carriers.telnyx.detection import detect
from voicecall_sim.carriers.telnyx.keypad import press
from voicecall_sim.carriers.telnyx.leg import CallLeg
from voicecall_sim.carriers.telnyx.recording import record_from_answer
from voicecall_sim.carriers.telnyx.stream import Stream
from voicecall_sim.carriers.telnyx.transcribing import Transcription

AUDIO: Final = frozenset({"audio_url", "media_name"})


def grant(leg: CallLeg, given: Mapping[str, Any]) -> dict[str, Any]:
    """Have all that is asked for begin when the leg is answered; what REST tells of it. Raises `Refused`."""
    told: dict[str, Any] = {}
    if given.get("record") is not None:
        name = told["recording_id"] = ids.new_uuid(leg.plant.surroundings.chance, "recording")
        leg.promised_recording = name
        leg.on_answer.append(lambda: record_from_answer(leg, given, name))
    if given.get("transcription"):
        leg.on_answer.append(lambda: transcribe(leg, config(given)))
    if given.get("audio_url") or given.get("media_name"):
        item = played_item(leg, {name: given.get(name) for name in ("audio_url", "media_name")})
        leg.on_answer.append(lambda: announcer(leg).add(item))
    if given.get("answering_machine_detection") not in (None, "disabled"):
        leg.on_answer.append(lambda: detect(leg, given))
    if given.get("stream_url") and not given.get("stream_establish_before_call_originate"):
        leg.on_answer.append(lambda: connect(leg, given))
    digits = given.get("send_digits_on_answer")
    if digits:
        leg.on_answer.append(lambda: press(leg, digits))
    return told


def config(given: Mapping[str, Any]) -> Mapping[str, Any]:
    """How dial and answer want to be transcribed."""
    found: Mapping[str, Any] = given.get("transcription_config") or {}
    return found


def transcribe(leg: CallLeg, wanted: Mapping[str, Any]) -> None:
    """Transcribe, unless somebody does already."""
    if leg.transcription is None:
        _ = Transcription(leg, wanted)


def connect(leg: CallLeg, given: Mapping[str, Any]) -> None:
    """Stream, unless there is a stream already."""
    if leg.stream is None:
        _ = Stream(leg, given)


FIDELITY: Final = (("what dial and answer ask for begins when the leg is answered", "OpenAPI", "documented"),)
