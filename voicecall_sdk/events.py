"""What happened on a call, in words that no carrier owns. Past tense; frozen.

A carrier's `understand` turns one webhook into a `Delivery`: who it is about, what happened, and whether the
carrier now waits for instructions in our reply.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from voicecall_sdk.values import CallId, Direction, EndReason, ProviderCallId, Turn


@dataclass(frozen=True, slots=True)
class Initiated:
    """The carrier has the call; nothing rings yet. For an inbound call: somebody is calling."""


@dataclass(frozen=True, slots=True)
class Ringing:
    """The far end rings."""


@dataclass(frozen=True, slots=True)
class Answered:
    """The far end picked up."""


@dataclass(frozen=True, slots=True)
class Ready:
    """The call takes instructions now: it was just answered, or what we told it to do is done.

    `spoken` names the turn or utterance whose document ran to its end, when the carrier can tell; `due` the one that
    the carrier was pointed to by a request, and now fetches.
    """

    spoken: Turn | None = None
    due: Turn | None = None


@dataclass(frozen=True, slots=True)
class Spoken:
    """What we had said under this name was said to its end, by a carrier that takes instructions at any time."""

    turn: Turn


@dataclass(frozen=True, slots=True)
class PlaybackStarted:
    """The far end begins to hear us. `turn` is what it begins to hear, where the carrier tells."""

    text: str = ""
    turn: Turn | None = None


@dataclass(frozen=True, slots=True)
class Heard:
    """Somebody spoke. `confidence` is 0..1 where the carrier gives one; `turn` is the question it answers.

    `in_passing`: it was begun before the open question was put, or into a message that lets nobody interrupt. It is
    kept, and answers nothing.

    `ongoing`: the carrier listens all the time, also while we speak, and cannot tell when this was begun; `turn` is
    what was being said or asked when it was understood.
    """

    text: str
    final: bool = True
    confidence: float | None = None
    turn: Turn | None = None
    in_passing: bool = False
    ongoing: bool = False


@dataclass(frozen=True, slots=True)
class NothingHeard:
    """We listened and the carrier gave up waiting for speech."""

    turn: Turn | None = None


@dataclass(frozen=True, slots=True)
class KeysPressed:
    """The far end pressed keys. Not `whole`: this one, and more may follow that belong to it."""

    digits: str
    turn: Turn | None = None
    whole: bool = True


@dataclass(frozen=True, slots=True)
class MachineDetected:
    """Answering machine detection has a verdict (`human`, `machine`, `fax`, `unknown`)."""

    answered_by: str


@dataclass(frozen=True, slots=True)
class Ended:
    """The call is over. `carrier_word` is the carrier's own status or cause, kept beside our reason.

    `was_answered` is what the carrier says about whether anybody ever picked up (None: it does not say).
    """

    reason: EndReason
    carrier_word: str
    by_far_end: bool | None = None
    was_answered: bool | None = None


@dataclass(frozen=True, slots=True)
class Faulted:
    """The carrier reports an error on the call. A retryable one changes nothing."""

    message: str
    retryable: bool


@dataclass(frozen=True, slots=True)
class StreamStarted:
    """The carrier opened the media stream that it was told to open; what opened it cannot open another."""


@dataclass(frozen=True, slots=True)
class StreamReady:
    """The stream carries sound both ways: the call takes instructions by it now."""


@dataclass(frozen=True, slots=True)
class StreamEnded:
    """The media stream is over. Not `usable`: another one would not do better, the call goes on without.

    `heard` is the part of what was being said that was played; None when nothing was.
    """

    usable: bool = True
    heard: str | None = None


@dataclass(frozen=True, slots=True)
class StreamOver:
    """A carrier that is told by requests alone says that the stream is over, or never came to be."""


@dataclass(frozen=True, slots=True)
class StreamLeft:
    """We told the carrier something else than to stream, which ends the stream; it asks for instructions afterwards."""


@dataclass(frozen=True, slots=True)
class SpeechBegan:
    """The far end begins to speak; what it says is not known yet."""


@dataclass(frozen=True, slots=True)
class Interrupted:
    """What we said fell silent before its end. `heard` is the part of its text that was played."""

    turn: Turn
    heard: str


@dataclass(frozen=True, slots=True)
class BotSaid:
    """A speech-to-speech model said this, of its own accord. `whole`: to its end."""

    text: str
    whole: bool = True


Event: TypeAlias = (
    Initiated
    | Ringing
    | Answered
    | Ready
    | Spoken
    | PlaybackStarted
    | Heard
    | NothingHeard
    | KeysPressed
    | MachineDetected
    | Ended
    | Faulted
    | StreamStarted
    | StreamReady
    | StreamEnded
    | StreamOver
    | StreamLeft
    | SpeechBegan
    | Interrupted
    | BotSaid
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One webhook, understood.

    `call_id` is our id if the carrier echoed it (callback URL, client state); it wins over `provider_call_id`.
    `wants_document` says that the carrier executes what our reply holds. `request_id` is what the carrier named the
    call when it took the order to dial, if that may be another name: `provider_call_id` replaces it.
    """

    call_id: CallId | None
    provider_call_id: ProviderCallId | None
    direction: Direction | None = None
    from_: str | None = None
    to: str | None = None
    events: tuple[Event, ...] = ()
    wants_document: bool = False
    request_id: ProviderCallId | None = None
    details: Mapping[str, str] = field(default_factory=dict)
