"""Coded speech: sound that carries its text, and the ear for it.

What a synthesizer speaks can be decoded from what arrives at an ear: the order, what was cut, what was lost on the way
and what was garbled all show in the text.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import Final

import numpy as np

from voicecall_sim.sound.g711 import RATE, ULAW_SILENCE, Samples, from_ulaw, ulaw
from voicecall_sim.sound.sound import BYTE_TIME, CUT
from voicecall_sim.sound.waveform import AMPLITUDE, HIGH, LONGEST, LOW, SHORTEST, starts, symbol, symbol_ulaw
from voicecall_sim.world.clock import MILLISECOND, Micros


@lru_cache(maxsize=256)
def encode(text: str, rate: int = RATE, byte_time: Micros = BYTE_TIME, amplitude: int = AMPLITUDE) -> Samples:
    """Coded speech at that rate in samples a second, of `amplitude` for each of its two tones; not to be written to.

    Every byte of UTF-8 lasts `byte_time`, 30 ms to 120 ms (`ValueError` for others); half a surrogate pair is spoken
    as a question mark.
    """
    check(byte_time)
    data = text.encode(errors="replace")
    places = pairwise(starts(len(data), byte_time, rate))
    parts = [symbol(byte, end - start, rate, amplitude) for byte, (start, end) in zip(data, places, strict=True)]
    made = np.concatenate([np.zeros(0, np.int16), *parts])
    made.flags.writeable = False
    return made


@lru_cache(maxsize=1024)
def encode_ulaw(text: str, byte_time: Micros = BYTE_TIME) -> bytes:
    """Coded speech as mu-law at 8 kHz."""
    check(byte_time)
    data = text.encode(errors="replace")
    places = pairwise(starts(len(data), byte_time))
    return b"".join([symbol_ulaw(byte, end - start) for byte, (start, end) in zip(data, places, strict=True)])


def check(byte_time: Micros) -> None:
    """Raises `ValueError` for a pace that cannot be heard."""
    if not SHORTEST <= byte_time <= LONGEST:
        raise ValueError(
            f"a byte of audible speech lasts {SHORTEST // MILLISECOND} to {LONGEST // MILLISECOND} ms,"
            f" not {byte_time / MILLISECOND:g} ms"
        )


@dataclass(frozen=True, slots=True)
class Symbol:
    """A character that was heard, or `▯`; `began` and `ended` are sample indices from the decoder's beginning."""

    text: str
    began: int
    ended: int


_SYMBOL: Final = 480


class Decoder:
    """Hears coded speech in mu-law at 8 kHz. Symbols once appended never change.

    What is unintelligible but clearly meant as speech, or was cut, is `▯`. Beeps, music and silence are nothing.
    """

    def __init__(self) -> None:
        self.symbols: list[Symbol] = []
        self.heard = 0
        self._buffer = bytearray()
        self._start: int | None = None

    def feed(self, ulaw: bytes) -> None:
        """Hear more."""
        self._buffer += ulaw
        self.heard += len(ulaw)
        self._decode()

    def feed_linear(self, samples: Samples) -> None:
        """Hear more, given as linear samples at 8 kHz."""
        self.feed(ulaw(samples))

    def finish(self) -> None:
        """No more comes: a character under way was cut."""
        self._decode()

    def text_at(self, sample: int) -> str:
        """What had been heard at that sample, with `▯` for a character under way there."""
        text = "".join(s.text for s in self.symbols if s.ended <= sample)
        under_way = any(s.began < sample < s.ended for s in self.symbols)
        return text + CUT if under_way else text

    def next_change(self, sample: int) -> int | None:
        """The end of the next character after that sample; None while none is known."""
        return next((s.ended for s in self.symbols if s.ended > sample), None)

    def _decode(self) -> None:
        while True:
            if self._start is None:
                done = self.symbols[-1].ended if self.symbols else 0
                rest = bytes(self._buffer[done:])
                loud = len(rest) - len(rest.lstrip(bytes([ULAW_SILENCE])))
                if loud == len(rest):
                    return
                self._start = max(done, done + loud - 1)
            if len(self._buffer) < self._start + _SYMBOL:
                return
            x = from_ulaw(bytes(self._buffer[self._start + 20 : self._start + 180])).astype(float)
            spectrum = np.abs(np.exp(-2j * np.pi * np.outer((*LOW, *HIGH), np.arange(160)) / RATE) @ x)
            byte = int(spectrum[:16].argmax()) | int(spectrum[16:].argmax()) << 4
            self.symbols.append(Symbol(chr(byte), self._start, self._start + _SYMBOL))
            self._start = None
