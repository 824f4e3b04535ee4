"""Media streams as carriers speak them: messages as values, and the form that a carrier gives them. No sockets here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from voicecall_sdk.values import ProviderCallId


@dataclass(frozen=True, slots=True, kw_only=True)
class Started:
    """The stream begins. `token` is what it proves itself with, `encoding` the form of its sound."""

    stream_id: str
    provider_call_id: ProviderCallId | None
    token: str | None
    encoding: str
    details: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Sound:
    """What the far end sounds like: G.711 mu-law at 8 kHz, usually 20 ms of it."""

    ulaw: bytes


@dataclass(frozen=True, slots=True)
class Mark:
    """Everything that was sent before the mark of this name has been played, or was cleared."""

    name: str


@dataclass(frozen=True, slots=True)
class Key:
    """The far end pressed a key."""

    digit: str


@dataclass(frozen=True, slots=True)
class Stopped:
    """The carrier ends the stream."""


MediaMessage: TypeAlias = Started | Sound | Mark | Key | Stopped


@dataclass(frozen=True, slots=True, kw_only=True)
class Wire:
    """How one carrier's stream is read and written.

    - `read(text)` says what a message is; None for one that says nothing to us. Raises `Unintelligible`.
    - `reader(started)` gives the function that reads what follows that start, if streams differ; None: all are alike.
    - `sound(stream_id)` gives the function that writes a piece of mu-law sound, of any length.
    - `mark(stream_id, name)` asks to be told when everything sent before it was played.
    - `clear(stream_id)` makes the carrier forget what it has not played yet; it may return the pending marks.
    """

    read: Callable[[str], MediaMessage | None]
    sound: Callable[[str], Callable[[bytes], str]]
    mark: Callable[[str, str], str]
    clear: Callable[[str], str]
    reader: Callable[[Started], Callable[[str], MediaMessage | None]] | None = None
