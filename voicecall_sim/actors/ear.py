"""An ear at one end of a leg: it turns the voices that reach it into utterances."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextvars import Context
from typing import TYPE_CHECKING, Final

from voicecall_sim.actors.utterance import Stretch, Utterance
from voicecall_sim.telephony.line import End, Playing
from voicecall_sim.telephony.signals import Gone, Signal, SoundBegan, SoundEnded
from voicecall_sim.world.clock import MILLISECOND, Micros, seconds

if TYPE_CHECKING:
    from voicecall_sim.actors.hearing import Hearing

SILENCE: Final[Micros] = 400 * MILLISECOND
"""The silence that ends an utterance. Sounds that are nearer to each other belong to one."""


class Ear:
    """Hears what the other end plays, from when it is opened until the leg ends or it is closed.

    Only voices count: a beep or music is silence to it. `whole` is called with each utterance that is complete.
    `superseded` is when its hearer turned to a later call.
    """

    def __init__(
        self,
        end: End,
        hearing: Hearing,
        whole: Callable[[Utterance], None] = lambda utterance: None,
        context: Context | None = None,
    ) -> None:
        self.end = end
        self.superseded: Micros | None = None
        self._hearing = hearing
        self._clock = end.leg.surroundings.clock
        self._context = context
        self._tell_whole = whole
        self._current: Utterance | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._quiet_since = self._clock.now()
        self._stop: Callable[[], None] = lambda: None
        self._unfollow: Callable[[], None] = lambda: None

    @property
    def now(self) -> Micros:
        """The present instant."""
        return self._clock.now()

    @property
    def utterances(self) -> list[Utterance]:
        """What it heard, in order; the last one may be under way."""
        return [utterance for utterance in self._hearing.utterances if utterance.ear is self and utterance.voiced]

    @property
    def running(self) -> str:
        """The text of the utterance under way; empty when none is."""
        return "" if self._current is None else self._current.text

    @property
    def spoken_to(self) -> bool:
        """Whether the other side is speaking, be it in a pause between words (see `telephony.playout`)."""
        return self._current is not None and not self._current.stretches[-1].over

    @property
    def sounding(self) -> bool:
        """Whether a voice reaches it at this moment."""
        if self._current is None or self._current.stretches[-1].over:
            return False
        last = self._current.stretches[-1]
        return not last.sound.open or last.heard < last.sound.duration

    @property
    def quiet_since(self) -> Micros:
        """When the last voice ended, or the ear began to hear; now while a voice sounds."""
        current = self._current
        return self._quiet_since if current is None or current.stretches[-1].over else current.ended

    def voiced_since(self, instant: Micros) -> bool:
        """Whether any voice reached it after that instant."""
        return any(stretch.ended > instant for utterance in self.utterances for stretch in utterance.stretches)

    def open(self) -> None:
        """Hear from now on. A voice under way is heard from its middle."""
        self._quiet_since = self._clock.now()
        self._stop = self.end.listen(self._take)
        if self.end.peer.playing is not None:
            self._voice_began(self.end.peer.playing, self._quiet_since)

    def close(self) -> None:
        """Hear no more; an utterance under way ends here. Harmless when it is closed."""
        self._stop()
        self._unfollow()
        if self._current is not None:
            self._current.stretches[-1].close()
            self._complete(self._current)

    def _take(self, signal: Signal) -> None:
        match signal:
            case SoundBegan(playing):
                # not now: in real time a trifle has passed
                self._voice_began(playing, playing.began)
            case SoundEnded(playing):
                self._voice_ended(playing)
            case Gone():
                self.close()
            case _:
                pass

    def _voice_began(self, playing: Playing, began: Micros) -> None:
        # somebody who heard it begin before us may have stopped it
        if not playing.sound.spoken or playing.ended is not None:
            return
        utterance = self._current
        if utterance is not None and began - utterance.ended >= SILENCE:
            # the timer of the silence fires at this very instant too
            self._complete(utterance)
        self._disarm()
        if self._current is None:
            self._current = self._hearing.begin(self)
        elif not self._current.voiced:
            # what it began with was stopped before its first microsecond
            self._current.stretches.clear()
        self._current.stretches.append(Stretch(playing, began))
        self._unfollow = self._hearing.read_along(playing.sound)
        self._hearing.changed()

    def _voice_ended(self, playing: Playing) -> None:
        utterance = self._current
        if utterance is None or utterance.stretches[-1].playing is not playing:
            return
        self._unfollow()
        if not utterance.stretches[-1].heard and len(utterance.stretches) > 1:
            # stopped before its first microsecond: the silence before it goes on
            utterance.stretches.pop()
        self._quiet_since = utterance.ended
        self._timer = asyncio.get_running_loop().call_later(
            seconds(SILENCE - (self._clock.now() - utterance.ended)), self._complete, utterance, context=self._context
        )
        self._hearing.changed()

    def _complete(self, utterance: Utterance) -> None:
        self._disarm()
        self._current = None
        utterance.complete = True
        self._quiet_since = utterance.ended
        if utterance.voiced:
            self._tell_whole(utterance)
        self._hearing.changed()

    def _disarm(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
