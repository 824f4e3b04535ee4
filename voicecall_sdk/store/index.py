"""What a store knows without looking: which calls there are, where their logs end, which replies are kept."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from voicecall_sdk.store.ledger import Row
from voicecall_sdk.store.store import REPLY_KEPT
from voicecall_sdk.values import CallId, ProviderCallId

SLACK: Final = 60.0
"""Seconds for which replies may outlive their time, so that they are dropped in batches."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Retention:
    """How much is remembered of calls that are over: so many, and none that began longer ago than `seconds`."""

    calls: int = 1000
    seconds: float = 90 * 86_400.0


class Entry(NamedTuple):
    """A call, as far as it must be found. `newest` is the position of its last row."""

    call_id: CallId
    provider_call_id: ProviderCallId | None
    live: bool
    started_at: float
    newest: int


@dataclass(slots=True)
class Index:
    """The calls in the order of their first rows, and the position of the newest row ever written."""

    position: int = 0
    finished: int = 0
    _entries: dict[CallId, Entry] = field(default_factory=dict)
    _by_provider: dict[ProviderCallId, CallId] = field(default_factory=dict)

    def note(self, row: Row) -> None:
        """A row was written."""
        self.position = max(self.position, row.position)
        before = self._entries.get(row.call_id)
        if before is not None:
            self._unlink(before)
        self._entries[row.call_id] = Entry(
            call_id=row.call_id,
            provider_call_id=row.provider_call_id,
            live=row.live,
            started_at=row.started_at,
            newest=row.position,
        )
        self.finished += not row.live
        if row.provider_call_id is not None:
            self._by_provider[row.provider_call_id] = row.call_id

    def drop(self, call_id: CallId) -> None:
        """A call was forgotten."""
        entry = self._entries.pop(call_id, None)
        if entry is not None:
            self._unlink(entry)

    def get(self, call_id: CallId) -> Entry | None:
        """A call by its own id."""
        return self._entries.get(call_id)

    def find(self, any_id: str) -> Entry | None:
        """A call by its own id, or the carrier's."""
        entry = self._entries.get(CallId(any_id))
        if entry is not None:
            return entry
        call_id = self._by_provider.get(ProviderCallId(any_id))
        return None if call_id is None else self._entries.get(call_id)

    def entries(self) -> list[Entry]:
        """All calls, in the order in which they came."""
        return list(self._entries.values())

    def superfluous(self, retention: Retention, *, ending: int, now: float, most: int) -> tuple[CallId, ...]:
        """At most `most` calls that are over and need not be remembered, oldest first, once `ending` more are over."""
        found: list[CallId] = []
        excess = self.finished + ending - retention.calls
        for entry in self._finished():
            if len(found) >= min(most, excess) and entry.started_at >= now - retention.seconds:
                break
            if len(found) >= most:
                break
            found.append(entry.call_id)
        return tuple(found)

    def _finished(self) -> Iterator[Entry]:
        return (entry for entry in self._entries.values() if not entry.live)

    def _unlink(self, entry: Entry) -> None:
        self.finished -= not entry.live
        if entry.provider_call_id is not None and self._by_provider.get(entry.provider_call_id) == entry.call_id:
            del self._by_provider[entry.provider_call_id]


@dataclass(slots=True)
class Replies:
    """Where the kept replies are, oldest first: by key the instant, and a place in the file."""

    _kept: dict[str, tuple[float, int]] = field(default_factory=dict)

    def note(self, key: str, at: float, place: int) -> None:
        """A reply was written."""
        self._kept.pop(key, None)
        self._kept[key] = (at, place)

    def place(self, key: str, *, now: float) -> int | None:
        """Where a reply is that is younger than `REPLY_KEPT`."""
        found = self._kept.get(key)
        return found[1] if found is not None and now - found[0] < REPLY_KEPT else None

    def overdue(self, now: float) -> bool:
        """Whether it is worth while to drop some."""
        oldest = next(iter(self._kept.values()), None)
        return oldest is not None and now - oldest[0] >= REPLY_KEPT + SLACK

    def expired(self, now: float) -> dict[str, int]:
        """Keys and places of those that are no longer kept, up to the first that is."""
        found = {}
        for key, (at, place) in self._kept.items():
            if now - at < REPLY_KEPT:
                break
            found[key] = place
        return found

    def drop(self, key: str) -> None:
        """A reply was forgotten."""
        self._kept.pop(key, None)

    def is_at(self, key: str, place: int) -> bool:
        """Whether the kept reply of this key is the one at this place."""
        return key in self._kept and self._kept[key][1] == place
