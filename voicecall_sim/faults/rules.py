"""Rules: which traffic a fault strikes, how often, and the interference that a set of them makes."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Final

from voicecall_sim.carriers.emulator import Outgoing, StreamOpening, StreamTreatment, Treatment
from voicecall_sim.carriers.vocabulary import Vocabulary
from voicecall_sim.faults.fault import RestFault, Sends, StreamFault, WebhookFault
from voicecall_sim.world.clock import Micros
from voicecall_sim.world.journal import Entry, Journal

ASKS: Final = "voice"
"""The kind of webhook that asks what to do with a call."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookAim:
    """Which webhooks: None is all. `kind` and `event` as in `Outgoing`, compared without case; several events are any.

    An event without a kind means the webhook that reports it, not the one that asks for instructions because of it.
    """

    kind: str | None = None
    event: str | tuple[str, ...] | None = None
    attempt: int | None = None

    def hits(self, hook: Outgoing) -> bool:
        """Whether this webhook is meant."""
        if self.kind is None and self.event is not None and hook.kind == ASKS:
            return False
        return (
            same_word(self.kind, hook.kind)
            and same_word(self.event, hook.event)
            and self.attempt in (None, hook.attempt)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class RestAim:
    """Which REST requests: None is all; `operation` is a neutral name (`create call`), or a carrier's own."""

    operation: str | None = None

    def hits(self, *names: str) -> bool:
        """Whether the operation with these names is meant."""
        return any(same_word(self.operation, name) for name in names)


def same_word(wanted: str | Collection[str] | None, actual: str) -> bool:
    """Equality without case; None wants anything, several words any of them."""
    if wanted is None:
        return True
    return actual.lower() in {word.lower() for word in ((wanted,) if isinstance(wanted, str) else wanted)}


@dataclass(slots=True, kw_only=True)
class Odds:
    """How often a rule strikes: with a chance, and `left` more times (None: as long as it stands)."""

    draw: Random
    chance: float = 1.0
    left: int | None = None
    struck: bool = False

    @property
    def in_vain(self) -> bool:
        """Whether it should have struck by now, and has not."""
        return not self.struck and self.chance >= 1.0 and self.left != 0

    def strike(self) -> bool:
        """Whether the rule strikes this time; asked once for each thing that it is aimed at."""
        if self.left == 0 or (self.chance < 1.0 and self.draw.random() >= self.chance):
            return False
        if self.left is not None:
            self.left -= 1
        self.struck = True
        return True


@dataclass(frozen=True, slots=True)
class WebhookRule:
    """A fault aimed at webhooks."""

    aim: WebhookAim
    fault: WebhookFault
    odds: Odds

    def strikes(self, hook: Outgoing) -> bool:
        """Whether this webhook is struck."""
        return self.aim.hits(hook) and self.odds.strike()

    def apply(self, sends: Sends) -> Sends:
        """The fault, done to each of the things to be sent."""
        struck = self.fault.apply
        return [(delay + more, copy) for delay, hook in sends for more, copy in struck(hook, self.odds.draw)]


@dataclass(frozen=True, slots=True)
class RestRule:
    """A fault aimed at REST exchanges."""

    aim: RestAim
    fault: RestFault
    odds: Odds

    def strikes(self, *names: str) -> bool:
        """Whether the request with these names is struck."""
        return self.aim.hits(*names) and self.odds.strike()


@dataclass(frozen=True, slots=True)
class StreamRule:
    """A fault that strikes media streams when they are opened."""

    fault: StreamFault
    odds: Odds

    def strikes(self) -> bool:
        """Whether this opening is struck."""
        return self.odds.strike()


Again = Callable[[Outgoing, Micros], None]
"""Sends a webhook once more after a delay in µs."""


@dataclass(slots=True)
class Interferer:
    """The `Interference` of a scenario: its rules, applied in the order in which they were made.

    Further copies of a webhook go to `again`, if there is one, instead of back to the carrier: whoever watches that a
    copy changes nothing has to send it himself. `in_flight` has the attempts that have left and are not over yet; for
    that it has to be fed the journal. `vocabulary` has the neutral names of what the carrier is asked.
    """

    journal: Journal
    again: Again | None = None
    vocabulary: Vocabulary | None = None
    made: list[WebhookRule | RestRule | StreamRule] = field(default_factory=list)
    """Every rule that there ever was."""
    webhooks: list[WebhookRule] = field(default_factory=list)
    exchanges: list[RestRule] = field(default_factory=list)
    streams: list[StreamRule] = field(default_factory=list)
    streams_cut: bool = False
    """Whether no media stream gets through."""
    in_flight: dict[tuple[int, int], None] = field(default_factory=dict)

    def add(self, rule: WebhookRule | RestRule | StreamRule) -> None:
        """One rule more."""
        self.made.append(rule)
        match rule:
            case WebhookRule():
                self.webhooks.append(rule)
            case RestRule():
                self.exchanges.append(rule)
            case StreamRule():
                self.streams.append(rule)

    def clear(self) -> None:
        """Everything passes from now on."""
        self.webhooks.clear()
        self.exchanges.clear()
        self.streams.clear()
        self.streams_cut = False

    def webhook(self, hook: Outgoing) -> Sends:
        """What is really sent."""
        self.in_flight[hook.number, hook.attempt] = None
        sends: Sends = ((0, hook),)
        for rule in self.webhooks:
            if rule.strikes(hook):
                sends = rule.apply(sends)
                self._note(rule.fault.name, {"webhook": hook.kind, "event": hook.event, "number": hook.number})
        return self._hand_over(sends)

    def feed(self, entry: Entry) -> None:
        """An attempt whose journal entry is written is over."""
        if entry.kind == "webhook":
            self.in_flight.pop((entry.data.get("number", 0), entry.data.get("attempt", 0)), None)

    def rest(self, operation: str, details: Mapping[str, str]) -> Treatment:
        """How the request is treated."""
        treatment = Treatment()
        names = (operation,) if self.vocabulary is None else self.vocabulary.names_of_operation(operation, details)
        for rule in self.exchanges:
            if rule.strikes(*names):
                treatment = rule.fault.treat(treatment, rule.odds.draw)
                self._note(rule.fault.name, {"rest": operation})
        return treatment

    def stream(self, opening: StreamOpening) -> StreamTreatment:
        """How the opening of a stream is treated."""
        treatment = StreamTreatment(opening=opening, lost=self.streams_cut)
        for rule in self.streams:
            if rule.strikes():
                treatment = rule.fault.treat(treatment, rule.odds.draw)
                self._note(rule.fault.name, {"stream": opening.number})
        return treatment

    def _hand_over(self, sends: Sends) -> Sends:
        if self.again is None or len(sends) < 2:
            return sends
        for delay, copy in sends[1:]:
            self.again(copy, delay)
        return sends[:1]

    def _note(self, fault: str, data: Mapping[str, object]) -> None:
        self.journal.write("net", "fault", {"fault": fault, **data})
