"""What is measured of a run: latencies in µs, taken from the lines themselves.

| name | from | to |
|---|---|---|
| `first_audio` | the call is answered | the first voice that the person hears |
| `turn` | the person has finished speaking | the next voice of the application |
| `overrun` | the person begins to speak while the application speaks | the last of that voice that is heard |
| `hangup` | the application's last voice has ended | the application ended the call |

All are instants of the sounds themselves: of one that is made while it plays the end is told up to 200 ms later.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from voicecall_sim.telephony.line import End, Leg
from voicecall_sim.telephony.network import PhoneNetwork
from voicecall_sim.telephony.signals import Gone, LegState, Signal, SoundBegan, SoundEnded
from voicecall_sim.world.clock import Clock, Micros
from voicecall_sim.world.journal import Entry

NAMES: Final = ("first_audio", "turn", "overrun", "hangup")


@dataclass(slots=True)
class Meter:
    """The measurements of a run, by name, in the order in which they were taken."""

    values: dict[str, list[float]] = field(default_factory=lambda: {name: [] for name in NAMES})

    def take(self, name: str, since: Micros, until: Micros) -> None:
        """One measurement."""
        self.values[name].append(until - since)

    def taken(self) -> Mapping[str, Sequence[float]]:
        """Those that were measured at all, in µs."""
        return {name: tuple(values) for name, values in self.values.items() if values}


@dataclass(slots=True)
class Gauge:
    """Listens to one leg, at the person's ear and at the application's."""

    meter: Meter
    clock: Clock
    answered_at: Micros | None
    turn_since: Micros | None = None
    barge_since: Micros | None = None
    app_speaks: bool = False
    app_silent_since: Micros | None = None
    anything_heard: bool = False

    def at_person(self, signal: Signal) -> None:
        """What reaches the person: the application's voice, and the end."""
        match signal:
            case SoundBegan(playing) if playing.sound.spoken:
                self._app_begins(playing.began)
            case SoundEnded(playing) if playing.sound.spoken:
                self._app_ends(playing.began + playing.played)
            case Gone(by="app") if self.app_silent_since is not None:
                self.meter.take("hangup", self.app_silent_since, self.clock.now())

    def at_app(self, signal: Signal) -> None:
        """What reaches the application's side: the person's voice."""
        match signal:
            case SoundBegan(playing) if playing.sound.spoken:
                self.turn_since = None
                self.barge_since = playing.began if self.app_speaks else None
            case SoundEnded(playing) if playing.sound.spoken:
                self.turn_since = playing.began + playing.played

    def _app_begins(self, at: Micros) -> None:
        if not self.anything_heard and self.answered_at is not None:
            self.meter.take("first_audio", self.answered_at, at)
        if self.turn_since is not None:
            self.meter.take("turn", self.turn_since, at)
        self.anything_heard, self.app_speaks, self.turn_since, self.app_silent_since = True, True, None, None

    def _app_ends(self, at: Micros) -> None:
        # somebody may have begun after it fell silent, and before that was known
        if self.barge_since is not None and self.barge_since < at:
            self.meter.take("overrun", self.barge_since, at)
        self.app_speaks, self.barge_since, self.app_silent_since = False, None, at


class Gauges:
    """Puts a gauge on each leg between a person and the application, once it is answered."""

    def __init__(self, network: PhoneNetwork, clock: Clock, people: frozenset[str]) -> None:
        self.meter = Meter()
        self._network = network
        self._clock = clock
        self._people = people
        self._seen: set[int] = set()

    def feed(self, entry: Entry) -> None:
        """Look for newly answered legs whenever a call changed."""
        if entry.kind != "call" or entry.data.get("state") != "answered":
            return
        for leg in self._network.legs:
            if leg.state is LegState.ANSWERED and leg.number not in self._seen:
                self._seen.add(leg.number)
                self._attach(leg)

    def _attach(self, leg: Leg) -> None:
        person = self._person_of(leg)
        if person is None:
            return
        gauge = Gauge(self.meter, self._clock, self._clock.now())
        person.listen(gauge.at_person)
        person.peer.listen(gauge.at_app)

    def _person_of(self, leg: Leg) -> End | None:
        return next((end for end in (leg.called, leg.calling) if end.holder in self._people), None)
