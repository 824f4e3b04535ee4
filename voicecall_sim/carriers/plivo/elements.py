"""The elements of Plivo XML as values, with their defaults. Times in seconds unless said otherwise."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, TypeAlias

from voicecall_sim.world.clock import Micros

ALL_KEYS: Final = "1234567890*#"


@dataclass(frozen=True, slots=True, kw_only=True)
class Speak:
    """Words, with silences (µs) between them."""

    words: tuple[str | Micros, ...]
    loop: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Play:
    """A file."""

    url: str
    loop: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Wait:
    """Silence. With `silence` it ends when the other end has been silent for `min_silence` (ms), with `beep` at one."""

    length: int = 1
    silence: bool = False
    min_silence: int = 0
    beep: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Dtmf:
    """Keys to press."""

    digits: str
    asynchronous: bool = True


Prompt: TypeAlias = Speak | Play | Wait


@dataclass(frozen=True, slots=True, kw_only=True)
class Input:
    """GetDigits and GetInput. The timeouts of None are automatic."""

    name: str
    action: str | None
    method: str = "POST"
    redirect: bool = True
    kinds: tuple[str, ...] = ("dtmf",)
    timeout: int = 5
    digit_timeout: int | None = 2
    speech_timeout: int | None = None
    num_digits: int = 99
    finish_on_key: str = "#"
    retries: int = 1
    valid_digits: str = ALL_KEYS
    invalid_sound: str | None = None
    beep: bool = False
    language: str = "en-US"
    model: str = "default"
    hints: tuple[str, ...] = ()
    profanity_filter: bool = False
    interim: str | None = None
    interim_method: str = "POST"
    prompts: tuple[Prompt, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """A message, or with `session` or `on_dial_answer` the call from now on in the background."""

    action: str | None = None
    method: str = "POST"
    redirect: bool = True
    format: str = "mp3"
    timeout: int = 15
    max_length: int = 60
    finish_on_key: str = "#"
    beep: bool = True
    session: bool = False
    on_dial_answer: bool = False
    callback: str | None = None
    callback_method: str = "POST"
    transcription: str | None = None
    words_method: str = "POST"


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialled:
    """One `<Number>` or `<User>` of a Dial."""

    address: str
    send_digits: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Dial:
    """Others to be rung at once and bridged with the call."""

    dialled: tuple[Dialled, ...]
    action: str | None = None
    method: str = "POST"
    redirect: bool = True
    timeout: int | None = None
    time_limit: int = 14_400
    caller_id: str | None = None
    hangup_on_star: bool = False
    confirm_sound: str | None = None
    confirm_key: str | None = None
    confirm_timeout: int = 120
    music: str | None = None
    """The URL of what the caller hears meanwhile."""
    callback: str | None = None
    callback_method: str = "POST"
    digits_match: tuple[str, ...] = ()
    digits_match_b: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Conference:
    """A room, by its name."""

    room: str
    muted: bool = False
    enter_sound: str | None = None
    exit_sound: str | None = None
    start_on_enter: bool = True
    end_on_exit: bool = False
    stay_alone: bool = True
    wait_sound: str | None = None
    max_members: int = 20
    time_limit: int = 86_400
    hangup_on_star: bool = False
    action: str | None = None
    method: str = "POST"
    redirect: bool = True
    callback: str | None = None
    callback_method: str = "POST"
    digits_match: tuple[str, ...] = ()
    record: bool = False
    record_format: str = "mp3"
    record_alone: bool = False
    floor: bool = False
    relay: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Redirect:
    """Another document."""

    url: str
    method: str = "POST"


@dataclass(frozen=True, slots=True, kw_only=True)
class Hangup:
    """The end; `schedule` sets a timer instead."""

    reason: str | None = None
    schedule: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PreAnswer:
    """Early media."""

    inside: tuple[Element, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Stream:
    """Audio over a WebSocket; also what REST asks for."""

    url: str
    bidirectional: bool = False
    track: str = "inbound"
    timeout: int = 86_400
    keep_call_alive: bool = False
    content_type: str = "audio/x-l16;rate=8000"
    extra_headers: str = ""
    status_url: str | None = None
    status_method: str = "POST"
    noise_cancellation: bool = False
    noise_level: int = 85


@dataclass(frozen=True, slots=True, kw_only=True)
class Unemulated:
    """An element that exists and does nothing here."""

    name: str
    attributes: Mapping[str, str] = field(default_factory=dict)


Element: TypeAlias = (
    Speak
    | Play
    | Wait
    | Dtmf
    | Input
    | Record
    | Dial
    | Conference
    | Redirect
    | Hangup
    | PreAnswer
    | Stream
    | Unemulated
)
