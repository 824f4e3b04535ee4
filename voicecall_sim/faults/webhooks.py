"""Faults of webhooks: lost, late, twice, out of order, altered on the way, forged."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Any

from voicecall_sim.carriers.emulator import Outgoing
from voicecall_sim.faults.fault import Sends, Sign, Span
from voicecall_sim.faults.forgery import alter, resign

Change = Mapping[str, Any]
OwnNames = Callable[[Change, Mapping[str, str]], Change]


def as_they_are(change: Change, present: Mapping[str, str]) -> Change:
    """Names that are the carrier's already."""
    return change


@dataclass(frozen=True, slots=True)
class Dropped:
    """The webhook never arrives; to the carrier it is a broken connection."""

    name: str = field(default="drop", init=False)

    def apply(self, hook: Outgoing, draw: Random) -> Sends:
        """Nothing is sent."""
        return ()


@dataclass(frozen=True, slots=True)
class Delayed:
    """The webhook arrives later."""

    by: Span
    name: str = field(default="delay", init=False)

    def apply(self, hook: Outgoing, draw: Random) -> Sends:
        """The same bytes, later."""
        return ((self.by.draw(draw), hook),)


@dataclass(frozen=True, slots=True)
class Scattered:
    """Each webhook is late by its own draw, so that later ones overtake earlier ones."""

    by: Span
    name: str = field(default="reorder", init=False)

    def apply(self, hook: Outgoing, draw: Random) -> Sends:
        """The same bytes, after a delay of their own."""
        return ((self.by.draw(draw), hook),)


@dataclass(frozen=True, slots=True)
class Duplicated:
    """The webhook arrives, and once more after `by`."""

    by: Span
    copies: int = 1
    name: str = field(default="duplicate", init=False)

    def apply(self, hook: Outgoing, draw: Random) -> Sends:
        """The same bytes now and again."""
        return ((0, hook), *((self.by.draw(draw), hook) for _ in range(self.copies)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Forged:
    """Somebody else's webhook in the place of the genuine one.

    `change` replaces or adds parameters (None removes one), `to` is another path (with query) on the same host.
    `own_names` has the carrier's names for those that scenarios use, given what a webhook has.
    `signature` is `missing`, `wrong` (well-formed, made for something else), `stale` (that of the unaltered webhook)
    `genuine` (made by the carrier for what is sent) or `undated` (genuine, over a time that is no number).
    """

    sign: Sign
    signature: str
    change: Mapping[str, Any] = field(default_factory=dict)
    to: str | None = None
    own_names: OwnNames = as_they_are
    name: str = "forge"

    def apply(self, hook: Outgoing, draw: Random) -> Sends:
        """The forgery, now."""
        change = self.own_names(self.change, dict(hook.params))
        return ((0, resign(alter(hook, change, self.to), hook, self.signature, self.sign)),)
