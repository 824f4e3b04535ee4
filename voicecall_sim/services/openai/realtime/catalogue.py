"""What Realtime sessions may be told: events, formats, voices, models, and the shape of a session's configuration."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from voicecall_sim.services.audio import ALAW, PCM_24K, ULAW, Format
from voicecall_sim.services.openai import shapes
from voicecall_sim.services.openai.shapes import Refusal, Shape, fields, nullable, one_of

FIDELITY: Final = (
    ("parameters of sessions, events and items", "types/realtime of the openai package", "documented"),
    ("audio/pcm at 24 kHz, audio/pcmu, audio/pcma", "guides/realtime", "documented"),
    ("a language is a code of two or three letters", "guides/realtime-transcription (ISO-639-1)", "documented"),
    ("gpt-realtime-whisper takes no turn detection and no prompt", "types/realtime/audio_transcription", "documented"),
    ("semantic_vad is a pause of 1 s (low 1.5 s, high 0.6 s)", "no source", "assumed"),
    (
        "noise reduction, idle_timeout_ms, prompt, tracing, truncation, reasoning and include are taken without effect",
        "no source",
        "assumed",
    ),
)

FORMATS: Final[Mapping[str, Format]] = {"audio/pcm": PCM_24K, "audio/pcmu": ULAW, "audio/pcma": ALAW}

VOICES: Final = ("alloy", "ash", "ballad", "coral", "echo", "sage", "shimmer", "verse", "marin", "cedar")
MODELS: Final = ("gpt-realtime", "gpt-4o-realtime-preview", "gpt-4o-mini-realtime-preview", "gpt-audio")
"""How the names of speech-to-speech models begin."""

WHISPER: Final = "gpt-realtime-whisper"
TRANSCRIBERS: Final = (
    "whisper-1",
    "gpt-transcribe",
    "gpt-live-transcribe",
    "gpt-4o-mini-transcribe",
    "gpt-4o-mini-transcribe-2025-12-15",
    "gpt-4o-transcribe",
    "gpt-4o-transcribe-diarize",
    WHISPER,
)

EVENTS: Final = (
    "session.update",
    "input_audio_buffer.append",
    "input_audio_buffer.commit",
    "input_audio_buffer.clear",
    "conversation.item.create",
    "conversation.item.truncate",
    "conversation.item.delete",
    "conversation.item.retrieve",
    "response.create",
    "response.cancel",
    "output_audio_buffer.clear",
)
"""What a client may say."""


def language(path: str, value: Any) -> str:
    """A language of two or three letters."""
    if not re.fullmatch("[a-z]{2,3}", shapes.text(path, value)):
        message = f"Invalid language '{value}'. Language parameter must be specified in ISO-639-1 format."
        raise Refusal(message, "invalid_value", path)
    return str(value)


FORMAT: Final = shapes.by_type(
    {
        "audio/pcm": fields({"type": shapes.text, "rate": shapes.whole(24_000, 24_000)}),
        "audio/pcmu": fields({"type": shapes.text}),
        "audio/pcma": fields({"type": shapes.text}),
    }
)
TRANSCRIPTION: Final = fields(
    {
        "model": one_of(TRANSCRIBERS),
        "language": nullable(language),
        "languages": nullable(shapes.listed(language)),
        "prompt": nullable(shapes.text),
        "keywords": nullable(shapes.listed(shapes.text)),
        "delay": one_of(("minimal", "low", "medium", "high", "xhigh")),
    }
)
ANSWERS: Final[Mapping[str, Shape]] = {"create_response": shapes.flag, "interrupt_response": shapes.flag}
TURNS: Final = shapes.by_type(
    {
        "server_vad": fields(
            {
                "type": shapes.text,
                "threshold": shapes.number(0.0, 1.0),
                "prefix_padding_ms": shapes.whole(0, 60_000),
                "silence_duration_ms": shapes.whole(0, 60_000),
                "idle_timeout_ms": nullable(shapes.whole(5_000, 30_000)),
                **ANSWERS,
            }
        ),
        "semantic_vad": fields(
            {"type": shapes.text, "eagerness": one_of(("low", "medium", "high", "auto")), **ANSWERS}
        ),
    }
)
NOISE: Final = fields(
    {"type": one_of(("near_field", "far_field")), "strength": shapes.number(0.0, 10.0)},
)
INPUT: Final = fields(
    {
        "format": FORMAT,
        "noise_reduction": nullable(NOISE),
        "transcription": nullable(TRANSCRIPTION),
        "turn_detection": nullable(TURNS),
    }
)
VOICE: Final = shapes.either(dict, fields({"id": shapes.text}, ("id",)), one_of(VOICES))
OUTPUT: Final = fields({"format": FORMAT, "voice": VOICE, "speed": shapes.number(0.25, 1.5)})
TOOL: Final = shapes.by_type(
    {
        "function": fields(
            {"type": shapes.text, "name": shapes.text, "description": shapes.text, "parameters": shapes.anything},
            ("name",),
        ),
        "mcp": shapes.anything,
    }
)
TOOL_CHOICE: Final = shapes.either(
    str,
    one_of(("none", "auto", "required")),
    shapes.by_type({"function": fields({"type": shapes.text, "name": shapes.text}, ("name",)), "mcp": shapes.anything}),
)
TOKENS: Final = shapes.either(str, one_of(("inf",)), shapes.whole(1, 4096))


def modalities(path: str, value: Any) -> Any:
    """Text or audio, not both."""
    given = shapes.listed(one_of(("text", "audio")))(path, value)
    if len(given) != 1:
        message = f"Invalid modalities: {value}. Supported combinations are: ['text'] and ['audio']."
        raise Refusal(message, "invalid_value", path)
    return given


SPEAKS: Final[Mapping[str, Shape]] = {
    "instructions": shapes.text,
    "output_modalities": modalities,
    "tools": shapes.listed(TOOL),
    "tool_choice": TOOL_CHOICE,
    "max_output_tokens": TOKENS,
    "parallel_tool_calls": shapes.flag,
    "prompt": nullable(shapes.anything),
    "reasoning": nullable(shapes.anything),
}
INCLUDE: Final = nullable(shapes.listed(one_of(("item.input_audio_transcription.logprobs",))))
SESSION: Final = shapes.by_type(
    {
        "transcription": fields(
            {"type": shapes.text, "audio": fields({"input": INPUT}), "include": INCLUDE},
        ),
        "realtime": fields(
            {
                "type": shapes.text,
                "model": shapes.text,
                "audio": fields({"input": INPUT, "output": OUTPUT}),
                "include": INCLUDE,
                "tracing": nullable(shapes.anything),
                "truncation": shapes.anything,
                **SPEAKS,
            }
        ),
    }
)
RESPONSE: Final = fields(
    {
        "audio": fields({"output": fields({"format": FORMAT, "voice": VOICE})}),
        "conversation": one_of(("auto", "none")),
        "input": shapes.listed(shapes.anything),
        "metadata": nullable(shapes.anything),
        **SPEAKS,
    }
)
TRUNCATE: Final = fields(
    {
        "type": shapes.text,
        "event_id": nullable(shapes.text),
        "item_id": shapes.text,
        "content_index": shapes.whole(0, 1_000_000),
        "audio_end_ms": shapes.whole(0, 1_000_000_000),
    },
    ("item_id", "content_index", "audio_end_ms"),
)
PAUSES: Final[Mapping[str, int]] = {"low": 1500, "medium": 1000, "auto": 1000, "high": 600}
"""How long a pause ends a turn with semantic turn detection, in ms."""


def turn_defaults(kind: str, *, realtime: bool) -> dict[str, Any]:
    """Turn detection as it is unless something else is said."""
    vad = {"threshold": 0.5, "prefix_padding_ms": 300, "silence_duration_ms": 500}
    given = vad | {"idle_timeout_ms": None} if kind == "server_vad" else {"eagerness": "auto"}
    answers = {"create_response": True, "interrupt_response": True} if realtime else {}
    if not realtime:
        given.pop("idle_timeout_ms", None)
    return {"type": kind, **given, **answers}


def fresh(kind: str, session_id: str, expires_at: int, model: str) -> dict[str, Any]:
    """The configuration with which a session begins."""
    pcm = {"type": "audio/pcm", "rate": 24_000}
    heard = {"format": pcm, "transcription": None, "noise_reduction": None}
    heard["turn_detection"] = turn_defaults("server_vad", realtime=kind == "realtime")
    head = {"type": kind, "id": session_id, "expires_at": expires_at, "include": None}
    if kind == "transcription":
        return {**head, "object": "realtime.transcription_session", "audio": {"input": heard}}
    return {
        **head,
        "object": "realtime.session",
        "model": model,
        "output_modalities": ["audio"],
        "instructions": "You are a helpful, witty, and friendly AI by OpenAI.",
        "tools": [],
        "tool_choice": "auto",
        "max_output_tokens": "inf",
        "tracing": None,
        "truncation": "auto",
        "prompt": None,
        "audio": {"input": heard, "output": {"format": pcm, "voice": "alloy", "speed": 1.0}},
    }
