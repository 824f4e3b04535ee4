"""How loud sound is, and whether it is the caller or the echo of what we play."""

from __future__ import annotations


def level(ulaw: bytes) -> float:
    """The root mean square of this sound: 0 for silence, 1 for full scale. A microsecond for a frame."""
    raise NotImplementedError


class DoubleTalk:
    """Tells the caller's speech from the echo of what we play, and from steady noise (Geigel's test).

    A line returns what is played on it attenuated, some hundred milliseconds later at most. A frame counts as the
    caller's when it is louder than the loudest that was played within that time, less the least attenuation.
    Frames are numbered by their 20 ms from any common beginning, as in `int(loop.time() / 0.02)`.
    """

    def played(self, ulaw: bytes, frame: int) -> None:
        """This (a frame, or whole frames one after another) plays from the frame of this number on. Future is fine."""
        raise NotImplementedError

    def cleared(self, frame: int) -> None:
        """What was to be played from this frame on is not."""
        raise NotImplementedError

    def heard(self, ulaw: bytes, frame: int) -> bool:
        """Whether the caller speaks as of this frame, heard at this number."""
        raise NotImplementedError
