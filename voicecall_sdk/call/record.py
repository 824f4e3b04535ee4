"""The record of one call: all that is known and kept about it. Frozen; a change makes a new one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from enum import StrEnum
from operator import attrgetter
from typing import Any, Final

from voicecall_sdk.values import CallId, Direction, EndReason, Mode, ProviderCallId, Speaker, State, Turn


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line of the transcript. `at` is Unix time in seconds; `interrupted` marks a text not heard to its end."""

    at: float
    speaker: Speaker
    text: str
    interrupted: bool = False


class After(StrEnum):
    """What follows an utterance."""

    LISTEN = "listen"
    HANG_UP = "hang-up"


@dataclass(frozen=True, slots=True, kw_only=True)
class Speaking:
    """An utterance under way or waiting. It goes into the transcript once the carrier tells that it was said.

    `signalled`: the carrier will tell when it is over. A prompt inside a listening document has no such signal (the
    answer, or none, comes instead), and neither has a notification spoken by the dial request.
    """

    turn: Turn
    text: str
    after: After
    signalled: bool


class Stream(StrEnum):
    """Where a call's media stream stands.

    `OFF` there is none · `AWAITED` the carrier was told to open one · `STARTED` it did, and we are not ready yet ·
    `OPEN` sound goes both ways · `LOST` it broke, and may come back · `GONE` it did not come back in time ·
    `FAILED` streams do not work on this call: it goes on with the carrier's own voice and ears
    """

    OFF = "off"
    AWAITED = "awaited"
    STARTED = "started"
    OPEN = "open"
    LOST = "lost"
    GONE = "gone"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class CallRecord:
    """One call. Instants are Unix time in seconds (`started_at`: when we heard of the call or dialled it).

    - `state` is changed by `call.states` alone; `end_reason` is the first terminal reason and stays.
    - `commanded_end` is the reason of an end that we asked for and that the carrier has not confirmed yet.
    - `carrier_word` is the carrier's own final status or cause, kept beside our reason.
    - `message` is the initial message until it has been handed to the carrier.
    - `speaking` is the utterance under way, `sounding` since when it is heard, where that is
      told; `queued` those that wait for its end, `listening` the turn we listen for.
    - `asked` is the turn of an open `ask`, whose answer somebody waits for.
    - `ready` says that the carrier has taken instructions at least once.
    - `keys` are the digits the far end pressed, in order; `typed` those that may not be complete yet.
    - `stream` is the standing of the media stream, `stream_token` what the awaited one has to prove itself with,
      `stream_tries` how often one was asked for in vain.
    """

    call_id: CallId
    provider: str
    direction: Direction
    state: State
    from_: str
    to: str
    started_at: float
    provider_call_id: ProviderCallId | None = None
    mode: Mode | None = None
    session_key: str | None = None
    agent_id: str | None = None
    answered_at: float | None = None
    ended_at: float | None = None
    end_reason: EndReason | None = None
    commanded_end: EndReason | None = None
    carrier_word: str | None = None
    error: str | None = None
    message: str | None = None
    speaking: Speaking | None = None
    sounding: float | None = None
    queued: tuple[Speaking, ...] = ()
    listening: Turn | None = None
    asked: Turn | None = None
    ready: bool = False
    transcript: tuple[Line, ...] = ()
    keys: str = ""
    typed: str = ""
    stream: Stream = Stream.OFF
    stream_token: Turn | None = None
    stream_tries: int = 0
    metadata: Mapping[str, object] = field(default_factory=dict)

    @property
    def live(self) -> bool:
        """Whether the call is not over."""
        return not self.state.terminal


_NAMES: Final = tuple(each.name for each in fields(CallRecord))
_VALUES: Final = attrgetter(*_NAMES)
# the slots' own way: a frozen record refuses any other
_PUT: Final[Mapping[str, Callable[[CallRecord, Any], None]]] = {
    name: getattr(CallRecord, name).__set__ for name in _NAMES
}


def changed(record: CallRecord, **changes: Any) -> CallRecord:
    """`dataclasses.replace` for a record, in a third of its time: most webhooks change one several times."""
    new = object.__new__(CallRecord)
    for put, value in zip(_PUT.values(), _VALUES(record), strict=True):
        put(new, value)
    for name, value in changes.items():
        _PUT[name](new, value)
    return new
