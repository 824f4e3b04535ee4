"""WAV files, read and written as bytes: RIFF as Microsoft and IBM laid it down in 1991, with mu-law and A-law."""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from voicecall_sim.sound.g711 import RATE, Samples, from_alaw, from_ulaw

PCM: Final = 1
FLOAT: Final = 3
ALAW: Final = 6
ULAW: Final = 7
EXTENSIBLE: Final = 0xFFFE


class NoWav(ValueError):
    """Bytes that are no WAV file, or one in a form that is not known here; the message says which."""


@dataclass(frozen=True, slots=True)
class Format:
    """The `fmt ` chunk: how samples are coded, how many channels, samples a second and bits there are."""

    tag: int
    channels: int
    rate: int
    bits: int


@dataclass(frozen=True, slots=True)
class Recording:
    """What a file holds: one row of samples for each channel."""

    channels: NDArray[np.int16]
    rate: int

    @property
    def mixed(self) -> Samples:
        """All channels in one."""
        return np.asarray(np.rint(self.channels.mean(axis=0)), np.int16)


def read_wav(data: bytes) -> Recording:
    """What a WAV file holds: linear PCM of 8 or 16 bits, mu-law or A-law, any rate and number of channels.

    A file that breaks off is read as far as it goes. Raises `NoWav` for anything else.
    """
    if data[:4] != b"RIFF" or data[8:12] != b"WAVE":
        raise NoWav("it does not begin as a WAV file does, with RIFF....WAVE")
    form: Format | None = None
    for name, body in chunks(data):
        if name == b"fmt ":
            form = format_of(body)
        elif name == b"data":
            return recording(form, body)
    raise NoWav("a WAV file without a data chunk")


def chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """The chunks of a RIFF file. They begin at even places."""
    at = 12
    while at + 8 <= len(data):
        size = int.from_bytes(data[at + 4 : at + 8], "little")
        yield data[at : at + 4], data[at + 8 : at + 8 + size]
        at += 8 + size + size % 2


def format_of(body: bytes) -> Format:
    """A `fmt ` chunk, the extensible one too."""
    if len(body) < 16:
        raise NoWav("a WAV file whose fmt chunk is too short")
    tag, channels, rate, _, _, bits = struct.unpack_from("<HHIIHH", body)
    if tag == EXTENSIBLE and len(body) >= 26:
        # the sub-format's first two bytes are the tag of old
        tag = int.from_bytes(body[24:26], "little")
    if not channels or not rate:
        raise NoWav("a WAV file without channels or without a rate")
    return Format(tag, channels, rate, bits)


def recording(form: Format | None, body: bytes) -> Recording:
    """The samples of a `data` chunk."""
    if form is None:
        raise NoWav("a WAV file whose data come before their format")
    decode = CODECS.get((form.tag, form.bits))
    if decode is None:
        raise NoWav(
            f"a WAV file of format {form.tag} with {form.bits} bits; 8 and 16-bit PCM, mu-law and A-law are read"
        )
    block = form.channels * form.bits // 8
    samples = decode(body[: len(body) // block * block])
    return Recording(samples.reshape(-1, form.channels).T, form.rate)


def _eight_bits(body: bytes) -> Samples:
    return ((np.frombuffer(body, np.uint8).astype(np.int16) - 128) << 8).astype(np.int16)


CODECS: Final[Mapping[tuple[int, int], Callable[[bytes], Samples]]] = {
    (PCM, 8): _eight_bits,
    (PCM, 16): lambda body: np.frombuffer(body, "<i2").astype(np.int16),
    (ULAW, 8): from_ulaw,
    (ALAW, 8): from_alaw,
}


def wav(*channels: Samples, rate: int = RATE) -> bytes:
    """A WAV file of 16-bit PCM, with these channels: one is mono, two are left and right. All are equally long."""
    frames = np.stack(channels, axis=1).astype("<i2").tobytes()
    block = 2 * len(channels)
    form = struct.pack("<HHIIHH", PCM, len(channels), rate, rate * block, block, 16)
    head = b"WAVEfmt " + struct.pack("<I", len(form)) + form + b"data" + struct.pack("<I", len(frames))
    return b"RIFF" + struct.pack("<I", len(head) + len(frames)) + head + frames
