"""A store as a log of rows, on whatever keeps rows. Everything that SQLite and JSON lines have in common."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import OrderedDict
from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Final, NamedTuple

from voicecall_sdk.call.record import CallRecord
from voicecall_sdk.errors import StoreFailed
from voicecall_sdk.messages import WebhookReply
from voicecall_sdk.store.index import Entry, Index, Replies, Retention
from voicecall_sdk.store.ledger import Row, Tip, next_row, record_of, tip_of
from voicecall_sdk.store.store import Answered
from voicecall_sdk.values import CallId

MOST_FORGOTTEN: Final = 8
"""Calls that one append forgets at most, so that no append takes long."""

MOST_REMEMBERED: Final = 1024
"""Records of finished calls that are kept in memory."""


class Batch(NamedTuple):
    """What is written at once: all of it, or nothing. `expired` has the keys and places of replies to be dropped."""

    row: Row | None = None
    answered: Answered | None = None
    forgotten: Sequence[Entry] = ()
    expired: Mapping[str, int] = MappingProxyType({})


class LoggedStore(ABC):
    """A `Store` on a medium: its subclasses read and write rows and replies, and know no calls."""

    def __init__(self, retention: Retention, *, read_only: bool) -> None:
        self._retention = retention
        self._read_only = read_only
        self._closed = False
        self._last = 0  # the highest position ever given
        self._index = Index()
        self._replies = Replies()
        self._tips: dict[CallId, Tip] = {}
        self._finished: OrderedDict[CallId, Tip] = OrderedDict()

    # --- the medium ---------------------------------------------------------------------------------------------

    @abstractmethod
    def _write(self, batch: Batch) -> int:
        """Make a batch durable; returns the place of its reply. Raises `StoreFailed`: then nothing was written."""

    @abstractmethod
    def _row(self, position: int) -> Row | None:
        """The row at a position."""

    @abstractmethod
    def _rows(self, after: int) -> Iterator[Row]:
        """All rows after a position, in order."""

    @abstractmethod
    def _reply(self, place: int) -> WebhookReply:
        """The reply at a place."""

    @abstractmethod
    def _refresh(self) -> None:
        """Take in what another process has written since. Only ever called on a store that is read-only."""

    def _tidy(self) -> None:  # noqa: B027 - a medium that needs no tidying has nothing to say
        """Put the file in order after something was written, if it needs to be. Raises `StoreFailed`."""

    @abstractmethod
    def _release(self) -> None:
        """Let go of the file."""

    # --- writing ------------------------------------------------------------------------------------------------

    def append(self, record: CallRecord | None, answered: Answered | None, *, at: float) -> None:
        """Keep a record's newest form and a webhook's reply, both or neither. Raises `StoreFailed`."""
        self._must_write()
        row = tip = None
        if record is not None:
            row, tip = next_row(self._tip(record.call_id), record, position=self._last + 1, at=at)
        batch = Batch(
            row=row,
            answered=answered,
            forgotten=self._superfluous(row, at),
            expired=self._replies.expired(at) if self._replies.overdue(at) else {},
        )
        self._commit(batch, tip)

    def forget(self, call_id: CallId) -> None:
        """Remove a finished call and its log; one that is not known is forgotten already. Raises `StoreFailed`."""
        self._must_write()
        entry = self._index.get(call_id)
        if entry is None:
            return
        if entry.live:
            raise StoreFailed(f"call {call_id} is not over; only finished calls can be forgotten")
        self._commit(Batch(forgotten=(entry,)))

    def forget_replies(self, *, now: float) -> None:
        """Drop replies that are no longer kept."""
        self._must_write()
        if expired := self._replies.expired(now):
            self._commit(Batch(expired=expired))

    # --- reading ------------------------------------------------------------------------------------------------

    def reply_to(self, key: str, *, now: float) -> WebhookReply | None:
        """The reply this delivery got before, if that was less than `REPLY_KEPT` seconds ago."""
        self._must_be_current()
        place = self._replies.place(key, now=now)
        return None if place is None else self._reply(place)

    def find(self, any_id: str) -> CallRecord | None:
        """The newest record with this call id or provider call id."""
        self._must_be_current()
        entry = self._index.find(any_id)
        return None if entry is None else self._record(entry)

    def unfinished(self) -> Sequence[CallRecord]:
        """The newest record of every call that is not over, oldest call first."""
        self._must_be_current()
        live = [entry for entry in self._index.entries() if entry.live]
        return [self._record(entry) for entry in sorted(live, key=lambda entry: entry.started_at)]

    def history(self, limit: int) -> Sequence[CallRecord]:
        """The newest record of the last `limit` distinct calls, in the order in which they came."""
        self._must_be_current()
        entries = self._index.entries()
        return [self._record(entry) for entry in entries[max(0, len(entries) - max(0, limit)) :]]

    def follow(self, after: int) -> Iterator[tuple[int, CallRecord]]:
        """Every record appended after position `after` that is still remembered, with its position."""
        self._must_be_open()
        known: dict[CallId, CallRecord] = {}
        for row in self._rows(after):
            before = known.get(row.call_id)
            if before is None and not row.whole:
                if self._row(row.previous) is None:
                    continue  # its call was forgotten in the meantime
                before = self._tip_at(row.previous).record
            record = known[row.call_id] = record_of(before, row)
            if not row.live:
                del known[row.call_id]
            yield row.position, record

    def position(self) -> int:
        """The position of the newest record ever appended; 0 when there is none."""
        self._must_be_current()
        return self._index.position

    def close(self) -> None:
        """Release the file. Idempotent."""
        if not self._closed:
            self._closed = True
            self._release()

    # --- inside -------------------------------------------------------------------------------------------------

    def _commit(self, batch: Batch, tip: Tip | None = None) -> None:
        place = self._write(batch)
        if tip is not None:
            self._remember(tip)
        self._note(batch, place)
        self._tidy()

    def _note(self, batch: Batch, place: int) -> None:
        """What is durable now, put into the index."""
        if batch.row is not None:
            self._index.note(batch.row)
            self._last = max(self._last, batch.row.position)
        for entry in batch.forgotten:
            self._index.drop(entry.call_id)
            self._finished.pop(entry.call_id, None)
        for key in batch.expired:
            self._replies.drop(key)
        if batch.answered is not None:
            self._replies.note(batch.answered.key, batch.answered.at, place)

    def _superfluous(self, row: Row | None, now: float) -> Sequence[Entry]:
        """The calls to be forgotten when this row ends its call."""
        if row is None or row.live:
            return ()
        entry = self._index.get(row.call_id)
        if entry is not None and not entry.live:
            return ()
        found = self._index.superfluous(self._retention, ending=1, now=now, most=MOST_FORGOTTEN)
        return [entry for call_id in found if (entry := self._index.get(call_id)) is not None]

    def _record(self, entry: Entry) -> CallRecord:
        tip = self._tip(entry.call_id)
        assert tip is not None
        return tip.record

    def _tip(self, call_id: CallId) -> Tip | None:
        """The end of a call's log, from memory if it is there."""
        tip = self._tips.get(call_id) or self._finished.get(call_id)
        if tip is not None:
            return tip
        entry = self._index.get(call_id)
        if entry is None:
            return None
        tip = self._tip_at(entry.newest)
        self._remember(tip)
        return tip

    def _remember(self, tip: Tip) -> None:
        call_id = tip.record.call_id
        if tip.record.live:
            self._tips[call_id] = tip
            return
        self._tips.pop(call_id, None)
        self._finished[call_id] = tip
        self._finished.move_to_end(call_id)
        if len(self._finished) > MOST_REMEMBERED:
            self._finished.popitem(last=False)

    def _tip_at(self, position: int) -> Tip:
        """The end of a call's log as it was at this position."""
        rows: list[Row] = []
        while not rows or not rows[-1].whole:
            row = self._row(position)
            if row is None:
                raise StoreFailed(f"row {position} of the store is missing")
            rows.append(row)
            position = row.previous
        return tip_of(reversed(rows))

    def _start_over(self) -> None:
        """Know nothing, before the file is read anew."""
        self._index, self._replies = Index(), Replies()
        self._tips.clear()
        self._finished.clear()

    def _must_be_open(self) -> None:
        if self._closed:
            raise StoreFailed("the store is closed")

    def _must_be_current(self) -> None:
        self._must_be_open()
        if self._read_only:
            self._refresh()

    def _must_write(self) -> None:
        self._must_be_open()
        if self._read_only:
            raise StoreFailed("the store was opened to be read only")
