"""What can be asked of a call from inside: by a user, by the responder, by a clock. Imperative; frozen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from voicecall_sdk.call.effects import Timer
from voicecall_sdk.call.record import After
from voicecall_sdk.events import Event
from voicecall_sdk.values import EndReason, ProviderCallId, Turn


@dataclass(frozen=True, slots=True)
class Speak:
    """Say something; what follows is the machine's choice unless given. `barge_in` lets the far end interrupt it."""

    text: str
    after: After | None = None
    barge_in: bool = False


@dataclass(frozen=True, slots=True)
class Ask:
    """Say something and wait for the answer."""

    text: str


@dataclass(frozen=True, slots=True)
class Withdraw:
    """Whoever asked, or wanted to say, this has gone: nobody waits any more. What is being said is said to its end."""

    turn: Turn


@dataclass(frozen=True, slots=True)
class PressKeys:
    """Press keys into the call."""

    digits: str


@dataclass(frozen=True, slots=True)
class End:
    """Hang up, for this reason."""

    reason: EndReason = EndReason.HANGUP_BOT


@dataclass(frozen=True, slots=True)
class Expire:
    """A clock ran out."""

    timer: Timer


@dataclass(frozen=True, slots=True)
class NotePlaced:
    """The carrier took the call and gave it this id."""

    provider_call_id: ProviderCallId


@dataclass(frozen=True, slots=True)
class NoteRenamed:
    """The call has another name with the carrier than the order to dial it had."""

    provider_call_id: ProviderCallId


@dataclass(frozen=True, slots=True)
class NoteUnknown:
    """The dial request was not answered: whether the call exists will show."""


@dataclass(frozen=True, slots=True)
class NoteEnded:
    """The call is over as far as we are concerned: the carrier confirmed our hang-up, or it was never placed."""

    reason: EndReason
    carrier_word: str | None = None
    error: str | None = None


@dataclass(frozen=True, slots=True)
class NoteStanding:
    """The carrier was asked how the call stands. `news` is what that amounts to, if anything: an answer, an end."""

    news: Event | None = None


@dataclass(frozen=True, slots=True)
class NoteFailure:
    """The carrier did not carry out what we told it. `turn` names the utterance that is not coming, if it was one."""

    message: str
    turn: Turn | None = None


@dataclass(frozen=True, slots=True)
class NoteRestart:
    """The process that held the call is gone, and with it the media stream. The carrier may ask what to do now."""


Wish: TypeAlias = (
    Speak
    | Ask
    | Withdraw
    | PressKeys
    | End
    | Expire
    | NotePlaced
    | NoteRenamed
    | NoteUnknown
    | NoteEnded
    | NoteStanding
    | NoteFailure
    | NoteRestart
)
