"""A leg: one connection between a calling and a called end, with its signalling and what is heard on it.

`PhoneNetwork` (in `network`) makes legs; carriers and people hold one end each.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Protocol

from voicecall_sim.sound.sound import Sound
from voicecall_sim.telephony.signals import (
    TRANSITIONS,
    Cause,
    Gone,
    LegState,
    Move,
    PickedUp,
    Pressed,
    Rang,
    Signal,
    SoundBegan,
    SoundEnded,
)
from voicecall_sim.world.clock import Micros, seconds
from voicecall_sim.world.surroundings import Surroundings

Listener = Callable[[Signal], None]


class Subscriber(Protocol):
    """Whoever a number belongs to: a person, a machine, a carrier's customer."""

    def offered(self, end: End) -> None:
        """A call arrives. Called once, in the instant of dialling; must not block. `end` is the called end."""
        ...


class Playing:
    """One sound on its way from one end to the other's ear. `done` is set when it is over."""

    def __init__(self, surroundings: Surroundings, sound: Sound, ended: Callable[[Playing], None]) -> None:
        self.sound = sound
        self.began: Micros = surroundings.clock.now()
        self.ended: Micros | None = None
        self.done = asyncio.Event()
        self._clock = surroundings.clock
        self._tell_end = ended
        self._timer = asyncio.get_running_loop().call_later(seconds(sound.duration), self._finish)

    @property
    def played(self) -> Micros:
        """How much of it has been played by now."""
        until = self._clock.now() if self.ended is None else self.ended
        return min(until - self.began, self.sound.duration)

    @property
    def heard(self) -> str:
        """The text of what has been played by now."""
        return self.sound.text(self.played)

    @property
    def cut(self) -> bool:
        """Whether it was stopped before its end."""
        return self.ended is not None and self.ended - self.began < self.sound.duration

    def stop(self) -> None:
        """End it at this instant. Harmless when it is over."""
        if self.ended is None:
            self._timer.cancel()
            self._finish()

    def _finish(self) -> None:
        self.ended = self._clock.now()
        self.done.set()
        self._tell_end(self)


class End:
    """One end of a leg. Everything done here reaches the other end's listeners in the same instant."""

    def __init__(self, leg: Leg, number: str, holder: str) -> None:
        self.leg = leg
        self.number = number
        self.holder = holder
        self.playing: Playing | None = None
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
        """The called end rings."""
        if self.leg.move(Move.RING):
            self.peer.tell(Rang())

    def answer(self) -> None:
        """The called end picks up."""
        if self.leg.move(Move.ANSWER):
            self.peer.tell(PickedUp())

    def hang_up(self, cause: Cause = Cause.NORMAL, by: str | None = None) -> None:
        """End the leg (refuse it, if it was not answered). `by` is the holder unless said otherwise."""
        self.leg.end(cause, by or self.holder)

    def play(self, sound: Sound) -> Playing:
        """Play a sound to the other end; a sound still playing from this end is stopped first."""
        if self.playing is not None:
            self.playing.stop()
        playing = self.playing = Playing(self.leg.surroundings, sound, self._sound_over)
        self.peer.tell(SoundBegan(playing))
        return playing

    def press(self, key: str) -> None:
        """Press one key (`0-9 * #`)."""
        self.peer.tell(Pressed(key))

    def tell(self, signal: Signal) -> None:
        """Deliver a signal to whoever holds this end."""
        for listener in tuple(self._listeners):
            listener(signal)

    def _sound_over(self, playing: Playing) -> None:
        if self.playing is playing:
            self.playing = None
        self.peer.tell(SoundEnded(playing))


class Leg:
    """A connection. `number` counts the legs of a world from 1; `call` the call it belongs to, if it is one's."""

    def __init__(
        self, surroundings: Surroundings, number: int, calling: tuple[str, str], called: tuple[str, str]
    ) -> None:
        self.surroundings = surroundings
        self.number = number
        self.state = LegState.OFFERED
        self.calling = End(self, *calling)
        self.called = End(self, *called)
        self.gone: Gone | None = None
        self.on_move: Callable[[Leg], None] = lambda leg: None

    def move(self, move: Move) -> bool:
        """Change the state by the table; False if nothing changed. A move the table lacks is a bug of the caller."""
        before, self.state = self.state, TRANSITIONS[self.state, move]
        if before is self.state:
            return False
        self.on_move(self)
        return True

    def end(self, cause: Cause, by: str) -> None:
        """End the leg for both; the first to do so is the one who did."""
        if self.state is LegState.ENDED:
            return
        for end in (self.calling, self.called):
            if end.playing is not None:
                end.playing.stop()
        self.gone = Gone(cause, by)
        self.move(Move.END)
        for end in (self.calling, self.called):
            end.tell(self.gone)
