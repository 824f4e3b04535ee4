"""The codecs of media streams: from the line's mu-law to what the application gets, and back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import ceil, gcd
from typing import Final, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from voicecall_sim.sound.codecs import REMEDY, Decoder, Encoder, available
from voicecall_sim.sound.g711 import RATE, Samples, alaw_to_ulaw, from_ulaw, ulaw, ulaw_to_alaw

CROSSINGS: Final = 12
"""Zero crossings of the sinc on each side."""
PASSED: Final = 0.95
"""What is passed of the band that both rates can hold."""
WIDEBAND: Final = 16_000

Code: TypeAlias = Callable[[bytes], bytes]
"""Turns audio that comes in pieces into another form, piece by piece."""


class Encoding(NamedTuple):
    """How audio goes to the application: the `media_format` of its start frame, and the encoder."""

    name: str
    sample_rate: int
    encode: Code


class Resampler:
    """From one rate to another as audio comes: a sinc under a Hann window, a millisecond or two behind."""

    def __init__(self, source: int, target: int) -> None:
        common = gcd(source, target)
        self._up, self._down = target // common, source // common
        cutoff = min(1.0, target / source) * PASSED
        reach = ceil(CROSSINGS / cutoff)
        self._width = 2 * reach
        away = np.arange(self._up)[:, None] / self._up - reach + np.arange(self._width)
        window = np.cos(np.pi / 2 * np.clip(away / (reach + 1), -1, 1)) ** 2
        self._weights: NDArray[np.float64] = cutoff * np.sinc(cutoff * away) * window
        self._held: NDArray[np.float64] = np.zeros(self._width - 1)
        self._first = 1 - self._width
        self._next = 0

    def feed(self, samples: Samples) -> Samples:
        """More of the source; what that makes of the target."""
        held = np.concatenate([self._held, samples])
        end = self._first + len(held)
        count = max(0, -(-end * self._up // self._down) - self._next)
        wanted = np.arange(self._next, self._next + count) * self._down
        newest = wanted // self._up
        rows = (newest - self._first)[:, None] - np.arange(self._width)
        made = (held[rows] * self._weights[wanted % self._up]).sum(axis=1)
        self._next += count
        kept = self._next * self._down // self._up - self._width + 1
        self._held, self._first = held[kept - self._first :], kept
        return np.asarray(np.clip(np.rint(made), -32768, 32767), np.int16)


def same(audio: bytes) -> bytes:
    """As it is."""
    return audio


def to_linear(rate: int, *, little_endian: bool) -> Code:
    """16-bit linear samples at that rate."""
    order = "<i2" if little_endian else ">i2"
    if rate == RATE:
        return lambda audio: from_ulaw(audio).astype(order).tobytes()
    resampler = Resampler(RATE, rate)
    return lambda audio: resampler.feed(from_ulaw(audio)).astype(order).tobytes()


def from_linear(rate: int, *, little_endian: bool) -> Code:
    """From 16-bit linear samples at that rate; half a sample at the end is dropped."""
    order = "<i2" if little_endian else ">i2"
    resampler = None if rate == RATE else Resampler(rate, RATE)

    def decode(audio: bytes) -> bytes:
        samples = np.frombuffer(audio[: len(audio) // 2 * 2], order).astype(np.int16)
        return ulaw(samples if resampler is None else resampler.feed(samples))

    return decode


def to_coded(codec: str) -> Code:
    """The codec's packets of 20 ms."""
    encoder = Encoder(codec)
    resampler = Resampler(RATE, encoder.rate)
    return lambda audio: encoder.encode(resampler.feed(from_ulaw(audio)))


def from_coded(codec: str) -> Code:
    """From the codec's packets, one at a time. Raises `Undecodable`."""
    decoder = Decoder(codec)
    resampler = Resampler(decoder.rate, RATE)
    return lambda packet: ulaw(resampler.feed(decoder.decode(packet)))


PLAIN: Final[Mapping[str, Code]] = {"PCMU": same, "PCMA": ulaw_to_alaw}
CODED: Final[Mapping[str, int]] = {"G722": RATE, "OPUS": WIDEBAND}
"""Codecs that FFmpeg has, and the rate by which they are announced: that of G722 is its RTP clock (RFC 3551, 4.5.2)."""


def lacking(codec: str) -> str | None:
    """Why a codec cannot be had here, in a sentence with its remedy; None for one that can."""
    if codec in CODED:
        return None if available() else f"{codec} {REMEDY}"
    return f"{codec} is not emulated" if codec == "AMR-WB" else None


def encoding(codec: str, call_codec: str, *, little_endian: bool) -> Encoding:
    """How audio goes to an application that wants this codec; the call's own if it cannot be had."""
    if codec == "L16":
        return Encoding("L16", WIDEBAND, to_linear(WIDEBAND, little_endian=little_endian))
    if codec in CODED and lacking(codec) is None:
        return Encoding(codec, CODED[codec], to_coded(codec))
    name = codec if codec in PLAIN else call_codec
    return Encoding(name, RATE, PLAIN[name])


def decoder(codec: str, rate: int, *, little_endian: bool) -> Code:
    """What makes mu-law of the application's audio. It has to be a codec that is not `lacking`."""
    match codec:
        case "PCMU":
            return same
        case "PCMA":
            return alaw_to_ulaw
        case "L16":
            return from_linear(rate, little_endian=little_endian)
        case _:
            return from_coded(codec)


FIDELITY: Final = (
    ("PCMU and PCMA at 8 kHz, L16 at 16 kHz: 160 or 640 bytes for 20 ms", "media streaming", "documented"),
    ("G722: 160 bytes for 20 ms, announced with 8000, its RTP clock", "media streaming; RFC 3551", "documented"),
    ("OPUS: a packet for each 20 ms, announced with 16000", "media streaming; no source for the rate", "assumed"),
    ("an OPUS message holds one packet, of any rate and length", "RTP payload without its header", "assumed"),
    ("both directions have codecs of their own", "media streaming; a client's bug report", "live-tested"),
    ("a codec that cannot be had is the call's; here AMR-WB never can", "OpenAPI", "documented"),
    ("L16 is little-endian; terms.little_endian changes it", "two later live tests against an RFC", "reported"),
    ("AMR-WB is not emulated: the application's is not heard, which the journal says", "our limit", "assumed"),
    ("bidirectional L16 comes at the stream's bidirectional sampling rate", "OpenAPI", "documented"),
)
