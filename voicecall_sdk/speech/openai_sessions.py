"""Sessions of OpenAI's Realtime interface as `session.update` describes them (reference, sections 8.5 and 10.10)."""

from __future__ import annotations

from typing import Any, Final

from voicecall_sdk.speech.settings import ListeningSettings, RealtimeSettings

TELEPHONE: Final = {"type": "audio/pcmu"}
PREFIX_PADDING: Final = 0.3

DEFAULT_INSTRUCTIONS: Final = (
    "You are a helpful voice assistant on a phone call. Speak naturally and briefly: one or two short sentences at a "
    "time. The caller cannot see anything, so use no lists, links or formatting. If you did not understand, ask."
)


def transcription_session(settings: ListeningSettings) -> dict[str, Any]:
    """A session that transcribes."""
    return {
        "type": "transcription",
        "audio": {
            "input": {
                "format": TELEPHONE,
                "transcription": _present(
                    model=settings.model, language=settings.language, prompt=settings.prompt or None
                ),
                "turn_detection": _server_vad(settings.vad_threshold, settings.silence, PREFIX_PADDING),
            }
        },
    }


def realtime_session(settings: RealtimeSettings) -> dict[str, Any]:
    """A session that converses. The model answers by itself when the caller stops, and stops when the caller begins."""
    turns = _server_vad(settings.vad_threshold, settings.silence, settings.prefix_padding)
    return {
        "type": "realtime",
        "model": settings.model,
        "instructions": instructions_of(settings),
        "output_modalities": ["audio"],
        "audio": {
            "input": {
                "format": TELEPHONE,
                "noise_reduction": None,
                "transcription": _present(model=settings.transcription_model, language=settings.language),
                "turn_detection": {**turns, "create_response": True, "interrupt_response": True},
            },
            "output": _present(format=TELEPHONE, voice=settings.voice, speed=settings.speed),
        },
        "tools": [
            {"type": "function", "name": tool.name, "description": tool.description, "parameters": tool.parameters}
            for tool in settings.tools
        ],
        "tool_choice": "auto",
    }


def instructions_of(settings: RealtimeSettings) -> str:
    """The configured instructions, or the built-in ones."""
    return settings.instructions or DEFAULT_INSTRUCTIONS


def saying(text: str) -> dict[str, Any]:
    """A response that says this text."""
    return {
        "instructions": f'Say the following to the caller, word for word, and nothing else: "{text}"',
        "tool_choice": "none",
    }


def greeting(text: str, settings: RealtimeSettings) -> dict[str, Any]:
    """A response that begins the conversation with this text (reference, section 10.4, 5)."""
    asked = f'The call has just been connected. Greet the caller naturally now, and include this: "{text}"'
    return {"instructions": f"{instructions_of(settings)}\n\n{asked}", "tool_choice": "none"}


def _server_vad(threshold: float, silence: float, padding: float) -> dict[str, Any]:
    return {
        "type": "server_vad",
        "threshold": threshold,
        "prefix_padding_ms": round(padding * 1000),
        "silence_duration_ms": round(silence * 1000),
    }


def _present(**values: Any) -> dict[str, Any]:
    return {key: value for key, value in values.items() if value is not None}
