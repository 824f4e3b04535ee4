"""Stream: audio over a WebSocket, beside the document or, with keepCallAlive, in its stead."""

from __future__ import annotations

from typing import Final

from voicecall_sim.carriers.control import Interrupted
from voicecall_sim.carriers.plivo.elements import Stream
from voicecall_sim.carriers.plivo.live import LiveCall
from voicecall_sim.carriers.plivo.steps import Step
from voicecall_sim.carriers.plivo.stream import AudioStream


async def perform_stream(call: LiveCall, wish: Stream) -> Step | None:
    """Begin a stream; with keepCallAlive wait for its end. Raises `Interrupted`."""
    if call.streams:
        call.note(0, "<Stream> is skipped: an audio stream is already active on the call")
        return None
    stream = AudioStream(call, wish)
    if wish.keep_call_alive:
        await outlast(call, stream)
    return None


async def outlast(call: LiveCall, stream: AudioStream) -> None:
    """Wait for a stream's end; a transfer has to wait for it, too. Raises `Interrupted` then."""
    try:
        await call.control.wait(stream.done)
    except Interrupted:
        if not call.over:
            await stream.done
        raise


FIDELITY: Final = (
    (
        "without keepCallAlive the document goes on at once, and its end ends the call",
        "docs voice/xml/audio-streaming",
        "documented",
    ),
    ("with it the document goes on when the socket is closed", "docs voice/xml/audio-streaming", "documented"),
    (
        "a transfer during a keepCallAlive stream takes effect when the socket is closed",
        "appears so; docs unclear",
        "assumed",
    ),
    ("a second <Stream> on a call is skipped", "docs: one stream a call", "assumed"),
)
