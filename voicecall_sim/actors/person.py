"""Somebody on the line: takes calls and makes them, and does what a script says, when it says so."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Mapping
from contextvars import copy_context
from typing import Any, Final, Protocol

from voicecall_sim.actors.character import CannotAct, Character, Pause, Pickup, Press, Say
from voicecall_sim.actors.habits import follow_habits
from voicecall_sim.actors.handset import Handset
from voicecall_sim.actors.hearing import START, Heard, Hearing, Mark
from voicecall_sim.telephony.line import End, Leg
from voicecall_sim.telephony.network import PhoneNetwork
from voicecall_sim.telephony.quality import quality
from voicecall_sim.telephony.signals import Cause, LegState, PickedUp
from voicecall_sim.world.clock import Micros


class Manner(Protocol):
    """How somebody behaves once a call is answered: what makes a machine a machine."""

    def __call__(self, handset: Handset) -> Coroutine[Any, Any, None]:
        """Begin when the call is answered; it is cancelled when the leg ends."""
        ...


class Person:
    """A human or a machine with a telephone number.

    `handsets` are all their calls in the order in which they began; the last one is meant where a `call` (the number
    of the network's call) is not given. What is asked for begins at once and returns at once, unless a docstring says
    otherwise; what comes of it is in the journal. `CannotAct` says what cannot be done now.
    """

    def __init__(self, character: Character, network: PhoneNetwork, manner: Manner | None = None) -> None:
        self.character = character
        self.name = character.name
        self.handsets: list[Handset] = []
        self.hearing = Hearing(network.surroundings.clock)
        self._network = network
        self._clock = network.surroundings.clock
        self._manner = manner
        # reactions are this person's doing, whoever caused them
        self._context = copy_context()

    # -- calls that come and go

    def offered(self, end: End) -> None:
        """It rings: as `telephony.line.Subscriber`."""
        PICKUPS[self.character.pickup](self, self._take_up(end))

    def calls(self, number: str, shown: str | None = None) -> Handset:
        """Dial a number; `shown` is another caller id to present (such as `anonymous`)."""
        leg = self._network.dial(self.character.phone, number, holder=self.name, shown=shown)
        handset = self._take_up(leg.calling)
        leg.calling.listen(lambda signal: self._connected(handset) if isinstance(signal, PickedUp) else None)
        handset.ear.open()
        return handset

    def answers(self, call: int | None = None) -> None:
        """Pick up what rings."""
        self.picks_up(self._ringing("answer", call))

    def picks_up(self, handset: Handset) -> None:
        """Pick up this one, if it is still ringing."""
        if handset.end.leg.state is LegState.RINGING:
            handset.ear.open()
            handset.end.answer()
            self._connected(handset)

    def rejects(self, call: int | None = None) -> None:
        """Decline what rings."""
        self._ringing("reject", call).end.hang_up(Cause.REJECTED)

    def hangs_up(self, call: int | None = None) -> None:
        """Hang up at this instant, in the middle of a word if need be. Harmless when the call is over."""
        self._handset("hang up", call).end.hang_up()

    def stop(self) -> None:
        """Leave the stage: end every call that is not over."""
        for handset in self.handsets:
            handset.end.hang_up()

    # -- doing

    def says(self, words: str, call: int | None = None) -> None:
        """Speak, when what was said before is said."""
        self._talking("speak", call).do(Say(words))

    def interrupts(self, words: str, call: int | None = None) -> None:
        """Speak at this instant, into what the other side is saying; `CannotAct` unless it is saying something."""
        handset = self._talking("interrupt", call)
        if not handset.ear.spoken_to:
            raise CannotAct(f"{self.name} cannot interrupt: the other side is not speaking; use `says`")
        handset.interrupt(Say(words))

    def presses(self, keys: str, call: int | None = None) -> None:
        """Press keys, when what was said before is said; `w` waits half a second, `W` a second."""
        action = Press(keys)
        self._talking("press keys", call).do(action)

    def stays_silent(self, span: Micros, call: int | None = None) -> None:
        """What is asked for next begins later by that span."""
        self._talking("stay silent on the line", call).do(Pause(span))

    # -- hearing

    async def heard(
        self, matches: Callable[[str], bool], *, since: Mark = START, whole: bool = False, call: int | None = None
    ) -> Heard:
        """Return at the earliest instant at which what is heard matches: see `Hearing.heard`.

        Without `call` what the latest call brings counts, also one that has yet to come.
        """
        ear = None if call is None else self._handset("hear", call).ear
        return await self.hearing.heard(matches, since=since, whole=whole, ear=ear)

    def heard_nothing(self, call: int | None = None, since: Micros = -1) -> bool:
        """Whether no voice at all has reached the ear in that call, after that instant. True when there was no call."""
        if call is None and not self.handsets:
            return True
        return not self._handset("hear", call).ear.voiced_since(since)

    async def voice(self) -> Micros:
        """Return the instant, from now on, at which a voice reaches the ear; now if one is sounding."""
        while not any(handset.ear.sounding for handset in self.handsets):
            await self.hearing.change(characters=lambda: True)
        return self._clock.now()

    # -- the rest is this person's own affair

    def _take_up(self, end: End) -> Handset:
        now = self._clock.now()
        for earlier in self.handsets:
            if earlier.ear.superseded is None:
                earlier.ear.superseded = now
        if self.character.line:
            end.quality = quality(self.character.line, self._network.surroundings.chance(f"line.{self.name}"))
        handset = Handset(self.character, end, self.hearing, self._context)
        self.handsets.append(handset)
        return handset

    def _connected(self, handset: Handset) -> None:
        # the other side may have hung up in this very instant
        if handset.connected:
            follow_habits(self.character.habits, handset, self.hearing)
            if self._manner is not None:
                handset.spawn(self._manner(handset))

    def _handset(self, what: str, call: int | None) -> Handset:
        fitting = [handset for handset in self.handsets if call is None or handset.call == call]
        if not fitting:
            which = "has no call" if call is None else f"has no part in call {call}"
            raise CannotAct(f"{self.name} cannot {what}: {self.name} {which}; let somebody call first")
        return fitting[-1]

    def _ringing(self, what: str, call: int | None) -> Handset:
        handset = self._handset(what, call)
        leg = handset.end.leg
        if leg.state is not LegState.RINGING or handset.end is leg.calling:
            raise CannotAct(f"{self.name} cannot {what}: the call {standing(leg)}")
        return handset

    def _talking(self, what: str, call: int | None) -> Handset:
        handset = self._handset(what, call)
        if not handset.connected:
            raise CannotAct(f"{self.name} cannot {what}: the call {standing(handset.end.leg)}")
        return handset


def standing(leg: Leg) -> str:
    """How a call stands that does not allow something, in words."""
    if leg.gone is not None:
        return f"is over, ended by {leg.gone.by} ({leg.gone.cause.value})"
    return "is answered already" if leg.state is LegState.ANSWERED else "is not answered yet; wait for that first"


# -- what happens when it rings


def answer(person: Person, handset: Handset) -> None:
    """Ring, and pick up after a while, if not when told to."""
    handset.end.ring()
    if person.character.answer_after is not None:
        handset.later(person.character.answer_after, lambda: person.picks_up(handset))


def reject(person: Person, handset: Handset) -> None:
    """Ring, and decline after a while, if not when told to."""
    handset.end.ring()
    if person.character.answer_after is not None:
        handset.later(person.character.answer_after, lambda: handset.end.hang_up(Cause.REJECTED))


def engaged(person: Person, handset: Handset) -> None:
    """The line is engaged: it does not ring."""
    handset.end.hang_up(Cause.BUSY)


def let_ring(person: Person, handset: Handset) -> None:
    """Ring for ever."""
    handset.end.ring()


def out_of_reach(person: Person, handset: Handset) -> None:
    """The telephone is switched off: the network says so."""
    handset.end.hang_up(Cause.UNREACHABLE, by="network")


PICKUPS: Final[Mapping[Pickup, Callable[[Person, Handset], None]]] = {
    Pickup.ANSWERS: answer,
    Pickup.REJECTS: reject,
    Pickup.BUSY: engaged,
    Pickup.NEVER: let_ring,
    Pickup.UNREACHABLE: out_of_reach,
}
