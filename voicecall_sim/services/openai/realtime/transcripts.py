"""Transcripts of what the user said: told as they are made out, a while after the audio was committed."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import Any, Final

from voicecall_sim.services.audio import Format
from voicecall_sim.services.openai.realtime.conversation import Item
from voicecall_sim.services.openai.realtime.wire import Wire
from voicecall_sim.services.openai.thinking import counted, tokens
from voicecall_sim.world.clock import MILLISECOND, SECOND, Micros, seconds

FIDELITY: Final = (
    ("deltas, then completed with the whole transcript and its usage", "types/realtime", "documented"),
    ("whisper-1 tells one delta with everything", "guides/realtime-transcription", "documented"),
    ("a transcript takes 250 ms; later turns may overtake earlier ones if there is jitter", "no source", "assumed"),
    ("a failure is conversation.item.input_audio_transcription.failed", "types/realtime", "documented"),
)

EVENT: Final = "conversation.item.input_audio_transcription."
WHOLE: Final = "whisper-1"

Note = Callable[..., None]
"""Journals an event of the session."""


class Transcripts:
    """The transcripts of one session that are under way."""

    def __init__(self, wire: Wire, note: Note) -> None:
        self._wire, self._note = wire, note
        self._timers: dict[asyncio.TimerHandle, None] = {}

    def begin(self, item: Item, form: Format, config: Mapping[str, Any], delay: Micros, *, fails: bool) -> None:
        """Transcribe an item in that time (µs), by the session's `transcription`."""
        work = self._fail if fails else self._tell
        loop = asyncio.get_running_loop()

        def due() -> None:
            self._timers.pop(timer, None)
            work(item, form, config)

        timer = loop.call_later(seconds(delay), due)
        self._timers[timer] = None

    def stop(self) -> None:
        """What is under way is not told."""
        for timer in self._timers:
            timer.cancel()
        self._timers.clear()

    def _tell(self, item: Item, form: Format, config: Mapping[str, Any]) -> None:
        at = {"item_id": item.id, "content_index": 0}
        pieces = [item.text] if config.get("model") == WHOLE and item.text else tokens(item.text)
        for piece in pieces:
            self._wire.tell(f"{EVENT}delta", **at, delta=piece)
        for part in item.body["content"]:
            part["transcript"] = item.text
        self._note("transcript", item=item.id, text=item.text)
        self._wire.tell(f"{EVENT}completed", **at, transcript=item.text, usage=usage(item, form, config))

    def _fail(self, item: Item, form: Format, config: Mapping[str, Any]) -> None:
        error = {
            "type": "server_error",
            "code": "transcription_failed",
            "message": "Input transcription failed.",
            "param": None,
        }
        self._note("error", item=item.id, code=error["code"])
        self._wire.tell(f"{EVENT}failed", item_id=item.id, content_index=0, error=error)


def usage(item: Item, form: Format, config: Mapping[str, Any]) -> dict[str, Any]:
    """What a transcript costs: seconds, or tokens of 100 ms of audio and of text."""
    duration = form.duration(len(item.audio))
    if config.get("model") == WHOLE:
        return {"type": "duration", "seconds": -(-duration // SECOND)}
    heard, written = duration // (100 * MILLISECOND), counted(item.text)
    return {
        "type": "tokens",
        "input_tokens": heard,
        "input_token_details": {"audio_tokens": heard, "text_tokens": 0},
        "output_tokens": written,
        "total_tokens": heard + written,
    }
