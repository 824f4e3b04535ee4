"""A sound that is made while it is heard: audio is appended to it as it comes."""

from __future__ import annotations

from collections.abc import Callable

from voicecall_sim.sound.code import Decoder
from voicecall_sim.sound.sound import SAMPLE, cut_out, samples
from voicecall_sim.world.clock import Micros


class Growing:
    """G.711 µ-law at 8 kHz that grows. It is decoded as far as it goes, when somebody asks or follows."""

    def __init__(self) -> None:
        self._audio = bytearray()
        self._voiced = 0
        self._open = True
        self._decoder: Decoder | None = None
        self._fed = 0
        self._next = 0
        """Before so many samples no further character can be known."""
        self._told = 0
        self._followers: list[Callable[[], None]] = []
        self._texts: dict[Micros, str] = {}
        """What was asked for since it grew: several may wait for the same words."""
        self._changes: dict[Micros, Micros | None] = {}

    @property
    def open(self) -> bool:
        """Whether more may come."""
        return self._open

    @property
    def duration(self) -> Micros:
        """Up to the end of the last voiced sample that is known by now."""
        return self._voiced * SAMPLE

    @property
    def spoken(self) -> bool:
        """A voice."""
        return True

    def append(self, ulaw: bytes, voiced: int | None = None) -> None:
        """Let it grow. Of these samples the first `voiced` (all, if not given) count for `duration`.

        The others count when voiced ones follow. Raises `ValueError` when it is closed.
        """
        if not self._open:
            raise ValueError("a sound that is closed does not grow")
        counted = len(ulaw) if voiced is None else voiced
        if counted:
            self._voiced = len(self._audio) + counted
        self._audio += ulaw
        self._ask_anew()
        if self._followers and len(self._audio) >= self._next and self._further():
            self._tell()

    def close(self) -> None:
        """Nothing more will come. Harmless when it is closed."""
        if self._open:
            self._open = False
            self._ask_anew()
            if self._decoder is not None:
                self._hear(self._decoder)
            self._tell()

    def text(self, played: Micros) -> str:
        """As `Sound.text`, as far as it is known by now."""
        text = self._texts.get(played)
        if text is None:
            text = self._texts[played] = self._text(played)
        return text

    def _text(self, played: Micros) -> str:
        at = samples(played)
        # a spoken character ends in a moment of silence, which the last one may lack
        return self._heard().text_at(at if at < self._voiced else max(at, len(self._audio)))

    def next_change(self, played: Micros) -> Micros | None:
        """As `Sound.next_change`, as far as it is known by now."""
        if played not in self._changes:
            self._changes[played] = self._next_change(played)
        return self._changes[played]

    def _next_change(self, played: Micros) -> Micros | None:
        at = samples(played)
        change = self._heard().next_change(at)
        if change is None or (not self._open and at >= self._voiced):
            return None
        return SAMPLE * (change if self._open else min(change, self._voiced))

    def ulaw(self, first: int, count: int) -> bytes:
        """That many samples from that one on; 0xFF beyond what is known."""
        known = bytes(self._audio[max(0, first) : max(0, first + count)])
        return known if len(known) == count else cut_out(known, min(0, first), count)

    def follow(self, listener: Callable[[], None]) -> Callable[[], None]:
        """Call `listener` when a further character is known and when it closes; the returned function ends that."""
        self._followers.append(listener)
        _ = self._further()
        return lambda: self._followers.remove(listener) if listener in self._followers else None

    def _ask_anew(self) -> None:
        if self._texts:
            self._texts.clear()
        if self._changes:
            self._changes.clear()

    def _heard(self) -> Decoder:
        """The ear for it, up to date."""
        if self._decoder is None:
            self._decoder = Decoder()
        if self._fed < len(self._audio):
            self._hear(self._decoder)
        return self._decoder

    def _hear(self, decoder: Decoder) -> None:
        decoder.feed(bytes(self._audio[self._fed :]))
        self._fed = len(self._audio)
        self._next = decoder.due
        if not self._open:
            decoder.finish()

    def _further(self) -> bool:
        """Whether characters are known that were not when this was asked last."""
        symbols = self._heard().symbols
        if not symbols or symbols[-1].ended <= self._told:
            return False
        self._told = symbols[-1].ended
        return True

    def _tell(self) -> None:
        for listener in tuple(self._followers):
            listener()
