"""Which parts of played audio are sounds: voiced runs, joined over silences shorter than 200 ms. Positions, no time."""

from __future__ import annotations

import re
from collections import deque
from typing import Final

from voicecall_sim.sound.growing import Growing
from voicecall_sim.telephony.line import Playing

GAP: Final = 1600
"""So many samples of silence end a run: 200 ms."""

STEPS: Final = 8
"""The µ-law values nearest to zero, up to an amplitude of 56 (-55 dBFS), are silence."""

SILENT: Final = bytes(sign | 0x7F - step for sign in (0x80, 0x00) for step in range(STEPS))
"""Those values, of either sign (ITU-T G.711: all bits are inverted)."""

LONG_SILENCE: Final = re.compile(b"([%b]{%d,})" % (re.escape(SILENT), GAP))


class Run:
    """One sound among what is played, from its `first` voiced sample to behind its `last` one, by their positions.

    `end` is behind the last sample that the sound has; `begun` says whether it is being played, `playing` how.
    """

    __slots__ = ("begun", "end", "first", "last", "playing", "sound")

    def __init__(self, first: int) -> None:
        self.first = self.last = self.end = first
        self.sound = Growing()
        self.begun = False
        self.playing: Playing | None = None

    @property
    def over(self) -> bool:
        """Whether somebody else has put an end to it."""
        return self.playing is not None and self.playing.ended is not None

    def append(self, ulaw: bytes, at: int, voiced: int) -> None:
        """Continue it with these samples from that position on; silence stands between them and the others."""
        if at > self.end:
            self.sound.append(b"\xff" * (at - self.end), 0)
        self.sound.append(ulaw, voiced)
        self.end = at + len(ulaw)
        if voiced:
            self.last = at + voiced


class Tape:
    """What is played, one sample after the other. `runs` are the sounds that are not over, in order."""

    def __init__(self) -> None:
        self.length = 0
        self.runs: deque[Run] = deque()

    def append(self, ulaw: bytes) -> None:
        """Samples behind all the others."""
        if len(ulaw) > GAP:
            for piece in LONG_SILENCE.split(ulaw):
                self._append(piece)
        else:
            self._append(ulaw)

    def _append(self, ulaw: bytes) -> None:
        at, run = self.length, self.runs[-1] if self.runs else None
        self.length += len(ulaw)
        if run is not None and run.over:
            run = None
        size = len(ulaw)
        voiced = len(ulaw.rstrip(SILENT))
        if not voiced:
            # the exact samples of a pause belong to the sound if it goes on
            if run is not None and at - run.last < GAP:
                run.append(ulaw, at, 0)
            return
        if run is not None and at + size - run.last <= GAP:
            # whatever it begins with
            run.append(ulaw, at, voiced)
            return
        lead = size - len(ulaw.lstrip(SILENT))
        if run is not None and at + lead - run.last < GAP:
            run.append(ulaw, at, voiced)
        else:
            run = Run(at + lead)
            self.runs.append(run)
            run.append(ulaw[lead:], at + lead, voiced - lead)
