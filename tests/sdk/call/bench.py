"""A call on the bench: a record, and the machine's answers to events and wishes, one after the other."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from voicecall_sdk.call import machine
from voicecall_sdk.call.effects import Effect, Tell
from voicecall_sdk.call.record import CallRecord
from voicecall_sdk.call.rules import Rules
from voicecall_sdk.call.wishes import Wish
from voicecall_sdk.commands import Command
from voicecall_sdk.events import Event
from voicecall_sdk.values import CallId, Direction, Mode, ProviderCallId, State, Turn

OUTBOUND = CallRecord(
    call_id=CallId("c1"),
    provider="any",
    direction=Direction.OUTBOUND,
    state=State.INITIATED,
    from_="+15550001234",
    to="+15550005678",
    started_at=1000.0,
    provider_call_id=ProviderCallId("p1"),
    mode=Mode.CONVERSATION,
)
INBOUND = replace(OUTBOUND, direction=Direction.INBOUND, state=State.RINGING, mode=None, message="Hello!")


class Bench:
    """Each `feed` or `ask` takes the next second and the turn t1, t2, …; `effects` are the last answer's."""

    def __init__(self, record: CallRecord = OUTBOUND, **rules: Any) -> None:
        self.record = record
        self.rules = Rules(**rules)
        self.now = record.started_at
        self.turns = 0
        self.effects: tuple[Effect, ...] = ()

    def feed(self, *events: Event) -> Bench:
        for event in events:
            self._take(machine.feed(self.record, event, **self._next()))
        return self

    def ask(self, wish: Wish) -> Bench:
        self._take(machine.ask(self.record, wish, **self._next()))
        return self

    def dial(self, *, inline: bool, digits: str | None = None) -> Bench:
        self._take(machine.dial(self.record, inline=inline, digits=digits, **self._next()))
        return self

    @property
    def told(self) -> list[Command]:
        return [effect.command for effect in self.effects if isinstance(effect, Tell)]

    @property
    def said(self) -> list[dict[str, str]]:
        return [{line.speaker.value + ("…" if line.interrupted else ""): line.text} for line in self.record.transcript]

    def _next(self) -> dict[str, Any]:
        self.now += 1
        self.turns += 1
        return {"now": self.now, "turn": Turn(f"t{self.turns}"), "rules": self.rules}

    def _take(self, change: Any) -> None:
        self.record, self.effects = change.record, change.effects
