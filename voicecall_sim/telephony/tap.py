"""What goes over a leg, as the audio that a carrier hands on: gapless 8 kHz µ-law."""

from __future__ import annotations

from voicecall_sim.sound.sound import samples
from voicecall_sim.telephony.impairments import Impairments
from voicecall_sim.telephony.line import End
from voicecall_sim.telephony.tones import Tones
from voicecall_sim.telephony.track import Track


class Tap:
    """Listens at one end of a leg from its making on: to what arrives there, or with `outgoing` to what that end plays.

    What somebody says has the echo and the noise of their access line in it. With `tones` the keys that are pressed in
    that direction sound in the audio, 100 ms each.
    """

    def __init__(self, end: End, *, outgoing: bool = False, tones: bool = False) -> None:
        speaker = end if outgoing else end.peer
        self._clock = end.leg.surroundings.clock
        self._origin = self._clock.now()
        self._position = 0
        self._track = Track(speaker, self._origin)
        self._impairments = Impairments(speaker, self._origin) if speaker.quality.audible else None
        self._tones = Tones(speaker, self._origin) if tones else None

    def read(self, frame: int = 1) -> bytes:
        """The samples since the last `read`, up to now; silence is 0xFF.

        Whole multiples of `frame` samples only, what is left over comes next time: so a reader every 20 ms gets 160
        bytes each time in virtual time, and in real time, where it may come late, 160, 320 or none of them.
        """
        first = self._position
        count = samples(self._clock.now() - self._origin) - first
        count -= count % frame
        self._position += count
        audio = self._track.ulaw(first, count)
        if self._track.sounds:
            self._track.forget(self._position)
        if self._impairments is not None:
            audio = self._impairments.over(audio, first)
        return audio if self._tones is None else self._tones.over(audio, first)

    def close(self) -> None:
        """Listen no more; what was not read is lost. Harmless when it is closed."""
        for part in (self._track, self._impairments, self._tones):
            if part is not None:
                part.close()
