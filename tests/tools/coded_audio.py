"""Coded speech in the codecs that applications may use, by FFmpeg's libraries and without the simulator's own part."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any

import av
import numpy as np
import soxr

from voicecall_sim.sound.clip import Clip
from voicecall_sim.sound.g711 import Samples, from_ulaw, ulaw
from voicecall_sim.sound.sound import Speech
from voicecall_sim.world.clock import SECOND


def spoken(text: str, rate: int) -> Samples:
    """Somebody says it, and is silent for a tenth of a second."""
    speech = Speech(text)
    audio = from_ulaw(speech.ulaw(0, speech.duration // 125) + b"\xff" * 800)
    made = soxr.resample(audio, 8000, rate)
    return np.asarray(np.concatenate([made, np.zeros(-len(made) % (rate // 50), np.int16)]), np.int16)


def text_of(samples: Samples, rate: int) -> str:
    """What is said in them."""
    return Clip(ulaw(soxr.resample(samples, rate, 8000)), "heard").text(60 * SECOND).strip()


def packets(text: str, encoder: str, rate: int, **options: str) -> list[bytes]:
    """The text in packets of 20 ms."""
    coder: Any = av.CodecContext.create(encoder, "w")
    coder.sample_rate, coder.format, coder.layout, coder.options = rate, "s16", "mono", options
    audio, size = spoken(text, rate), rate // 50
    made = []
    for at in range(0, len(audio), size):
        frame = av.AudioFrame.from_ndarray(audio[at : at + size].reshape(1, -1), format="s16", layout="mono")
        frame.sample_rate, frame.pts = rate, at
        made.append(b"".join(map(bytes, coder.encode(frame))))
    return made


def read_packets(coded: Sequence[bytes], decoder: str, rate: int) -> str:
    """What is said in packets."""
    reader: Any = av.CodecContext.create(decoder, "r")
    reader.sample_rate, reader.layout = rate, "mono"
    frames = [frame.to_ndarray() for packet in coded for frame in reader.decode(av.Packet(packet))]
    return text_of(np.concatenate(frames, axis=1)[0], rate)


def mp3(text: str, rate: int = 24_000, layout: str = "mono") -> bytes:
    """A file in which it is said."""
    file = io.BytesIO()
    with av.open(file, "w", format="mp3") as container:
        stream: Any = container.add_stream("libmp3lame", rate=rate)
        stream.layout, stream.bit_rate = layout, 64_000
        rows = np.tile(spoken(text, rate), (len(stream.layout.channels), 1))
        frame = av.AudioFrame.from_ndarray(rows, format="s16p", layout=layout)
        frame.sample_rate = rate
        for packet in (*stream.encode(frame), *stream.encode(None)):
            container.mux(packet)
    return file.getvalue()
