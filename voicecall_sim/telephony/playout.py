"""A carrier's playback buffer towards one end of a leg, with its exact play-out clock.

An application fills it faster than it plays; what the person hears is what was played. Not every sample in it is a
sound on the leg: what is heard are *voiced runs* (see `runs`). A run begins on the leg at the instant at which its
first voiced sample plays; when 200 ms of silence have passed it is told to have ended with its last one.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from contextvars import copy_context
from dataclasses import dataclass

from voicecall_sim.sound.sound import SAMPLE, samples
from voicecall_sim.telephony.line import End
from voicecall_sim.telephony.runs import GAP, Run, Tape
from voicecall_sim.world.clock import Micros, seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class Statistics:
    """What became of the audio, in µs: `queued` is `played`, `discarded` (by `clear` or `close`) and what is buffered.

    `refused` was over the limit, or came after `close`, and was never queued. Silence of underruns is not counted.
    """

    queued: Micros
    played: Micros
    discarded: Micros
    refused: Micros


class Playout:
    """Plays G.711 µ-law at 8000 samples/s from the instant of the first append to an empty buffer, first in first out.

    `limit` is how much it holds at most, in µs of audio. `marked` is told the name of each mark when everything queued
    before it has been played. An underrun shorter than 200 ms is silence within the sound, with the audio after it on
    the same grid of 125 µs. Timers run in the context (the host) in which it was made.
    """

    def __init__(
        self, end: End, *, limit: Micros | None = None, marked: Callable[[str], None] = lambda name: None
    ) -> None:
        self._end = end
        self._clock = end.leg.surroundings.clock
        self._context = copy_context()
        self._limit = limit
        self._marked = marked
        self._tape = Tape()
        # when the first sample of the tape plays
        self._origin: Micros = 0
        self._marks: deque[tuple[int, str]] = deque()
        self._timer: asyncio.TimerHandle | None = None
        self._due: Micros = 0
        self._closed = False
        # in samples
        self._queued = self._discarded = self._refused = 0

    @property
    def buffered(self) -> Micros:
        """How much audio is queued and not yet played."""
        return max(0, self._instant(self._tape.length) - self._clock.now())

    @property
    def statistics(self) -> Statistics:
        """What has become of the audio by now."""
        left = max(0, self._tape.length - self._reached(self._clock.now()))
        return Statistics(
            queued=self._queued * SAMPLE,
            played=(self._queued - self._discarded - left) * SAMPLE,
            discarded=self._discarded * SAMPLE,
            refused=self._refused * SAMPLE,
        )

    def append(self, ulaw: bytes) -> bool:
        """Queue 8 kHz µ-law of any length. False, and nothing queued, if it would exceed the limit, or when closed."""
        now = self._clock.now()
        if self._timer is not None and self._due <= now:
            self._work()
        ahead = self._instant(self._tape.length) - now
        if self._closed or (self._limit is not None and max(0, ahead) + len(ulaw) * SAMPLE > self._limit):
            self._refused += len(ulaw)
            return False
        if ahead < 0:
            self._underrun(now)
        self._queued += len(ulaw)
        if self._end.leg.gone is None:
            self._tape.append(ulaw)
        else:
            self._tape.length += len(ulaw)
        if self._tape.runs and (self._timer is None or self._tape.runs[0].over):
            self._work()
        return True

    def mark(self, name: str) -> None:
        """Have `marked` told when everything queued by now has been played: at once (synchronously) when nothing is."""
        self._work()
        if self._closed:
            return
        if self._clock.now() >= self._instant(self._tape.length):
            self._marked(name)
        else:
            self._marks.append((self._tape.length, name))
            self._arm()

    def clear(self) -> list[str]:
        """Empty the buffer and fall silent at this instant; the marks that were pending, in order.

        `marked` is not called for those; a mark whose audio has been played by this very instant is told first.
        """
        self._work()
        pending = [name for _, name in self._marks]
        self._marks.clear()
        now = self._clock.now()
        self._discarded += max(0, self._tape.length - self._reached(now))
        silenced, self._tape, self._origin = self._tape, Tape(), now
        self._disarm()
        for run in silenced.runs:
            if run.playing is not None:
                run.playing.stop()
        return pending

    def close(self) -> None:
        """As `clear`, for good: pending marks are forgotten, later audio is refused. Harmless when it is closed."""
        if not self._closed:
            _ = self.clear()
            self._closed = True

    # -- the play-out clock: positions on the tape, and the instants at which they play

    def _instant(self, position: int) -> Micros:
        return self._origin + position * SAMPLE

    def _reached(self, now: Micros) -> int:
        return samples(now - self._origin)

    def _underrun(self, now: Micros) -> None:
        """The buffer had run dry before: go on with a pause in the sound under way, or begin anew."""
        if self._tape.runs:
            self._tape.length = self._reached(now)
        else:
            self._origin, self._tape.length = now, 0

    # -- what happens while it plays

    def _next(self) -> int | None:
        """The position at which something is to be done: a mark is reached, a run begins or is over."""
        positions = [self._marks[0][0]] if self._marks else []
        while self._tape.runs and self._tape.runs[0].over:
            self._tape.runs.popleft()
        if self._tape.runs:
            run = self._tape.runs[0]
            positions.append(run.last + GAP if run.begun else run.first)
        return min(positions, default=None)

    def _work(self) -> None:
        """Do all that is due, in order; whoever is told may do anything here in turn."""
        while (position := self._next()) is not None and self._instant(position) <= self._clock.now():
            if self._marks and self._marks[0][0] == position:
                self._marked(self._marks.popleft()[1])
            elif self._tape.runs[0].begun:
                self._finish()
            else:
                self._begin(self._tape.runs[0])
        self._arm()

    def _begin(self, run: Run) -> None:
        run.begun, tape = True, self._tape
        run.playing = self._end.play(run.sound, began=self._instant(run.first))
        if tape is not self._tape:
            # whoever heard it begin had the buffer cleared
            run.playing.stop()

    def _finish(self) -> None:
        over = self._tape.runs.popleft().playing
        if over is not None:
            over.finish()

    def _arm(self) -> None:
        """Be called when something is due. A timer that comes too soon is left alone: it looks again."""
        position = self._next()
        if position is None:
            self._disarm()
            return
        due = self._instant(position)
        if self._timer is not None:
            if self._due <= due:
                return
            self._timer.cancel()
        self._due = due
        self._timer = asyncio.get_running_loop().call_later(
            seconds(due - self._clock.now()), self._fire, context=self._context
        )

    def _fire(self) -> None:
        self._timer = None
        self._work()

    def _disarm(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
