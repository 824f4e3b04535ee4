"""What can be heard on a line. In this form a sound is its length and the text that it carries, timed.

A carrier plays a sound, the line carries it, and an ear asks how much of it has been heard by now. Real audio takes
this place behind the same three questions: how long, what text up to an instant, is it speech.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Protocol

from voicecall_sim.world.clock import MILLISECOND, Micros

BYTE_TIME: Final[Micros] = 60 * MILLISECOND
"""How long one UTF-8 byte of spoken text lasts (about 16 characters a second, the pace of speech)."""


class Sound(Protocol):
    """Something audible."""

    @property
    def duration(self) -> Micros:
        """How long it lasts when played to its end."""
        ...

    @property
    def spoken(self) -> bool:
        """Whether it is a voice, as opposed to a beep, music or silence."""
        ...

    def text(self, played: Micros) -> str:
        """The text that has been said after `played` microseconds. A character that was cut shows as `▯`."""
        ...

    def next_change(self, played: Micros) -> Micros | None:
        """When, counted from the beginning, the text next grows; None if it does not any more."""
        ...


@dataclass(frozen=True, slots=True)
class Speech:
    """Spoken text: every UTF-8 byte lasts `byte_time`."""

    words: str
    byte_time: Micros = BYTE_TIME

    @property
    def duration(self) -> Micros:
        """Length of the whole text."""
        return len(self.words.encode()) * self.byte_time

    @property
    def spoken(self) -> bool:
        """A voice."""
        return True

    def text(self, played: Micros) -> str:
        """Whole characters heard; `▯` stands for the one that was cut."""
        whole, rest = divmod(min(played, self.duration), self.byte_time)
        data = self.words.encode()[:whole]
        heard = data.decode(errors="ignore")
        return heard + "▯" if rest or len(heard.encode()) < len(data) else heard

    def next_change(self, played: Micros) -> Micros | None:
        """The end of the byte now being said."""
        after = (played // self.byte_time + 1) * self.byte_time
        return after if after <= self.duration else None


@dataclass(frozen=True, slots=True)
class Wordless:
    """A sound without words: a beep, music, silence, a tone. `name` says which, for the journal."""

    name: str
    duration: Micros

    @property
    def spoken(self) -> bool:
        """Not a voice."""
        return False

    def text(self, played: Micros) -> str:
        """Nothing."""
        return ""

    def next_change(self, played: Micros) -> Micros | None:
        """Never."""
        return None
