"""What a media stream is wished to be, and what REST shows of it. No I/O."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from voicecall_sim.carriers.twilio.account import Account, Callback

TRACKS: Final[Mapping[str, tuple[str, ...]]] = {
    "inbound_track": ("inbound",),
    "outbound_track": ("outbound",),
    "both_tracks": ("inbound", "outbound"),
}
"""The words for tracks, and what the messages call them."""

LONGEST_PARAMETER: Final = 500
"""Characters of a parameter's name and value together."""

MOST_TRACKS: Final = 4
"""How many tracks of one call may be streamed at once by one-way streams."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamWish:
    """A stream as a document or REST asks for it. `url` and `track` are as they were written, and not judged yet."""

    url: str
    name: str | None = None
    track: str = "inbound_track"
    callback: Callback | None = None
    parameters: Mapping[str, str] = field(default_factory=dict)
    connector: str | None = None
    base: Callback | None = None
    """What a relative URL is relative to."""


@dataclass(slots=True, kw_only=True)
class StreamResource:
    """One stream as REST shows it."""

    sid: str
    account_sid: str
    call_sid: str
    name: str | None
    date_updated: datetime
    tracks: tuple[str, ...]
    two_way: bool
    status: str = "in-progress"

    @property
    def over(self) -> bool:
        """Whether it has ended."""
        return self.status != "in-progress"

    @property
    def shown_name(self) -> str:
        """What callbacks call it: its identifier if it has no name."""
        return self.name or self.sid


def running(account: Account, call_sid: str) -> Sequence[StreamResource]:
    """The one-way streams of a call, the oldest first."""
    return [
        stream
        for stream in account.streams.values()
        if stream.call_sid == call_sid and not stream.over and not stream.two_way
    ]


def named(account: Account, call_sid: str, name: str) -> StreamResource | None:
    """The running one-way stream of a call with that name or identifier."""
    return next((one for one in running(account, call_sid) if name in (one.name, one.sid)), None)


def crowded(account: Account, call_sid: str, tracks: Sequence[str]) -> bool:
    """Whether these tracks are more than the call may still have streamed."""
    return sum(len(stream.tracks) for stream in running(account, call_sid)) + len(tracks) > MOST_TRACKS


FIDELITY: Final = (
    ("up to four tracks of a call in one-way streams", "voice/media-streams", "documented"),
    ("name and value of a parameter: 500 characters together", "voice/twiml/stream, from memory", "assumed"),
)
