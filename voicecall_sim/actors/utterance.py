"""What reached an ear between two silences: an utterance, made of stretches of sound."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from voicecall_sim.sound.sound import CUT, Rest
from voicecall_sim.telephony.line import Playing
from voicecall_sim.world.clock import Micros

if TYPE_CHECKING:
    from voicecall_sim.actors.ear import Ear


FAR: Final[Micros] = 1 << 62
"""An instant that never comes."""


class Stretch:
    """As much of one voice as reaches an ear, from the instant `began` on."""

    def __init__(self, playing: Playing, began: Micros) -> None:
        self.playing = playing
        self.began = began
        self._skipped = began - playing.began
        self.sound = Rest(playing.sound, self._skipped) if self._skipped else playing.sound
        self._closed: Micros | None = None
        self._final: str | None = None

    @property
    def over(self) -> bool:
        """Whether no more of it will come."""
        return self._closed is not None or self.playing.ended is not None

    @property
    def heard(self) -> Micros:
        """How much has been heard by now."""
        if self._closed is not None:
            return self._closed
        heard = self.playing.played - self._skipped
        if self.playing.ended is not None:
            self._closed = heard
        return heard

    @property
    def ended(self) -> Micros:
        """The end of what has been heard by now."""
        return self.began + self.heard

    @property
    def cut(self) -> bool:
        """Whether it broke off."""
        return self.over and self.heard < self.sound.duration

    def close(self) -> None:
        """Hear no more of it."""
        self._closed = self.heard

    def text_at(self, instant: Micros) -> str:
        """What had been said at that instant; `▯` for the character that was cut there."""
        span = instant - self.began
        if self.over and span >= self.heard:
            if self._final is None:
                self._final = self.sound.text(self.heard)
            return self._final
        return self.sound.text(span).removesuffix(CUT)

    def growth(self, after: Micros) -> Iterator[Micros]:
        """The instants after that one at which the text grows; those to come too, as far as they are known, if nobody
        cuts it."""
        end = self.heard if self.over else FAR
        span = self.sound.next_change(max(0, after - self.began))
        while span is not None and span <= end:
            yield self.began + span
            span = self.sound.next_change(span)
        if self.cut and after < self.ended and self.text_at(self.ended).endswith(CUT):
            yield self.ended


class Utterance:
    """What is heard until a silence of 400 ms or the end of the leg; `complete` from then on.

    `number` is its place among all that its hearer heard, `ear` the ear it came to.
    """

    def __init__(self, number: int, ear: Ear) -> None:
        self.number = number
        self.ear = ear
        self.complete = False
        self.stretches: list[Stretch] = []

    @property
    def call(self) -> int | None:
        """The number of the network's call, if the leg is one's."""
        call = self.ear.end.leg.call
        return None if call is None else call.number

    @property
    def began(self) -> Micros:
        """The beginning of the first sound."""
        return self.stretches[0].began

    @property
    def ended(self) -> Micros:
        """The end of the last sound, or now while it lasts."""
        return self.stretches[-1].ended

    @property
    def voiced(self) -> bool:
        """Whether anything of it has reached the ear by now."""
        return self.ended > self.began

    @property
    def cut(self) -> bool:
        """Whether the last sound broke off."""
        return self.stretches[-1].cut

    @property
    def text(self) -> str:
        """What has been heard by now."""
        # the last character of a sound that is still being made ends in a silence that need not count yet
        return self.text_at(max(self.ended, self.ear.now))

    def text_at(self, instant: Micros) -> str:
        """What had been heard at that instant, with a space where two sounds meet and neither has one."""
        texts = [stretch.text_at(instant) for stretch in self.stretches if stretch.began < instant]
        return joined([text for text in texts if text])


def joined(texts: list[str]) -> str:
    """Texts one after the other, with a space where they meet and neither has one."""
    if len(texts) < 2:
        return texts[0] if texts else ""
    gaps = ("" if a[-1].isspace() or b[0].isspace() else " " for a, b in pairwise(texts))
    return texts[0] + "".join(gap + text for gap, text in zip(gaps, texts[1:], strict=True))
