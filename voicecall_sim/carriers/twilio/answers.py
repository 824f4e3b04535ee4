"""What comes of a request: the application's reply, or what went wrong on the way."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, TypeAlias

from voicecall_sim.carriers.twilio.overrides import Trouble


@dataclass(frozen=True, slots=True)
class Reply:
    """What the application answered. `whole` is false when the body was longer than wanted, and cut."""

    status: int
    reason: str
    headers: Mapping[str, str]
    cookies: tuple[str, ...]
    body: bytes
    whole: bool = True

    @property
    def trouble(self) -> Trouble | None:
        """What a retry policy calls it, if it is not a good answer."""
        if self.status >= 500:
            return Trouble.SERVER_ERROR
        return Trouble.CLIENT_ERROR if self.status >= 400 else None


@dataclass(frozen=True, slots=True)
class Failure:
    """No answer: the debugger's code, a word for the journal, and what a retry policy calls it."""

    code: int
    error: str
    trouble: Trouble = field(default=Trouble.OTHER)


Answer: TypeAlias = Reply | Failure

LOST: Final = Failure(11200, "connection lost", Trouble.READ)
TIMED_OUT: Final = Failure(11200, "timeout", Trouble.READ)
OWN_TIMEOUT: Final = Failure(11203, "total timeout", Trouble.OTHER)
READ_TIMEOUT: Final = Failure(11200, "read timeout", Trouble.READ)
VIOLATION: Final = Failure(11206, "protocol violation")
