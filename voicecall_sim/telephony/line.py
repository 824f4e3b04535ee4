"""A leg: one connection between a calling and a called end, with its signalling and what is heard on it.

`PhoneNetwork` (in `network`) makes legs; carriers and people hold one end each.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

from voicecall_sim.sound.growing import Growing
from voicecall_sim.sound.sound import CUT, Sound
from voicecall_sim.telephony.quality import CLEAR
from voicecall_sim.telephony.signals import (
    IMPLIED_CAUSES,
    KEYS,
    Cause,
    Gone,
    ImpossibleMove,
    LegState,
    Move,
    PickedUp,
    Pressed,
    Rang,
    Signal,
    SoundBegan,
    SoundEnded,
    advance,
)
from voicecall_sim.world.clock import Micros, seconds
from voicecall_sim.world.surroundings import Surroundings

if TYPE_CHECKING:
    from voicecall_sim.telephony.network import Call

Listener = Callable[[Signal], None]


class Subscriber(Protocol):
    """Whoever a number belongs to: a person, a machine, a carrier's customer."""

    def offered(self, end: End) -> None:
        """A call arrives. Called once, in the instant of dialling; must not block. `end` is the called end."""
        ...


class Playing:
    """One sound on its way from one end to the other's ear. `done` is set when it is over.

    A sound that is open (still being made) ends when whoever plays it calls `finish` or `stop`, any other by itself. A
    `Growing` one is closed when it ends; who plays somebody else's plays it as a `Rest`.
    `sound` is what comes out at the other end, `source` what went in. `began` is now unless said otherwise.
    """

    def __init__(
        self,
        surroundings: Surroundings,
        sound: Sound,
        ended: Callable[[Playing], None],
        began: Micros | None = None,
        source: Sound | None = None,
    ) -> None:
        now = surroundings.clock.now()
        self.sound = sound
        self.source = sound if source is None else source
        self.began: Micros = now if began is None else began
        self.ended: Micros | None = None
        self.done = asyncio.Event()
        self._clock = surroundings.clock
        self._tell_end = ended
        self._timer: asyncio.TimerHandle | None = None
        if not sound.open:
            left = self.began + sound.duration - now
            self._timer = asyncio.get_running_loop().call_later(seconds(left), self.finish)

    @property
    def played(self) -> Micros:
        """How much of it has been played by now."""
        until = self._clock.now() if self.ended is None else self.ended
        return min(until - self.began, self.sound.duration)

    @property
    def heard(self) -> str:
        """The text of what has been played by now: without the character under way, which shows as `▯` once cut."""
        return self._text(self.sound)

    @property
    def said(self) -> str:
        """As `heard`, but of what went in: the same unless the line loses something."""
        return self._text(self.source)

    @property
    def cut(self) -> bool:
        """Whether it was stopped before its end."""
        return self.ended is not None and self.ended - self.began < self.sound.duration

    def _text(self, sound: Sound) -> str:
        text = sound.text(self.played)
        return text.removesuffix(CUT) if self.ended is None else text

    def stop(self) -> None:
        """End it at this instant, or when its last voiced sample played, if it is still being made. Harmless later."""
        now = self._clock.now()
        self._end(now if self._timer is not None else min(now, self.began + self.sound.duration))

    def finish(self) -> None:
        """It has been played to its end; that of one still being made may lie a little in the past. Harmless later."""
        end = self.began + self.sound.duration
        # in real time a timer may come a trifle early, and a forwarded sound lags behind its original
        self._end(max(self._clock.now(), end) if self._timer is not None else end)

    def _end(self, instant: Micros) -> None:
        if self.ended is None:
            if self._timer is not None:
                self._timer.cancel()
            if isinstance(self.source, Growing):
                # whoever listens can now make out its last character, and whether it was cut
                self.source.close()
            self.ended = instant
            self.done.set()
            self._tell_end(self)


