"""From the formats in which vendors speak to that of the telephone: mu-law at 8000 Hz, one channel."""

from __future__ import annotations

import re
from typing import Final, Protocol

from voicecall_sdk.audio.g711 import alaw_to_ulaw, encode_ulaw
from voicecall_sdk.audio.resample import HIGHEST, LOWEST, Resampler
from voicecall_sdk.audio.wav import read_header

PCM_RATE: Final = 24_000
"""The rate of `pcm` without one (OpenAI docs, audio/createSpeech)."""

ULAW: Final = frozenset({"ulaw_8000", "raw-8khz-8bit-mono-mulaw"})
ALAW: Final = frozenset({"alaw_8000", "raw-8khz-8bit-mono-alaw"})
PCM: Final = re.compile(r"pcm(?:_(?P<rate>[0-9]{4,6}))?|raw-(?P<khz>[0-9]{1,3})khz-16bit-mono-pcm")


class Converter:
    """Converts a stream of one format, in pieces of any size.

    Formats: `pcm` (24 kHz), `pcm_<rate>`, `raw-<n>khz-16bit-mono-pcm`, `ulaw_8000`, `raw-8khz-8bit-mono-mulaw`,
    `alaw_8000`, `raw-8khz-8bit-mono-alaw`. A WAV header before pcm is dropped, and its rate believed. Raises
    `ValueError` for any other format, when it is made or, for a WAV of another kind, when it is fed.
    """

    def __init__(self, format: str, *, provider: str = "") -> None:  # noqa: A002 - the vendors' word
        way = _way(format)
        if way is None:
            raise ValueError(f'Unsupported telephony TTS output format "{format}" from provider "{provider}"')
        self._way = way

    def feed(self, sound: bytes) -> bytes:
        """The mu-law that is certain by now."""
        return self._way.feed(sound)

    def finish(self) -> bytes:
        """What is left. Nothing can be fed after it."""
        return self._way.finish()


class Way(Protocol):
    """How one format is converted."""

    def feed(self, sound: bytes) -> bytes:
        """The mu-law that is certain by now."""
        ...

    def finish(self) -> bytes:
        """The rest."""
        ...


class _Ulaw:
    def feed(self, sound: bytes) -> bytes:
        return sound

    def finish(self) -> bytes:
        return b""


class _Alaw(_Ulaw):
    def feed(self, sound: bytes) -> bytes:
        return alaw_to_ulaw(sound)


class _Pcm:
    """Samples, perhaps behind a WAV header. `left` counts the samples' bytes where the header says how many."""

    def __init__(self, rate: int) -> None:
        self._rate = rate
        self._start = b""
        self._resampler: Resampler | None = None
        self._left: int | None = None

    def feed(self, sound: bytes) -> bytes:
        if self._resampler is None:
            sound = self._begun(sound)
        if self._resampler is None:
            return b""
        if self._left is not None:
            sound = sound[: self._left]
            self._left -= len(sound)
        return encode_ulaw(self._resampler.feed(sound))

    def finish(self) -> bytes:
        rest = b""
        if self._resampler is None:  # so short that it might have become a header
            self._resampler = Resampler(self._rate)
            rest = self._resampler.feed(self._start)
        return encode_ulaw(rest + self._resampler.finish())

    def _begun(self, sound: bytes) -> bytes:
        """The samples among the first bytes, once it is clear where they begin."""
        self._start += sound
        try:
            header = read_header(self._start)
        except EOFError:
            return b""
        if header is None:
            self._resampler = Resampler(self._rate)
            return self._start
        self._resampler, self._left = Resampler(header.rate), header.size
        return self._start[header.length :]


def _way(name: str) -> Way | None:
    if name in ULAW:
        return _Ulaw()
    if name in ALAW:
        return _Alaw()
    if (pcm := PCM.fullmatch(name)) is None:
        return None
    rate = _rate_of(int(pcm["khz"])) if pcm["khz"] else int(pcm["rate"] or PCM_RATE)
    return _Pcm(rate) if LOWEST <= rate <= HIGHEST else None


def _rate_of(khz: int) -> int:
    """Azure's names round: 22khz is 22050, 44khz 44100 (Azure docs, speech-synthesis audio outputs)."""
    return {22: 22_050, 11: 11_025, 44: 44_100}.get(khz, khz * 1000)
