"""What can be heard on a line: how long it lasts, the text that it carries, timed, and the audio itself.

A carrier plays a sound, the line carries it, and an ear asks how much of it has been heard by now. Audio is made only
where somebody asks for it: a call without media streams costs no more than its text.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final, Protocol

from voicecall_sim.world.clock import MILLISECOND, Micros

BYTE_TIME: Final[Micros] = 60 * MILLISECOND
"""How long one UTF-8 byte of spoken text lasts (about 16 characters a second, the pace of speech)."""

CUT: Final = "▯"
"""Stands for a character that was cut, or that cannot be made out."""

SAMPLE: Final[Micros] = 125
"""How long one sample of the telephone lasts: 8 kHz."""

SILENCE: Final = b"\xff"
"""A sample of silence in mu-law (ITU-T G.711)."""


def samples(duration: Micros) -> int:
    """How many whole samples of the telephone a duration has."""
    return duration // SAMPLE


class Sound(Protocol):
    """Something audible. The `str` of one that is not a voice names it for the journal."""

    @property
    def open(self) -> bool:
        """Whether more of it may come. Once closed it never changes."""
        ...

    @property
    def duration(self) -> Micros:
        """How long it lasts when played to its end; while it is open, as far as is known by now."""
        ...

    @property
    def spoken(self) -> bool:
        """Whether it is a voice, as opposed to a beep, music or silence."""
        ...

    def text(self, played: Micros) -> str:
        """The text that has been said if it stops after `played` microseconds. A character that was cut is `▯`."""
        ...

    def next_change(self, played: Micros) -> Micros | None:
        """When, counted from the beginning, the next whole character has been said; None if there is none left."""
        ...

    def ulaw(self, first: int, count: int) -> bytes:
        """`count` samples from sample `first` on, as mu-law at 8 kHz; silence beyond its beginning and end."""
        ...

    def follow(self, listener: Callable[[], None]) -> Callable[[], None]:
        """Call the listener whenever its text has grown, and when it is closed; the returned function ends that."""
        ...


def cut_out(audio: bytes, first: int, count: int) -> bytes:
    """`count` samples of mu-law audio from sample `first` on, with silence beyond both its ends."""
    before = min(max(0, -first), count)
    piece = audio[max(0, first) : max(0, first + count)]
    if len(piece) == count:
        return piece
    return SILENCE * before + piece + SILENCE * (count - before - len(piece))


class Finished:
    """What sounds have in common whose audio and text are known from the beginning."""

    __slots__ = ()

    @property
    def open(self) -> bool:
        """Nothing more comes."""
        return False

    def follow(self, listener: Callable[[], None]) -> Callable[[], None]:
        """It never changes: the listener is never called."""
        return _nothing


def _nothing() -> None:
    """Undo nothing."""


@dataclass(frozen=True, slots=True)
class Speech(Finished):
    """Spoken text: every UTF-8 byte lasts `byte_time`."""

    words: str
    byte_time: Micros = BYTE_TIME
    _data: bytes = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if self.byte_time <= 0:
            raise ValueError(f"a byte of speech lasts at least a microsecond, not {self.byte_time}")
        # half a surrogate pair, as broken JSON can carry it, is spoken as a question mark
        object.__setattr__(self, "_data", self.words.encode(errors="replace"))

    @property
    def duration(self) -> Micros:
        """Length of the whole text."""
        return len(self._data) * self.byte_time

    @property
    def spoken(self) -> bool:
        """A voice."""
        return True

    def text(self, played: Micros) -> str:
        """Whole characters heard; `▯` stands for the one that was cut."""
        whole, rest = divmod(max(0, min(played, self.duration)), self.byte_time)
        heard = self._data[:whole].decode(errors="ignore")
        return heard + CUT if rest or not self._between_characters(whole) else heard

    def next_change(self, played: Micros) -> Micros | None:
        """The end of the character now being said."""
        if played >= self.duration:
            return None
        after = max(0, played) // self.byte_time + 1
        while not self._between_characters(after):
            after += 1
        return after * self.byte_time

    def ulaw(self, first: int, count: int) -> bytes:
        """Coded speech. Raises `ValueError` if a byte of it is shorter or longer than that can be."""
        from voicecall_sim.sound.code import encode_ulaw

        return cut_out(encode_ulaw(self.words, self.byte_time), first, count)

    def _between_characters(self, position: int) -> bool:
        # the bytes within a character are 10xxxxxx (RFC 3629, section 3)
        return position >= len(self._data) or self._data[position] & 0xC0 != 0x80


@dataclass(frozen=True, slots=True)
class Wordless(Finished):
    """A sound without words: a beep, music, silence, a tone. `name` says which, for the journal."""

    name: str
    duration: Micros

    def __str__(self) -> str:
        return self.name

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

    def ulaw(self, first: int, count: int) -> bytes:
        """The tones of that name."""
        from voicecall_sim.sound.rendering import rendered

        begin = max(0, first)
        return cut_out(rendered(self.name, begin, min(first + count, samples(self.duration))), first - begin, count)


@dataclass(frozen=True, slots=True)
class Rest:
    """What is left of a sound for somebody who begins to listen after `skipped` microseconds of it."""

    sound: Sound
    skipped: Micros

    def __str__(self) -> str:
        return str(self.sound)

    @property
    def open(self) -> bool:
        """As the whole."""
        return self.sound.open

    @property
    def duration(self) -> Micros:
        """What is left."""
        return max(0, self.sound.duration - self.skipped)

    @property
    def spoken(self) -> bool:
        """As the whole."""
        return self.sound.spoken

    def text(self, played: Micros) -> str:
        """The text since then. A character under way at that instant cannot be made out: `▯`."""
        if played <= 0:
            return ""
        before, now = self.sound.text(self.skipped), self.sound.text(self.skipped + played)
        whole = before.removesuffix(CUT)
        return now[len(whole) :] if whole == before else CUT + now[len(before) :]

    def next_change(self, played: Micros) -> Micros | None:
        """As the whole."""
        after = self.sound.next_change(self.skipped + max(0, played))
        return None if after is None else after - self.skipped

    def ulaw(self, first: int, count: int) -> bytes:
        """The audio from the first whole sample after the skipped part on."""
        if first < 0:
            before = min(-first, count)
            return SILENCE * before + self.ulaw(0, count - before)
        return self.sound.ulaw(first - (-self.skipped // SAMPLE), count)

    def follow(self, listener: Callable[[], None]) -> Callable[[], None]:
        """As the whole."""
        return self.sound.follow(listener)
