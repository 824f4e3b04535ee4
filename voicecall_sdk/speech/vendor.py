"""What the vendors of voices, of speech recognition and of speech-to-speech models offer, whoever they are.

Sound is mu-law, 8000 bytes a second, one channel, in pieces of any size. What a service hears or says is told to a
callback given when it is made, `told`: in the loop's thread, one event at a time, in the order in which the service
sent them. The callback must not block, and must not raise.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol, runtime_checkable


@dataclass(frozen=True, slots=True)
class SpeechStarted:
    """The caller began to speak, as the service judges it. `item` names the utterance, where the service does."""

    item: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class SpeechStopped:
    """The caller fell silent; what was said is still being worked out."""

    item: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class Partial:
    """What the caller's present utterance seems to be so far: the whole of it each time."""

    text: str


@dataclass(frozen=True, slots=True)
class Final:
    """What the caller said in one utterance. Never blank; utterances come in the order in which they were said."""

    text: str
    item: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class Lost:
    """The service is gone for good, and nothing more comes. `clean`: it said goodbye. The reason holds no secret."""

    reason: str
    clean: bool = False


@dataclass(frozen=True, slots=True)
class Ready:
    """A speech-to-speech model listens and can be spoken to."""


@dataclass(frozen=True, slots=True)
class CallerSaid:
    """What the model's ear made of the caller: partials hold the whole utterance so far, the last is `final`."""

    text: str
    final: bool


@dataclass(frozen=True, slots=True)
class BotSaid:
    """The words of the model's audio `item_id`: partials hold all words so far, the last is `final`."""

    text: str
    final: bool
    item_id: str


@dataclass(frozen=True, slots=True)
class Audio:
    """Sound of the model, faster than it is played."""

    ulaw: bytes = field(repr=False)
    item_id: str


@dataclass(frozen=True, slots=True)
class AudioDone:
    """All sound of this item has come."""

    item_id: str


@dataclass(frozen=True, slots=True)
class ToolCalled:
    """The model calls a tool: answer by `answer_tool(call_id, ...)`. Arguments that were no JSON object are {}."""

    call_id: str
    name: str
    arguments: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class ResponseDone:
    """A response of the model is over: `completed`, `cancelled`, `incomplete` or `failed`."""

    status: str


Recognized = SpeechStarted | SpeechStopped | Partial | Final | Lost
"""What a recognizer tells."""

RealtimeEvent = (
    Ready | SpeechStarted | SpeechStopped | CallerSaid | BotSaid | Audio | AudioDone | ToolCalled | ResponseDone | Lost
)
"""What a speech-to-speech model tells."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RealtimeTool:
    """A function that a model may call; `parameters` is a JSON Schema of type object."""

    name: str
    description: str
    parameters: Mapping[str, Any]


@runtime_checkable
class Synthesizer(Protocol):
    """A voice."""

    @property
    def name(self) -> str:
        """Who speaks: the vendor's name."""
        ...

    def speak(self, text: str) -> AsyncIterator[bytes]:
        """The sound of this text as it comes, mu-law, pieces of any size, at least one byte in all.

        An asynchronous generator: `aclose()` ends the request at once. Raises `SpeechFailed`.
        """
        ...


@runtime_checkable
class Recognizer(Protocol):
    """An ear for one call. Tells `Recognized` events."""

    async def open(self) -> None:
        """Return when the service listens. Raises `SpeechFailed`."""
        ...

    def hear(self, ulaw: bytes) -> None:
        """Listen to this. Never blocks; kept in bounds (2 MiB, oldest dropped) while the service is out of reach."""
        ...

    async def close(self, *, finish: bool = False) -> None:
        """Hang up. With `finish` what was said last is still waited for (at most 5 s) and told. May be repeated."""
        ...


@runtime_checkable
class RealtimeVoice(Protocol):
    """A speech-to-speech model on one call. Tells `RealtimeEvent`s."""

    async def open(self) -> None:
        """Return when the model listens. Raises `SpeechFailed`."""
        ...

    def hear(self, ulaw: bytes) -> None:
        """Let the model hear this. Never blocks; kept in bounds (2 MiB, oldest dropped) before it is ready."""
        ...

    def say(self, text: str) -> None:
        """Have the model say this text as it stands, after what it is saying now."""
        ...

    def greet(self, text: str) -> None:
        """Have the model begin the conversation by greeting, with this text in it."""
        ...

    def truncate(self, item_id: str, played_ms: int) -> None:
        """Tell the model that only this much of an item's sound was played."""
        ...

    def cancel(self) -> None:
        """Stop what the model is saying now, if anything."""
        ...

    def answer_tool(self, call_id: str, output: str) -> None:
        """Give the result of a tool, JSON or plain text, and let the model go on."""
        ...

    async def close(self) -> None:
        """Hang up. Nothing is told after this. May be repeated."""
        ...
