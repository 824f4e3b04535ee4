"""Audio that an application offers for playing. WAV and mu-law are heard as they are; of the rest only the length."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from voicecall_sim.sound.clip import Clip, from_wav
from voicecall_sim.sound.sound import Sound, Wordless
from voicecall_sim.sound.wav import NoWav
from voicecall_sim.world.clock import SECOND

MP3_BYTES: Final = 16_000
"""Bytes a second of an MP3: 128 kbit/s."""
GSM_BYTES: Final = 1_650
"""Bytes a second of GSM 06.10: 33 bytes every 20 ms."""
PCM_BYTES: Final = 16_000
MEDIA_LIMIT: Final = 40 * 1024 * 1024


def audio(url: str, kind: str, body: bytes) -> Sound | None:
    """The sound of a body with that content type; None if it is no audio that Twilio plays."""
    read = AUDIO_TYPES.get(kind)
    return None if read is None else read(body, url.rpartition("/")[2] or url)


def recorded(body: bytes, name: str) -> Sound:
    """What a WAV file sounds like. One that cannot be read lasts as long as 16-bit PCM at 8 kHz would."""
    try:
        return from_wav(body, name)
    except NoWav:
        return steady(PCM_BYTES)(body, name)


def steady(rate: int) -> Callable[[bytes, str], Sound]:
    """Sound of which only the length is known, from so many bytes a second."""
    return lambda body, name: Wordless(name, len(body) * SECOND // rate)


AUDIO_TYPES: Final[Mapping[str, Callable[[bytes, str], Sound]]] = {
    "audio/mpeg": steady(MP3_BYTES),
    "audio/mp3": steady(MP3_BYTES),
    "audio/wav": recorded,
    "audio/wave": recorded,
    "audio/x-wav": recorded,
    "audio/aiff": steady(PCM_BYTES),
    "audio/x-aifc": steady(PCM_BYTES),
    "audio/x-aiff": steady(PCM_BYTES),
    "audio/x-gsm": steady(GSM_BYTES),
    "audio/gsm": steady(GSM_BYTES),
    "audio/ulaw": Clip,
}

FIDELITY: Final = (
    ("the content types that are played", "voice/twiml/play", "documented"),
    ("WAV and mu-law are heard as they are", "voice/twiml/play", "documented"),
    ("an MP3 lasts as at 128 kbit/s, AIFF as 16-bit 8 kHz; neither has text", "formats", "assumed"),
)
