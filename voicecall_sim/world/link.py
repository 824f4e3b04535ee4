"""Links between hosts: latency, jitter, partition, and what fault rules decide.

The network loses nothing for good: as with TCP, what cannot pass now is sent again when it can.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Literal

from voicecall_sim.world.clock import MILLISECOND, SECOND, Micros
from voicecall_sim.world.socketlike import timed_out

if TYPE_CHECKING:
    from voicecall_sim.world.loop import VirtualLoop
    from voicecall_sim.world.receiving import Item, ReceivingEnd

SYN_WAITS: Final[Sequence[Micros]] = tuple(SECOND * 2**n for n in range(7))
"""How long a connecting system waits before it tries again, and in the end gives up. Linux: tcp_syn_retries 6."""

GIVE_UP: Final[Micros] = 924_600 * MILLISECOND
"""How long unacknowledged bytes are sent again before the connection is given up. Linux: tcp_retries2 15."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """Something on its way, as a fault rule sees it.

    `kind` is `connect` for a connection being made, `data` for bytes, `end` for the end of a direction. `source` and
    `target` are names of hosts, in the direction of this message; `port` is the port that was dialled, `reply` tells
    that the message goes towards the dialler.
    """

    kind: Literal["connect", "data", "end"]
    source: str
    target: str
    port: int
    data: bytes = b""
    reply: bool = False


@dataclass(frozen=True, slots=True)
class Delayed:
    """The message takes that much longer (µs); later ones of its direction stay behind it."""

    by: Micros


@dataclass(frozen=True, slots=True)
class Replaced:
    """Other bytes arrive in place of these. Nothing else than `data` can be replaced."""

    data: bytes


@dataclass(frozen=True, slots=True)
class Reset:
    """The connection is reset; one being made is refused."""


@dataclass(frozen=True, slots=True)
class Swallowed:
    """Neither this nor anything behind it arrives; a connection being made gets no answer this time."""


Verdict = Delayed | Replaced | Reset | Swallowed | None
"""What happens to a message; None lets it pass."""

Rule = Callable[[Message], Verdict]
"""A fault: asked for each message, in the order the rules were added; the first verdict counts."""


@dataclass(slots=True, kw_only=True, eq=False)
class Link:
    """What lies between two hosts, or between a host and itself. Durations in microseconds, one way."""

    loop: VirtualLoop
    latency: Micros
    jitter: Micros
    chance: Callable[[], random.Random]
    rules: Sequence[Rule]
    parted: bool = False
    calm: bool = True
    """Whether a message's arrival is just the latency away."""
    _held: list[tuple[ReceivingEnd, Item]] = field(default_factory=list)
    _patience: asyncio.Handle | None = None

    def review(self) -> None:
        """Something about the link has changed."""
        self.calm = not (self.jitter or self.parted or self.rules)

    def delay(self) -> Micros:
        """How long the next message takes."""
        return self.latency + (self.chance().randint(0, self.jitter) if self.jitter else 0)

    def judge(self, message: Message) -> Verdict:
        """What the rules say."""
        return next((verdict for rule in self.rules if (verdict := rule(message)) is not None), None)

    def carry(self, receiver: ReceivingEnd, item: Item) -> None:
        """Bring a message to its receiver, with everything that may happen to it."""
        if self.parted:
            self._held.append((receiver, item))
            return
        verdict = self.judge(_message(receiver, item)) if self.rules else None
        extra = verdict.by if isinstance(verdict, Delayed) else 0
        match verdict:
            case Reset():
                receiver.reset()
                return
            case Swallowed():
                receiver.go_deaf()
            case Replaced(data) if isinstance(item, bytes):
                receiver.peer.recount(len(data) - len(item))
                item = data
            case _:
                pass
        receiver.expect(item, self.loop.now + self.delay() + extra)

    def part(self) -> None:
        """Nothing passes until `heal`; connections with bytes on the way are given up after a quarter of an hour."""
        if not self.parted:
            self.parted = True
            self.review()
            context = self.loop.ground.context.copy()
            self._patience = self.loop.call_at_instant(self.loop.now + GIVE_UP, self._give_up, context=context)

    def heal(self) -> None:
        """What was held is sent again, in its order."""
        self.parted = False
        self.review()
        if self._patience is not None:
            self._patience.cancel()
        held, self._held = self._held, []
        for receiver, item in held:
            receiver.arrive(item)

    def _give_up(self) -> None:
        held, self._held = self._held, []
        for sender in dict.fromkeys(receiver.peer for receiver, _ in held):
            sender.give_up(timed_out())


def _message(receiver: ReceivingEnd, item: Item) -> Message:
    data = item if isinstance(item, bytes) else b""
    return Message(
        kind="data" if isinstance(item, bytes) else "end",
        source=receiver.peer.life.host.name,
        target=receiver.life.host.name,
        port=receiver.port,
        data=data,
        reply=receiver.remote[1] == receiver.port,
    )
