"""What a fault is: something small and named that happens to a webhook, a REST exchange or a stream on its way."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import Random
from typing import Protocol, TypeAlias

from voicecall_sim.carriers.emulator import Outgoing, StreamOpening, StreamTreatment, Treatment
from voicecall_sim.world.clock import Micros

Sends: TypeAlias = Sequence[tuple[Micros, Outgoing]]
"""What is really sent, each after a delay in µs; the first is the one whose answer counts."""

Sign: TypeAlias = Callable[[Outgoing], Outgoing]
"""A carrier's own signing: a copy signed anew, genuinely."""

SignStream: TypeAlias = Callable[[StreamOpening], StreamOpening]
"""The same for the opening of a media stream."""


class WebhookFault(Protocol):
    """Something that happens to a webhook between the carrier and the application."""

    @property
    def name(self) -> str:
        """How the journal calls it."""
        ...

    def apply(self, hook: Outgoing, draw: Random) -> Sends:
        """What is sent instead of this webhook."""
        ...


class StreamFault(Protocol):
    """Something that happens to a media stream that is about to be connected."""

    @property
    def name(self) -> str:
        """How the journal calls it."""
        ...

    def treat(self, treatment: StreamTreatment, draw: Random) -> StreamTreatment:
        """How the opening is treated instead."""
        ...


class RestFault(Protocol):
    """Something that happens to a REST exchange."""

    @property
    def name(self) -> str:
        """How the journal calls it."""
        ...

    def treat(self, treatment: Treatment, draw: Random) -> Treatment:
        """How the request is treated instead."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """A delay: drawn evenly from `at_least` to `at_most`, both included, in µs."""

    at_least: Micros = 0
    at_most: Micros = 0

    def draw(self, draw: Random) -> Micros:
        """One delay. A span without width draws nothing, so that it does not shift the stream."""
        if self.at_least == self.at_most:
            return self.at_least
        return draw.randint(self.at_least, self.at_most)


class ImpossibleFault(ValueError):
    """A fault that cannot be: the message names what was asked and what can be."""
