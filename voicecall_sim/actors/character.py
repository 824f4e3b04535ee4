"""Who somebody on the line is and what they can do: values, ready to be played by an actor."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final, Protocol, TypeAlias

from voicecall_sim.sound.sound import BYTE_TIME, Speech
from voicecall_sim.telephony.signals import KEYS
from voicecall_sim.world.clock import MILLISECOND, SECOND, Micros

KEY_TIME: Final[Micros] = 100 * MILLISECOND
"""How long a key is held, up to the next one."""

PAUSES: Final[Mapping[str, Micros]] = {"w": 500 * MILLISECOND, "W": SECOND}
"""What a pause in a sequence of keys lasts, as carriers write it (Twilio docs, voice/api/call-resource, SendDigits)."""


class CannotAct(RuntimeError):
    """Somebody was asked for what they cannot do now; the message is a sentence with the remedy."""


class Matcher(Protocol):
    """Something expected of what is heard."""

    def difference(self, actual: Any) -> Sequence[str]:
        """What is wrong with the value, a line each; empty when it matches."""
        ...

    def matches(self, actual: Any) -> bool:
        """Whether nothing is wrong with it."""
        ...


@dataclass(frozen=True, slots=True)
class Say:
    """Speak these words."""

    words: str


@dataclass(frozen=True, slots=True)
class Press:
    """Press keys one after the other; `w` waits half a second, `W` a second. Raises `ValueError` for other signs."""

    keys: str

    def __post_init__(self) -> None:
        strange = [key for key in self.keys if key not in KEYS and key not in PAUSES]
        if strange or not self.keys:
            raise ValueError(
                f"{self.keys!r} cannot be pressed: a sequence of keys has {KEYS}, w (waits 0.5 s) and W (waits 1 s)"
            )


@dataclass(frozen=True, slots=True)
class Pause:
    """Be silent for a while."""

    span: Micros


@dataclass(frozen=True, slots=True)
class HangUp:
    """Hang up."""


Action: TypeAlias = Say | Press | Pause | HangUp


@dataclass(frozen=True, slots=True, kw_only=True)
class Habit:
    """What somebody does, once an utterance, whenever what is heard matches.

    With `running` the text so far is tried at every character, else the whole utterance.
    """

    hears: Matcher
    does: tuple[Action, ...]
    running: bool = True


class Pickup(StrEnum):
    """What happens when it rings."""

    ANSWERS = "answers"
    REJECTS = "rejects"
    BUSY = "busy"
    NEVER = "never"
    UNREACHABLE = "unreachable"


@dataclass(frozen=True, slots=True, kw_only=True)
class Character:
    """Somebody on the line.

    `phone` is their number (one that is not E.164, such as `anonymous`, can call but not be called). `answer_after`
    is the span from ringing to picking up, or to rejecting; None means when told to. `rate` is the pace of speech
    (1.2: a fifth faster). `line` is the quality of their access line: `echo` and `noise` in dB relative to speech,
    `loss` a share of what goes either way (see `telephony.quality`). `options` are the kind's own (see `options`).
    """

    name: str
    phone: str
    kind: str = "human"
    pickup: Pickup = Pickup.ANSWERS
    answer_after: Micros | None = 2 * SECOND
    rate: float = 1.0
    line: Mapping[str, Any] = field(default_factory=dict)
    habits: tuple[Habit, ...] = ()
    options: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not self.rate > 0:
            raise ValueError(f"{self.name} cannot speak at a rate of {self.rate}; 1 is normal, 1.2 a fifth faster")

    def voice(self, words: str) -> Speech:
        """These words in this voice."""
        return Speech(words, round(BYTE_TIME / self.rate))
