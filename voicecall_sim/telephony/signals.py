"""What the two ends of a leg tell each other, and the table of a leg's life. No I/O, no time."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Mapping

    from voicecall_sim.telephony.line import Playing


class LegState(StrEnum):
    """Where a leg stands."""

    OFFERED = "offered"
    RINGING = "ringing"
    ANSWERED = "answered"
    ENDED = "ended"


class Move(StrEnum):
    """What can be done to a leg."""

    RING = "ring"
    ANSWER = "answer"
    END = "end"


class Cause(StrEnum):
    """Why a leg ended, as the network says it. `sip` gives the code that carriers report."""

    NORMAL = "normal"
    BUSY = "busy"
    REJECTED = "rejected"
    NO_ANSWER = "no-answer"
    CANCELED = "canceled"
    UNREACHABLE = "unreachable"
    UNASSIGNED = "unassigned"
    FAILED = "failed"

    @property
    def sip(self) -> int:
        """The SIP response code (486 busy, 603 declined, 487 no answer or canceled, 480, 404, 503)."""
        return SIP_CODES[self]


SIP_CODES: Final[Mapping[Cause, int]] = {
    Cause.NORMAL: 200,
    Cause.BUSY: 486,
    Cause.REJECTED: 603,
    Cause.NO_ANSWER: 487,
    Cause.CANCELED: 487,
    Cause.UNREACHABLE: 480,
    Cause.UNASSIGNED: 404,
    Cause.FAILED: 503,
}

TRANSITIONS: Final[Mapping[tuple[LegState, Move], LegState]] = {
    (LegState.OFFERED, Move.RING): LegState.RINGING,
    (LegState.OFFERED, Move.ANSWER): LegState.ANSWERED,
    (LegState.OFFERED, Move.END): LegState.ENDED,
    (LegState.RINGING, Move.RING): LegState.RINGING,
    (LegState.RINGING, Move.ANSWER): LegState.ANSWERED,
    (LegState.RINGING, Move.END): LegState.ENDED,
    (LegState.ANSWERED, Move.ANSWER): LegState.ANSWERED,
    (LegState.ANSWERED, Move.END): LegState.ENDED,
    # both sides may hang up in the same instant
    (LegState.ENDED, Move.END): LegState.ENDED,
}


class ImpossibleMove(LookupError):
    """A leg was asked for something that its state does not allow."""


def advance(state: LegState, move: Move) -> LegState:
    """The state after a move. Raises `ImpossibleMove` where the table has no such move."""
    after = TRANSITIONS.get((state, move))
    if after is None:
        raise ImpossibleMove(f"nobody can {move.value} a leg that is {state.value}; look at its state first")
    return after


KEYS: Final = "0123456789*#ABCD"
"""The keys that have a tone (ITU-T Q.23)."""

IMPLIED_CAUSES: Final[Mapping[tuple[bool, bool], Cause]] = {
    # (answered, by the called end)
    (False, False): Cause.CANCELED,
    (False, True): Cause.REJECTED,
    (True, False): Cause.NORMAL,
    (True, True): Cause.NORMAL,
}
"""What hanging up means when no cause is given."""


@dataclass(frozen=True, slots=True)
class Rang:
    """The called end rings."""


@dataclass(frozen=True, slots=True)
class PickedUp:
    """The called end answered."""


@dataclass(frozen=True, slots=True)
class Gone:
    """The leg is over: why, and who ended it (`app`, `carrier`, `network`, or a person's name)."""

    cause: Cause
    by: str


@dataclass(frozen=True, slots=True)
class Pressed:
    """The other end pressed one key (of `KEYS`)."""

    key: str


@dataclass(frozen=True, slots=True)
class SoundBegan:
    """The other end begins to play something."""

    playing: Playing


@dataclass(frozen=True, slots=True)
class SoundEnded:
    """What the other end played is over, played to its end or stopped; `playing.heard` has the text."""

    playing: Playing


Signal: TypeAlias = Rang | PickedUp | Gone | Pressed | SoundBegan | SoundEnded
