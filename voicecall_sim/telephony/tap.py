"""What goes over a leg, as the audio that a carrier hands on: gapless 8 kHz µ-law."""

from __future__ import annotations

from voicecall_sim.telephony.line import End


class Tap:
    """Listens at one end of a leg from its making on: to what arrives there, or with `outgoing` to what that end plays.

    With `tones` the keys that are pressed in that direction sound in the audio, 100 ms each.
    """

    def __init__(self, end: End, *, outgoing: bool = False, tones: bool = False) -> None:
        raise NotImplementedError

    def read(self, frame: int = 1) -> bytes:
        """The samples since the last `read`, up to now; silence is 0xFF.

        Whole multiples of `frame` samples only, what is left over comes next time: so a reader every 20 ms gets 160
        bytes each time in virtual time, and in real time, where it may come late, 160, 320 or none of them.
        """
        raise NotImplementedError

    def close(self) -> None:
        """Listen no more; what was not read is lost. Harmless when it is closed."""
        raise NotImplementedError
