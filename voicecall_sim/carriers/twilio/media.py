"""Audio that an application offers for playing: how long it is. What it sounds like is not told here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from voicecall_sim.sound.sound import Sound, Wordless
from voicecall_sim.world.clock import SECOND, Micros

MP3_BYTES: Final = 16_000
"""Bytes a second of an MP3: 128 kbit/s."""
GSM_BYTES: Final = 1_650
"""Bytes a second of GSM 06.10: 33 bytes every 20 ms."""
ULAW_BYTES: Final = 8_000
PCM_BYTES: Final = 16_000
MEDIA_LIMIT: Final = 40 * 1024 * 1024


def audio(url: str, kind: str, body: bytes) -> Sound | None:
    """The sound of a body with that content type; None if it is no audio that Twilio plays."""
    measure = AUDIO_TYPES.get(kind)
    return None if measure is None else Wordless(url.rpartition("/")[2] or url, measure(body))


def wav_duration(body: bytes) -> Micros:
    """By the byte rate and the data chunk of a RIFF file; a body that is none counts as 16-bit PCM at 8 kHz."""
    if body[:4] != b"RIFF" or body[8:12] != b"WAVE":
        return steady(PCM_BYTES)(body)
    at, rate = 12, PCM_BYTES
    while at + 8 <= len(body):
        name, size = body[at : at + 4], int.from_bytes(body[at + 4 : at + 8], "little")
        if name == b"fmt ":
            rate = int.from_bytes(body[at + 16 : at + 20], "little") or PCM_BYTES
        if name == b"data":
            return min(size, len(body) - at - 8) * SECOND // rate
        at += 8 + size + size % 2
    return 0


def steady(rate: int) -> Callable[[bytes], Micros]:
    """The length of a body that has so many bytes a second."""
    return lambda body: len(body) * SECOND // rate


AUDIO_TYPES: Final[Mapping[str, Callable[[bytes], Micros]]] = {
    "audio/mpeg": steady(MP3_BYTES),
    "audio/mp3": steady(MP3_BYTES),
    "audio/wav": wav_duration,
    "audio/wave": wav_duration,
    "audio/x-wav": wav_duration,
    "audio/aiff": steady(PCM_BYTES),
    "audio/x-aifc": steady(PCM_BYTES),
    "audio/x-aiff": steady(PCM_BYTES),
    "audio/x-gsm": steady(GSM_BYTES),
    "audio/gsm": steady(GSM_BYTES),
    "audio/ulaw": steady(ULAW_BYTES),
}

FIDELITY: Final = (
    ("the content types that are played", "voice/twiml/play", "documented"),
    ("WAV lasts as its header says; MP3 as at 128 kbit/s, AIFF as 16-bit 8 kHz", "formats", "assumed"),
)
