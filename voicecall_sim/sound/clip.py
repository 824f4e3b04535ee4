"""A finished piece of audio: a file that is played, a recording, what a synthesizer made."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from voicecall_sim.sound.sound import SAMPLE, Finished, Speech, cut_out, samples
from voicecall_sim.world.clock import Micros

if TYPE_CHECKING:
    from voicecall_sim.sound.code import Decoder


@dataclass(frozen=True, slots=True)
class Clip(Finished):
    """Audio as mu-law at 8 kHz. `name` is what the journal calls it.

    Its text is the coded speech that is in it. Real audio has none: give its `words`, and they are spread evenly over
    its length.
    """

    audio: bytes
    name: str
    words: str | None = None

    def __str__(self) -> str:
        return self.name

    @property
    def duration(self) -> Micros:
        """Of all its samples."""
        return len(self.audio) * SAMPLE

    @property
    def spoken(self) -> bool:
        """Whether anything is said in it, intelligible or not."""
        return bool(self._spread.words) if self.words is not None else bool(_heard(self.audio).symbols)

    def text(self, played: Micros) -> str:
        """As it is heard when it stops there."""
        if self.words is not None:
            return self._spread.text(played)
        return _heard(self.audio).text_at(samples(max(0, min(played, self.duration))))

    def next_change(self, played: Micros) -> Micros | None:
        """The end of the next character."""
        if self.words is not None:
            return self._spread.next_change(played)
        change = _heard(self.audio).next_change(samples(played))
        return None if change is None else change * SAMPLE

    def ulaw(self, first: int, count: int) -> bytes:
        """The audio itself."""
        return cut_out(self.audio, first, count)

    @property
    def _spread(self) -> Speech:
        size = len((self.words or "").encode(errors="replace"))
        return Speech(self.words or "", max(1, self.duration // max(1, size)))


@lru_cache(maxsize=64)
def _heard(audio: bytes) -> Decoder:
    from voicecall_sim.sound.code import Decoder

    decoder = Decoder()
    decoder.feed(audio)
    decoder.finish()
    return decoder


def from_wav(data: bytes, name: str, words: str | None = None) -> Clip:
    """The clip in a WAV file, its channels mixed. Raises `wav.NoWav` for a file that cannot be read."""
    from voicecall_sim.sound.g711 import ulaw
    from voicecall_sim.sound.resampling import to_telephone
    from voicecall_sim.sound.wav import read_wav

    recording = read_wav(data)
    return Clip(ulaw(to_telephone(recording.mixed, recording.rate)), name, words)


def from_linear(pcm: bytes, rate: int, name: str, words: str | None = None) -> Clip:
    """The clip in 16-bit little-endian PCM, mono, without a header."""
    import numpy as np

    from voicecall_sim.sound.g711 import ulaw
    from voicecall_sim.sound.resampling import to_telephone

    samples = np.frombuffer(pcm[: len(pcm) // 2 * 2], "<i2").astype(np.int16)
    return Clip(ulaw(to_telephone(samples, rate)), name, words)
