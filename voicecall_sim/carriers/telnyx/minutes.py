"""What is said on a leg while it is recorded, as text; and when both sides have been silent for long."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from voicecall_sim.carriers.telnyx.leg import CallLeg
from voicecall_sim.telephony.line import Playing
from voicecall_sim.telephony.signals import Signal, SoundBegan, SoundEnded
from voicecall_sim.world.clock import SECOND


class Minutes:
    """Listens to both sides. `quiet` is called after `silence` seconds without a sound (0: never)."""

    def __init__(self, leg: CallLeg, silence: int, quiet: Callable[[], None]) -> None:
        self._leg = leg
        self._silence = silence
        self._quiet = quiet
        self._said: list[str] = []
        self._sounding: list[Playing] = []
        self._timer: asyncio.TimerHandle | None = None
        ends = (leg.end, leg.end.peer)
        for speaker in ends:
            if speaker.playing is not None:
                self._sounding.append(speaker.playing)
        self._stops = [end.listen(self._hear) for end in ends]
        self._arm()

    @property
    def text(self) -> str:
        """All that was said, in the order in which it ended."""
        return " ".join(words for words in self._said if words)

    def close(self) -> None:
        """Listen no more; what is under way counts as far as it was heard. Harmless when it is closed."""
        for stop in self._stops:
            stop()
        self._said += [playing.heard for playing in self._sounding]
        self._stops, self._sounding = [], []
        if self._timer is not None:
            self._timer.cancel()

    def _hear(self, signal: Signal) -> None:
        match signal:
            case SoundBegan(playing):
                self._sounding.append(playing)
            case SoundEnded(playing) if playing in self._sounding:
                self._sounding.remove(playing)
                self._said.append(playing.heard)
            case _:
                pass
        self._arm()

    def _arm(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._silence and not self._sounding:
            self._timer = self._leg.plant.tasks.later(self._silence * SECOND, self._quiet)
