"""The nouns of a phone call: identifiers, enumerations, small frozen values. No I/O, no clock."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import Final, NewType

CallId = NewType("CallId", str)
"""Our identity of a call: a UUID minted by the engine; the public id in every interface."""

ProviderCallId = NewType("ProviderCallId", str)
"""The carrier's identity of a call (Twilio CallSid, Telnyx call_control_id, Plivo CallUUID)."""

Turn = NewType("Turn", str)
"""Names one question-and-answer of a call, so that an answer reaches the question that was asked."""

E164: Final = re.compile(r"\+[1-9][0-9]{1,14}")


class Direction(StrEnum):
    """Who placed the call, seen from us."""

    OUTBOUND = "outbound"
    INBOUND = "inbound"


class Mode(StrEnum):
    """What an outbound call is for: say one message and hang up, or stay and talk."""

    NOTIFY = "notify"
    CONVERSATION = "conversation"


class Speaker(StrEnum):
    BOT = "bot"
    USER = "user"


class State(StrEnum):
    """Where a call stands. The order of the living states is the order in which calls move forward."""

    INITIATED = "initiated"
    RINGING = "ringing"
    ANSWERED = "answered"
    ACTIVE = "active"
    SPEAKING = "speaking"
    LISTENING = "listening"
    COMPLETED = "completed"
    HANGUP_USER = "hangup-user"
    HANGUP_BOT = "hangup-bot"
    TIMEOUT = "timeout"
    ERROR = "error"
    FAILED = "failed"
    NO_ANSWER = "no-answer"
    BUSY = "busy"
    VOICEMAIL = "voicemail"

    @property
    def terminal(self) -> bool:
        """Whether the call is over."""
        return self in TERMINAL


TERMINAL: Final = frozenset(
    {
        State.COMPLETED,
        State.HANGUP_USER,
        State.HANGUP_BOT,
        State.TIMEOUT,
        State.ERROR,
        State.FAILED,
        State.NO_ANSWER,
        State.BUSY,
        State.VOICEMAIL,
    }
)


class EndReason(StrEnum):
    """Why a call ended. Each is also the terminal state of the same name."""

    COMPLETED = "completed"
    HANGUP_USER = "hangup-user"
    HANGUP_BOT = "hangup-bot"
    TIMEOUT = "timeout"
    ERROR = "error"
    FAILED = "failed"
    NO_ANSWER = "no-answer"
    BUSY = "busy"
    VOICEMAIL = "voicemail"

    @property
    def state(self) -> State:
        """The terminal state that this reason leads to."""
        return State(self.value)


def digits_of(text: str) -> str:
    """Only the ASCII digits of a number as a carrier or a person wrote it; empty for `anonymous`."""
    return "".join(char for char in text if "0" <= char <= "9")
