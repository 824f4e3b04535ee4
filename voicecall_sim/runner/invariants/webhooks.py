"""The rule about webhooks that must not count: a duplicate, a replay, a forgery changes nothing.

Such a webhook is sent by the runner himself, with a look at the application before and after. Where something else is
under way in the same moment nothing can be said, and nothing is.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from voicecall_sim.carriers.emulator import Carrier, Outgoing
from voicecall_sim.runner.invariants.watch import Watch
from voicecall_sim.subjects.subject import Subject
from voicecall_sim.telephony.network import PhoneNetwork
from voicecall_sim.world.clock import seconds
from voicecall_sim.world.journal import Entry
from voicecall_sim.world.world import World

RULES: Final[Mapping[str, str]] = {
    "duplicate": "a duplicate webhook changes nothing",
    "replay": "a replayed webhook changes nothing",
    "forge": "a forged webhook changes nothing",
    "tamper": "a tampered webhook changes nothing",
}

UNVERIFIED: Final = ("skipSignatureVerification",)
"""Configuration keys under which an application is asked to believe anything."""


@dataclass(frozen=True, slots=True)
class Operations:
    """What the application was asked to do: how much so far, and how much of it is not done."""

    begun: int
    running: int


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What the application has and has done: its records as JSON, calls and REST requests so far."""

    records: str
    calls: int
    requests: int


@dataclass(slots=True, kw_only=True)
class Harmless:
    """Sends webhooks that must not count, and looks whether they did.

    `in_flight` counts the webhooks under way.
    """

    world: World
    carrier: Carrier
    phone: PhoneNetwork
    subject: Subject
    watch: Watch
    config: Callable[[], Mapping[str, Any]]
    is_up: Callable[[], bool]
    in_flight: Callable[[], int]
    operations: Callable[[], Operations]

    async def send(self, hook: Outgoing, manner: str, delay: int = 0) -> int:
        """Send it after a delay in µs; returns the status that was answered, 0 for none."""
        if delay:
            await asyncio.sleep(seconds(delay))
        if not self._must_not_count(hook, manner):
            return await self.carrier.send_again(hook)
        start, before, operations = len(self.world.journal), self._snapshot(), self.operations()
        status = await self.carrier.send_again(hook)
        await self.world.settle()
        between = self.world.journal.since(start)
        if self.is_up() and not self._disturbed(between, operations):
            self._compare(manner, hook, before, between)
        return status

    def _must_not_count(self, hook: Outgoing, manner: str) -> bool:
        if manner not in RULES or not self.is_up() or self.in_flight():
            return False
        if manner in ("forge", "tamper"):
            return not any(self.config().get(key) for key in UNVERIFIED)
        return self._arrived_before(hook)

    def _arrived_before(self, hook: Outgoing) -> bool:
        """Whether the application has accepted these bytes already."""
        return any(
            entry.kind == "webhook"
            and entry.who == self.carrier.name
            and entry.data.get("number") == hook.number
            and 200 <= entry.data.get("status", 0) < 300
            for entry in self.world.journal
        )

    def _disturbed(self, between: Sequence[Entry], before: Operations) -> bool:
        """Whether something else could have changed the application: another webhook, or what it was asked to do."""
        now, kinds = self.operations(), [entry.kind for entry in between]
        asked = now.begun != before.begun or (before.running + now.running > 0 and "request" in kinds)
        return asked or kinds.count("webhook") != 1 or self.in_flight() > 0

    def _compare(self, manner: str, hook: Outgoing, before: Snapshot, between: Sequence[Entry]) -> None:
        after = self._snapshot()
        what = f"the {hook.kind} webhook {hook.number} ({hook.event or 'no event'}), sent again as {manner}"
        if after.records != before.records:
            self.watch.report(RULES[manner], f"{what}, changed what the application has stored", between)
        if after.calls != before.calls or after.requests != before.requests:
            self.watch.report(RULES[manner], f"{what}, made the application call its carrier", between)

    def _snapshot(self) -> Snapshot:
        requests = sum(entry.kind == "request" for entry in self.world.journal)
        return Snapshot(stored(self.subject), len(self.phone.calls), requests)


def stored(subject: Subject) -> str:
    """All that an application has stored, in a form that can be compared."""
    return json.dumps(list(subject.records()), sort_keys=True, default=str)
