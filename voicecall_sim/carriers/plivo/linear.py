"""The encodings of audio streams, from and to the telephone's 8 kHz mu-law: one converter a direction and stream."""

from __future__ import annotations

from typing import Final

import numpy as np

from voicecall_sim.sound.g711 import Samples, from_ulaw, ulaw

MULAW: Final = "audio/x-mulaw"
L16: Final = "audio/x-l16"
TELEPHONE: Final = 8000


class Outwards:
    """What is heard, encoded for the application: mu-law, or 16-bit little-endian at 8, 16 or 24 kHz."""

    def __init__(self, encoding: str, rate: int) -> None:
        self._encoding = encoding
        self._rate = rate
        self._last = 0

    def convert(self, heard: bytes) -> bytes:
        """One frame."""
        if self._encoding == MULAW:
            return heard
        samples = from_ulaw(heard)
        return (samples if self._rate == TELEPHONE else self._raised(samples)).astype("<i2").tobytes()

    def _raised(self, samples: Samples) -> Samples:
        """At twice or three times the rate: values in between, the frames joined without a step."""
        times = self._rate // TELEPHONE
        before = np.concatenate(([self._last], samples[:-1])).astype(np.int32)
        made = np.empty(times * len(samples), np.int16)
        for step in range(1, times + 1):
            made[step - 1 :: times] = (before * (times - step) + samples.astype(np.int32) * step) // times
        self._last = int(samples[-1])
        return made


class Inwards:
    """What the application says, as mu-law at 8 kHz. An odd byte or sample waits for the next message."""

    def __init__(self, encoding: str, rate: int) -> None:
        self._encoding = encoding
        self._group = 2 * rate // TELEPHONE
        self._left = b""

    def convert(self, payload: bytes) -> bytes:
        """One message."""
        if self._encoding == MULAW:
            return payload
        whole = self._left + payload
        size = len(whole) // self._group * self._group
        self._left = whole[size:]
        samples = np.frombuffer(whole[:size], "<i2").astype(np.int32).reshape(-1, self._group // 2)
        return ulaw(samples.mean(axis=1).astype(np.int16))


def read_type(content_type: str, rate: int | None = None) -> tuple[str, int] | None:
    """Encoding and rate of a content type with or without its rate; None for what no stream has."""
    encoding, _, parameter = content_type.partition(";")
    encoding = encoding.strip().lower()
    written = parameter.strip().removeprefix("rate=")
    found = int(written) if written.isdecimal() else rate or TELEPHONE
    return (encoding, found) if (encoding, found) in KNOWN else None


KNOWN: Final = frozenset({(MULAW, 8000), (L16, 8000), (L16, 16_000), (L16, 24_000)})

FIDELITY: Final = (
    ("L16 is little-endian", "plivo-labs/agent-transport, protocol.rs", "reimplemented"),
    ("20 ms are 160 bytes of mu-law, 320 of L16 at 8 kHz, 640 at 16 kHz", "audio-streaming reference", "documented"),
    ("16 and 24 kHz are made by values in between and taken by means of two or three", "our choice", "assumed"),
    ("24 kHz may be asked for by REST, not in XML", "docs voice/api/audio-stream", "documented"),
)
