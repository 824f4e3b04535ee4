"""What one end of a leg plays, laid out on a grid of samples."""

from __future__ import annotations

from collections import deque
from typing import Final

from voicecall_sim.sound.sound import SAMPLE, SILENCE, samples
from voicecall_sim.telephony.line import End, Playing
from voicecall_sim.telephony.signals import Signal, SoundBegan
from voicecall_sim.world.clock import Micros

FAR: Final = 1 << 62
"""A sample that is never reached."""

FRAME: Final = SILENCE * 160


def silence(count: int) -> bytes:
    """That many samples of silence."""
    return FRAME if count == len(FRAME) else SILENCE * count


class Track:
    """Every sound that `speaker` plays from the making of the track on. Sample 0 is at the instant `origin`."""

    def __init__(self, speaker: End, origin: Micros) -> None:
        self.origin = origin
        self.sounds: deque[Playing] = deque()
        # what is played to the other end is told there
        self._close = speaker.peer.listen(self._take)
        if speaker.playing is not None:
            self.sounds.append(speaker.playing)

    def close(self) -> None:
        """Take up no further sounds."""
        self._close()

    def sample(self, instant: Micros) -> int:
        """The number of the first sample that begins at that instant or after it."""
        return -((self.origin - instant) // SAMPLE)

    def ulaw(self, first: int, count: int) -> bytes:
        """That many samples from that one on, as far as they are known by now; silence is 0xFF."""
        if not self.sounds:
            return silence(count)
        if len(self.sounds) == 1:
            begin, end = self._span(self.sounds[0])
            if begin <= first and first + count <= end:
                return self.sounds[0].sound.ulaw(first - begin, count)
        return self._laid_out(first, count)

    def forget(self, before: int) -> None:
        """Let go of the sounds that ended before that sample."""
        while self.sounds and self.sounds[0].ended is not None and self._span(self.sounds[0])[1] <= before:
            self.sounds.popleft()

    def _laid_out(self, first: int, count: int) -> bytes:
        pieces, at, until = [], first, first + count
        for playing in self.sounds:
            begin, end = self._span(playing)
            begin, stop = max(begin, at), min(end, until)
            if begin < stop:
                pieces += [silence(begin - at), playing.sound.ulaw(begin - self.sample(playing.began), stop - begin)]
                at = stop
        return b"".join([*pieces, silence(until - at)])

    def _span(self, playing: Playing) -> tuple[int, int]:
        """Its first sample, and the first after it: far away while it lasts."""
        begin = self.sample(playing.began)
        return begin, FAR if playing.ended is None else begin + samples(playing.ended - playing.began)

    def _take(self, signal: Signal) -> None:
        if isinstance(signal, SoundBegan) and signal.playing.ended is None:
            self.sounds.append(signal.playing)
