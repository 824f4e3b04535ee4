"""TwiML as values: what each verb says, defaults filled in. Times in seconds, as in the documents.

Attributes, defaults: Twilio docs, voice/twiml/*.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from voicecall_sim.carriers.twilio.account import Detection
from voicecall_sim.sound.sound import Sound
from voicecall_sim.world.clock import Micros


@dataclass(frozen=True, slots=True, kw_only=True)
class Say:
    """Text to speak; `words` holds runs of text and (as numbers) pauses in microseconds between them."""

    words: tuple[str | Micros, ...]
    voice: str = "man"
    language: str = "en-US"
    loop: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Play:
    """A sound to fetch and play, or keys to press."""

    url: str = ""
    loop: int = 1
    digits: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Pause:
    """Silence."""

    length: int = 1


Prompt: TypeAlias = Say | Play | Pause


@dataclass(frozen=True, slots=True, kw_only=True)
class Gather:
    """Keys or speech from the other end. An absent `action` means the URL of the current document.

    `speech_timeout` None means `timeout`; `finish_on_key` "" means that no key finishes.
    """

    inputs: tuple[str, ...] = ("dtmf",)
    action: str | None = None
    method: str = "POST"
    timeout: int = 5
    speech_timeout: int | Literal["auto"] | None = None
    max_speech_time: int | None = None
    num_digits: int | None = None
    finish_on_key: str = "#"
    action_on_empty_result: bool = False
    barge_in: bool = True
    language: str = "en-US"
    profanity_filter: bool = True
    partial_callback: str | None = None
    partial_method: str = "POST"
    prompts: tuple[Prompt, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """A message from the other end. An absent `action` means the URL of the current document."""

    action: str | None = None
    method: str = "POST"
    timeout: int = 5
    finish_on_key: str = "1234567890*#"
    max_length: int = 3600
    play_beep: bool = True
    trim: str = "trim-silence"
    transcribe: bool = False
    status_callback: str | None = None
    status_method: str = "POST"
    status_events: tuple[str, ...] = ("completed",)


@dataclass(frozen=True, slots=True, kw_only=True)
class Number:
    """A number to dial, with what happens on its leg."""

    number: str
    send_digits: str | None = None
    url: str | None = None
    method: str = "POST"
    status_callback: str | None = None
    status_method: str = "POST"
    status_events: tuple[str, ...] = ("completed",)
    detection: Detection | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Dial:
    """Connect somebody else to the call. Without `action` the document goes on afterwards."""

    action: str | None = None
    method: str = "POST"
    answer_on_bridge: bool = False
    caller_id: str | None = None
    hangup_on_star: bool = False
    record: str = "do-not-record"
    recording_callback: str | None = None
    recording_method: str = "POST"
    recording_events: tuple[str, ...] = ("completed",)
    recording_track: str = "both"
    sequential: bool = False
    time_limit: int = 14_400
    timeout: int = 30
    trim: str = "do-not-trim"
    numbers: tuple[Number, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Redirect:
    """Go on with another document; an empty `url` is the current one."""

    url: str = ""
    method: str = "POST"


@dataclass(frozen=True, slots=True, kw_only=True)
class Hangup:
    """End the call."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reject:
    """Refuse an inbound call that has not been answered: `rejected` or `busy`."""

    reason: str = "rejected"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stream:
    """A media stream. `url` and `track` are as written: what is wrong with them shows when it is to begin."""

    url: str = ""
    name: str | None = None
    track: str = "inbound_track"
    status_callback: str | None = None
    status_method: str = "POST"
    connector: str | None = None
    parameters: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Connect:
    """Join the call to a two-way stream until that ends. Without `action` the document goes on afterwards."""

    stream: Stream
    action: str | None = None
    method: str = "POST"


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """Begin one-way streams; the document goes on at once."""

    streams: tuple[Stream, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    """End one-way streams, by their names."""

    names: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Unemulated:
    """A verb that Twilio has and this emulator has not; `inner` names what it holds (`Stream`)."""

    name: str
    inner: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class AudioBody:
    """Audio that an application answered with, instead of a document."""

    sound: Sound


Verb: TypeAlias = (
    Say
    | Play
    | Pause
    | Gather
    | Record
    | Dial
    | Redirect
    | Hangup
    | Reject
    | Connect
    | Start
    | Stop
    | Unemulated
    | AudioBody
)
