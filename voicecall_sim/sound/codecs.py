"""G.722, Opus and MP3, by FFmpeg's libraries: the package `av`, which the extra `codecs` brings.

It is imported when the first of them is made: it is large, and most calls are G.711.
"""

from __future__ import annotations

import importlib.util
import io
from collections.abc import Mapping
from functools import cache
from typing import Any, Final, NamedTuple

import numpy as np

from voicecall_sim.sound.g711 import Samples
from voicecall_sim.sound.wav import Recording

REMEDY: Final = "needs the package av: pip install 'voicecall[codecs]'"


class NoCodecs(ImportError):
    """The package that has the codecs is not installed; the message names the remedy."""


class Undecodable(ValueError):
    """Bytes that are not of that codec."""


class Kind(NamedTuple):
    """A codec as FFmpeg has it: what encodes and decodes, the samples a second that they take and make."""

    encoder: str
    decoder: str
    taken: int
    made: int
    bit_rate: int | None = None
    options: Mapping[str, str] = {}


OPUS_OPTIONS: Final = {"application": "audio", "frame_duration": "20", "compression_level": "0"}
"""Least effort: a fifth of the time of the most, and as intelligible."""

KINDS: Final[Mapping[str, Kind]] = {
    "G722": Kind("g722", "g722", 16_000, 16_000),
    # a packet for each 20 ms; the decoder makes 48 kHz of whatever band is in it (RFC 6716)
    "OPUS": Kind("libopus", "libopus", 16_000, 48_000, 32_000, OPUS_OPTIONS),
}


@cache
def available() -> bool:
    """Whether the package is installed."""
    return importlib.util.find_spec("av") is not None


def ffmpeg() -> Any:
    """The package. Raises `NoCodecs`."""
    try:
        import av
    except ModuleNotFoundError:
        raise NoCodecs(f"G.722, Opus and MP3: this {REMEDY}") from None
    return av


class Encoder:
    """Codes samples at `rate` as they come. The same samples make the same bytes."""

    def __init__(self, codec: str) -> None:
        self._av = ffmpeg()
        kind = KINDS[codec]
        self.rate = kind.taken
        self._at = 0
        self._coder = self._av.CodecContext.create(kind.encoder, "w")
        self._coder.sample_rate, self._coder.format, self._coder.layout = kind.taken, "s16", "mono"
        if kind.bit_rate is not None:
            self._coder.bit_rate = kind.bit_rate
        self._coder.options = dict(kind.options)

    def encode(self, samples: Samples) -> bytes:
        """The next 20 ms."""
        row = np.ascontiguousarray(samples).reshape(1, -1)
        frame = self._av.AudioFrame.from_ndarray(row, format="s16", layout="mono")
        frame.sample_rate, frame.pts = self.rate, self._at
        self._at += len(samples)
        return b"".join(map(bytes, self._coder.encode(frame)))


class Decoder:
    """Makes samples at `rate` of what was coded, packet by packet."""

    def __init__(self, codec: str) -> None:
        self._av = ffmpeg()
        kind = KINDS[codec]
        self.rate = kind.made
        self._decoder = self._av.CodecContext.create(kind.decoder, "r")
        self._decoder.sample_rate, self._decoder.layout = kind.made, "mono"

    def decode(self, packet: bytes) -> Samples:
        """The samples of the next packet. Raises `Undecodable`."""
        try:
            frames = self._decoder.decode(self._av.Packet(packet))
        except (self._av.FFmpegError, ValueError) as error:
            raise Undecodable(str(error)) from None
        return _joined(frames)[0] if frames else np.zeros(0, np.int16)


def read_mp3(data: bytes) -> Recording:
    """What an MP3 file holds. Raises `Undecodable`."""
    av = ffmpeg()
    try:
        with av.open(io.BytesIO(data), format="mp3") as file:
            frames = list(file.decode(audio=0))
    except (av.FFmpegError, ValueError, IndexError) as error:
        raise Undecodable(str(error)) from None
    if not frames:
        raise Undecodable("there is no audio in it")
    return Recording(_joined(frames), frames[0].sample_rate)


def _joined(frames: list[Any]) -> Any:
    """The samples of all frames, a row for each channel."""
    rows = np.concatenate([frame.to_ndarray() for frame in frames], axis=1)
    if rows.dtype == np.int16:
        return rows
    return np.clip(np.rint(rows * 32768), -32768, 32767).astype(np.int16)
