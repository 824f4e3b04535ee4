"""Links between hosts: latency, jitter, partition, and what fault rules decide.

The network loses nothing for good: as with TCP, what cannot pass now is sent again when it can.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from voicecall_sim.world.clock import Micros

if TYPE_CHECKING:
    from voicecall_sim.world.loop import VirtualLoop
    from voicecall_sim.world.transport import Item, MemoryTransport


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """Something on its way, as a fault rule sees it.

    `kind` is `connect` for a connection being made, `data` for bytes, `end` for an orderly or disorderly end. `source`
    and `target` are names of hosts, in the direction of this message; `port` is the port that was dialled.
    """

    kind: Literal["connect", "data", "end"]
    source: str
    target: str
    port: int
    data: bytes = b""


@dataclass(frozen=True, slots=True)
class Delayed:
    """The message takes that much longer; later ones of its direction stay behind it."""

    by: Micros


@dataclass(frozen=True, slots=True)
class Replaced:
    """Other bytes arrive in place of these."""

    data: bytes


@dataclass(frozen=True, slots=True)
class Reset:
    """The connection is reset; one being made is refused."""


@dataclass(frozen=True, slots=True)
class Swallowed:
    """Neither this nor anything behind it arrives; a connection being made gets no answer."""


Verdict = Delayed | Replaced | Reset | Swallowed | None
"""What happens to a message; None lets it pass."""

Rule = Callable[[Message], Verdict]


@dataclass(slots=True, kw_only=True)
class Link:
    """What lies between two hosts, or between a host and itself. Durations in microseconds, one way."""

    loop: VirtualLoop
    ends: tuple[str, str]
    latency: Micros
    jitter: Micros
    chance: random.Random
    rules: Sequence[Rule]
    parted: bool = False
    held: list[tuple[MemoryTransport, Item]] = field(default_factory=list)
    calm: bool = True

    def settle_calm(self) -> None:
        """Work out whether a message's arrival is just the latency."""
        self.calm = not (self.jitter or self.parted or self.rules)

    def delay(self) -> Micros:
        """How long the next message takes."""
        return self.latency + (self.chance.randint(0, self.jitter) if self.jitter else 0)

    def carry(self, receiver: MemoryTransport, item: Item) -> None:
        """Bring a message to its receiver, with everything that may happen to it."""
        if self.parted:
            self.held.append((receiver, item))
        else:
            receiver.expect(item, self.loop.now + self.delay())
