"""Everything that voicecall raises on purpose. Anything else that escapes is a bug.

VoiceCallError
├── ConfigError          the configuration is wrong: every problem with its key's path and remedy
├── Misused              you asked for something this call cannot do now          (your fault)
│   └── CallEnded        the line went dead while you were waiting: reason
├── NotHeard             nothing was said in the time given
├── CarrierFault
│   ├── Forged           signature absent, stale or wrong                         (a stranger's: answer 401)
│   │   └── Mismatched   there is one, and it is that of another URL, content or key
│   ├── Unintelligible   genuine, but not what the carrier's documents promise    (answer 400)
│   ├── CarrierRefused   REST said no: status, code, message
│   └── CarrierSilent    no answer in time, or the connection broke: the outcome is unknown
├── StoreFailed          a record could not be made durable                       (answer 500)
├── AgentFailed          the responder raised, timed out or answered nonsense
├── SpeechFailed         no voice could be had, or the service that listens was lost
└── TunnelFailed         no tunnel to the internet could be opened: remedy
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


class VoiceCallError(Exception):
    """Root of all errors of this package."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with a configuration: where (`twilio.authToken`), what, and what to do about it."""

    path: str
    message: str
    remedy: str = ""

    def __str__(self) -> str:
        text = f"{self.path}: {self.message}" if self.path else self.message
        return f"{text} ({self.remedy})" if self.remedy else text


class ConfigError(VoiceCallError):
    """The configuration cannot be used. `problems` has all of them, not only the first."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("Invalid voice-call config: " + "; ".join(map(str, problems)))
        self.problems = tuple(problems)


class Misused(VoiceCallError):
    """The operation is not possible on this call now."""


class CallEnded(Misused):
    """The call is over, or ended while you waited."""

    def __init__(self, message: str, reason: str) -> None:
        super().__init__(message)
        self.reason = reason


class NotHeard(VoiceCallError):
    """No final transcript came within the time given."""


class CarrierFault(VoiceCallError):
    """The carrier, or somebody who claims to be it, did something wrong."""


class Forged(CarrierFault):
    """The request does not prove that it comes from the carrier. The message never holds a secret."""


class Mismatched(Forged):
    """A signature was given and does not fit: what a stranger makes, or a proxy that rewrote what was signed."""


class Unintelligible(CarrierFault):
    """A genuine request that does not have the documented form."""


class CarrierRefused(CarrierFault):
    """The carrier's REST interface refused."""

    def __init__(self, message: str, *, status: int, code: int | str | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.code = code


class CarrierSilent(CarrierFault):
    """No (whole) answer came. With `sent` False the request never left; otherwise nobody knows whether it was done."""

    def __init__(self, message: str, *, sent: bool) -> None:
        super().__init__(message)
        self.sent = sent


class StoreFailed(VoiceCallError):
    """The store could not make a record durable; nothing that depends on it may be acknowledged."""


class AgentFailed(VoiceCallError):
    """No usable reply came from the responder."""


class SpeechFailed(VoiceCallError):
    """A service that speaks or listens refused, was silent or answered nonsense. The message holds no secret."""


class TunnelFailed(VoiceCallError):
    """The program that was to make us reachable is missing, refuses, is too slow or has died."""

    def __init__(self, message: str, remedy: str) -> None:
        super().__init__(f"{message} ({remedy})")
        self.remedy = remedy
