"""A tape of every conversation of a run, if one is wanted. It costs nothing while the run lasts: sounds keep."""

from __future__ import annotations

from collections.abc import Sequence

from voicecall_sim.runner.events import Recording
from voicecall_sim.sound.sound import samples
from voicecall_sim.telephony.line import End, Leg
from voicecall_sim.telephony.network import PhoneNetwork
from voicecall_sim.telephony.signals import Gone, PickedUp, Signal
from voicecall_sim.telephony.track import Track
from voicecall_sim.world.clock import Clock, Micros


class Recorder:
    """Records the legs of these people from now on."""

    def __init__(self, network: PhoneNetwork, people: frozenset[str]) -> None:
        self._clock = network.surroundings.clock
        self._people = people
        self._tapes: list[Tape] = []
        network.watchers.append(self._begin)

    def recordings(self) -> Sequence[Recording]:
        """Those of the calls that were answered, in the order in which they began."""
        return [tape.recording() for tape in self._tapes if tape.answered is not None]

    def _begin(self, leg: Leg) -> None:
        person = next((end for end in (leg.called, leg.calling) if end.holder in self._people), None)
        if person is not None:
            self._tapes.append(Tape(person, self._clock))


class Tape:
    """One leg: `answered` says from when on it is recorded, None for not at all."""

    def __init__(self, person: End, clock: Clock) -> None:
        self.answered: Micros | None = None
        self._person = person
        self._clock = clock
        self._ended: Micros | None = None
        self._said = Track(person, clock.now())
        self._heard = Track(person.peer, clock.now())
        person.leg.calling.listen(self._take)

    def recording(self) -> Recording:
        """From the answer to the end of the leg, or to now while it lasts."""
        began = self.answered or 0
        span = samples((self._clock.now() if self._ended is None else self._ended) - began)
        leg = self._person.leg
        return Recording(
            call=None if leg.call is None else leg.call.number,
            leg=leg.number,
            person=self._person.holder,
            said=self._said.ulaw(self._said.sample(began), span),
            heard=self._heard.ulaw(self._heard.sample(began), span),
        )

    def _take(self, signal: Signal) -> None:
        match signal:
            case PickedUp():
                self.answered = self._clock.now()
            case Gone():
                self._ended = self._clock.now()
            case _:
                pass
