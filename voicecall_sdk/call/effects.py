"""What is to be done after a change to a call, as values. The engine carries them out once the change is stored."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

from voicecall_sdk.call.record import CallRecord
from voicecall_sdk.commands import Command
from voicecall_sdk.values import EndReason, Turn


class Timer(StrEnum):
    """The clocks that run for a call.

    `HANG_UP` repeats a hang-up that was not confirmed, `QUIET` measures how long nothing was heard from the carrier,
    `STREAM` how long a media stream is missing, `KEYS` the pause after which keys are complete.
    """

    MAX_DURATION = "max duration"
    NOTIFY_HANGUP = "notify hang-up"
    RING = "ring"
    STALE = "stale"
    TRANSCRIPT = "transcript"
    HANG_UP = "hang-up"
    QUIET = "quiet"
    STREAM = "stream"
    KEYS = "keys"


@dataclass(frozen=True, slots=True)
class Tell:
    """Have the carrier do something: in the reply that is being written if it can be, by REST otherwise."""

    command: Command


@dataclass(frozen=True, slots=True)
class Arm:
    """Start a clock, replacing one of that name. `delay` in seconds."""

    timer: Timer
    delay: float


@dataclass(frozen=True, slots=True)
class Disarm:
    """Stop a clock."""

    timer: Timer


@dataclass(frozen=True, slots=True)
class Said:
    """An utterance is over. `whole` tells whether it was said to its end."""

    turn: Turn
    whole: bool


@dataclass(frozen=True, slots=True)
class Replied:
    """The question that was asked in this turn has its answer."""

    turn: Turn
    text: str


@dataclass(frozen=True, slots=True)
class GaveUp:
    """The question that was asked in this turn will not be answered: the time is up, or the call is over."""

    turn: Turn
    message: str
    reason: EndReason | None = None


@dataclass(frozen=True, slots=True)
class Consult:
    """The far end said something and whoever answers callers should reply."""

    text: str


@dataclass(frozen=True, slots=True)
class Supersede:
    """A reply that is being prepared is no longer wanted: the far end went on talking, or somebody took over."""


@dataclass(frozen=True, slots=True)
class Closed:
    """The call is over: free its place, stop its clocks."""


Effect: TypeAlias = Tell | Arm | Disarm | Said | Replied | GaveUp | Consult | Supersede | Closed


@dataclass(frozen=True, slots=True)
class Change:
    """A call's new record, and what is to be done about it."""

    record: CallRecord
    effects: tuple[Effect, ...] = ()