class End:
    """One end of a leg. Everything done here reaches the other end's listeners in the same instant.

    `quality` is that of its holder's access line.
    """

    def __init__(self, leg: Leg, number: str, holder: str) -> None:
        self.leg = leg
        self.number = number
        self.holder = holder
        self.playing: Playing | None = None
        self.quality = CLEAR
        self._listeners: list[Listener] = []

    @property
    def peer(self) -> End:
        """The other end."""
        return self.leg.called if self is self.leg.calling else self.leg.calling

    def listen(self, listener: Listener) -> Callable[[], None]:
        """Hear every further signal of the leg that concerns this end; the returned function ends that."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener) if listener in self._listeners else None

    def ring(self) -> None:
        """The called end rings. Raises `ImpossibleMove` when it is answered or over, and at the calling end."""
        if self._called().leg.move(Move.RING):
            self.peer.tell(Rang())

    def answer(self) -> None:
        """The called end picks up. Raises `ImpossibleMove` when the leg is over, and at the calling end."""
        if self._called().leg.move(Move.ANSWER):
            self.peer.tell(PickedUp())

    def hang_up(self, cause: Cause | None = None, by: str | None = None) -> None:
        """End the leg. Harmless when it is over: the first to end it is the one who did.

        Without a cause it is what hanging up means here: canceled by the caller or rejected by the called before the
        answer, normal after it. `by` is the holder unless said otherwise.
        """
        implied = IMPLIED_CAUSES[self.leg.state is LegState.ANSWERED, self is self.leg.called]
        self.leg.end(cause or implied, by or self.holder)

    def play(self, sound: Sound, began: Micros | None = None) -> Playing:
        """Play a sound to the other end; a sound still playing from this end is stopped first.

        `began` is when its first sample plays, if that is known more exactly than as now. When the leg is over nothing
        is played: what is returned is over too, cut before its first microsecond.
        """
        if self.leg.gone is not None:
            unheard = Playing(self.leg.surroundings, sound, lambda playing: None)
            unheard.stop()
            return unheard
        if self.playing is not None:
            self.playing.stop()
        playing = self.playing = Playing(self.leg.surroundings, self._carried(sound), self._sound_over, began, sound)
        self.peer.tell(SoundBegan(playing))
        return playing

    def press(self, key: str) -> None:
        """Press one key (of `KEYS`). Nobody hears it when the leg is over. Raises `ValueError` for any other key."""
        if len(key) != 1 or key not in KEYS:
            raise ValueError(f"{key!r} is not a key of a telephone; the keys are {' '.join(KEYS)}")
        if self.leg.gone is None:
            self.peer.tell(Pressed(key))

    def tell(self, signal: Signal) -> None:
        """Deliver a signal to whoever holds this end."""
        for listener in tuple(self._listeners):
            # an earlier listener may have silenced a later one
            if listener in self._listeners:
                listener(signal)

    def _called(self) -> End:
        if self is not self.leg.called:
            raise ImpossibleMove(
                f"{self.holder} holds the calling end of leg {self.leg.number}; the called one answers"
            )
        return self

    def _carried(self, sound: Sound) -> Sound:
        """As it comes out at the other end, by the quality of both access lines."""
        return self.peer.quality.carry(self.quality.carry(sound))

    def _sound_over(self, playing: Playing) -> None:
        if self.playing is playing:
            self.playing = None
        self.peer.tell(SoundEnded(playing))


class Leg:
    """A connection. `number` counts the legs of a world from 1; `call` is the call it belongs to, if it is one's."""

    def __init__(
        self, surroundings: Surroundings, number: int, calling: tuple[str, str], called: tuple[str, str]
    ) -> None:
        self.surroundings = surroundings
        self.number = number
        self.call: Call | None = None
        self.state = LegState.OFFERED
        self.calling = End(self, *calling)
        self.called = End(self, *called)
        self.gone: Gone | None = None
        self.on_move: Callable[[Leg], None] = lambda leg: None

    def move(self, move: Move) -> bool:
        """Change the state by the table; False if nothing changed. Raises `ImpossibleMove`: a bug of the caller."""
        before, self.state = self.state, advance(self.state, move)
        if before is self.state:
            return False
        self.on_move(self)
        return True

    def end(self, cause: Cause, by: str) -> None:
        """End the leg for both; the first to do so is the one who did."""
        if self.gone is not None:
            return
        # first of all, so that whoever answers the falling silent finds the leg over
        self.gone = Gone(cause, by)
        self.state = advance(self.state, Move.END)
        for end in (self.calling, self.called):
            if end.playing is not None:
                end.playing.stop()
        self.on_move(self)
        for end in (self.calling, self.called):
            end.tell(self.gone)
