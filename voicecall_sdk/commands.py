"""What we want a carrier to do, in words that no carrier owns. Imperative; frozen.

A carrier's `express` turns a command into REST requests; its `document` turns the commands that can be said in a
webhook reply into that reply.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from voicecall_sdk.values import Turn


@dataclass(frozen=True, slots=True, kw_only=True)
class Dial:
    """Place the call. `message` is for a carrier that can take a whole notification with the dial request:
    it is then spoken on answer, followed by `hangup_delay` seconds of silence and a hang-up.
    `digits` are pressed when the call is answered (`w` half a second, `W` or `,` a second).
    `ring_timeout` and `max_duration` are in seconds.
    """

    to: str
    from_: str
    ring_timeout: float
    max_duration: float
    message: str | None = None
    hangup_delay: float = 0.0
    digits: str | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """Pick up an inbound call."""


@dataclass(frozen=True, slots=True)
class Reject:
    """Refuse an inbound call before it is answered. `busy` says that there is no room, not that it is unwelcome."""

    busy: bool = False


@dataclass(frozen=True, slots=True)
class Say:
    """Speak. `turn` names the utterance; the carrier's `Ready` after it carries the name back."""

    text: str
    turn: Turn


@dataclass(frozen=True, slots=True)
class Listen:
    """Listen for speech or keys, and report it with `turn`."""

    turn: Turn


@dataclass(frozen=True, slots=True)
class Prompt:
    """Speak, and listen from then on: one act, so that nothing is cut and nobody waits in between."""

    text: str
    turn: Turn


@dataclass(frozen=True, slots=True)
class Press:
    """Press keys into the call (`0-9 * #`, `w` half a second, `W`, `p` or `,` a second)."""

    digits: str


@dataclass(frozen=True, slots=True)
class Hold:
    """Keep the line open and silent until something else is wanted."""


@dataclass(frozen=True, slots=True)
class StopListening:
    """Stop reporting speech."""


@dataclass(frozen=True, slots=True)
class Connect:
    """Open a media stream to us, in both directions. `token` is what the stream proves itself with, once."""

    token: Turn


@dataclass(frozen=True, slots=True)
class FallSilent:
    """Stop speaking at once: the far end speaks. Only a media stream can."""


@dataclass(frozen=True, slots=True)
class HangUp:
    """End the call."""


@dataclass(frozen=True, slots=True)
class AskStatus:
    """Ask the carrier how the call stands."""


Command: TypeAlias = (
    Dial
    | Answer
    | Reject
    | Say
    | Listen
    | Prompt
    | Press
    | Hold
    | StopListening
    | Connect
    | FallSilent
    | HangUp
    | AskStatus
)
