"""Recorded audio as a WAV file: 16-bit PCM at 8 kHz, as Twilio serves it."""

from __future__ import annotations

import io
import wave
from typing import Final

import numpy as np

RATE: Final = 8000
SAMPLE: Final = 2
"""Bytes of one sample."""


def silence(seconds: int, channels: int) -> bytes:
    """Samples of silence, channels interleaved."""
    return bytes(RATE * SAMPLE * channels * seconds)


def mixed(samples: bytes, channels: int) -> bytes:
    """Interleaved channels mixed to one."""
    frames = np.frombuffer(samples, "<i2").reshape(-1, channels)
    return bytes(frames.mean(axis=1).astype("<i2").tobytes())


def wav(samples: bytes, channels: int) -> bytes:
    """The file with these interleaved samples."""
    file = io.BytesIO()
    with wave.open(file, "wb") as writer:
        writer.setnchannels(channels)
        writer.setsampwidth(SAMPLE)
        writer.setframerate(RATE)
        writer.writeframes(samples)
    return file.getvalue()
