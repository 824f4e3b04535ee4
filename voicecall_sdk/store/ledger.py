"""A call's log: rows of which each holds the whole record, or what changed since the row before. Pure.

A whole record is written when a call is new, when it is over, and when the changes since the last whole one have grown
as large as that: what is written grows with what happens, not with its square, and to read a record takes no more
than twice its size.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any, Final, NamedTuple

from voicecall_sdk.call.record import CallRecord
from voicecall_sdk.errors import StoreFailed
from voicecall_sdk.store.codec import decoded, dump, dumps, from_json, loads, shape_of
from voicecall_sdk.values import CallId, ProviderCallId

SMALLEST_WHOLE: Final = 2048
"""Bytes of changes below which no whole record is written again."""

FIELDS: Final = shape_of(CallRecord).by_key
VALUES: Final = shape_of(CallRecord).values
TRANSCRIPT: Final = "transcript"
IDENTITY: Final = "callId"


class Row(NamedTuple):
    """One row. `previous` is the position of the call's row before it (0: none).

    `live`, `provider_call_id` and `started_at` (Unix time, seconds) repeat what the record says, for the index.
    A tuple, for one is made at every append, and SQL takes it as it is.
    """

    position: int
    call_id: CallId
    previous: int
    at: float
    whole: bool
    live: bool
    provider_call_id: ProviderCallId | None
    started_at: float
    body: bytes


class Tip(NamedTuple):
    """The end of a call's log: its newest record, the row that holds it, and the bytes spent since a whole one."""

    record: CallRecord
    position: int
    whole_size: int
    changed_size: int


def next_row(tip: Tip | None, record: CallRecord, *, position: int, at: float) -> tuple[Row, Tip]:
    """The row that brings a call's log to this record, and the log's new end."""
    body = None if tip is None or not record.live else _change(tip.record, record)
    changed = 0 if tip is None or body is None else tip.changed_size + len(body)
    if body is None or tip is None or changed > max(tip.whole_size, SMALLEST_WHOLE):
        body = dump(record)
        new = Tip(record, position, len(body), 0)
    else:
        new = Tip(record, position, tip.whole_size, changed)
    row = Row(
        position=position,
        call_id=record.call_id,
        previous=0 if tip is None else tip.position,
        at=at,
        whole=new.changed_size == 0,
        live=record.live,
        provider_call_id=record.provider_call_id,
        started_at=record.started_at,
        body=body,
    )
    return row, new


def tip_of(rows: Iterable[Row]) -> Tip:
    """The end of the log that these rows are, from a whole one on."""
    tip: Tip | None = None
    for row in rows:
        if row.whole:
            tip = Tip(record_of(None, row), row.position, len(row.body), 0)
        elif tip is not None:
            tip = Tip(record_of(tip.record, row), row.position, tip.whole_size, tip.changed_size + len(row.body))
    if tip is None:
        raise StoreFailed("a call's log has no whole record")
    return tip


def record_of(before: CallRecord | None, row: Row) -> CallRecord:
    """The record after this row. `before` is the one before it, needed unless the row is a whole one."""
    try:
        value = loads(row.body)
    except ValueError as error:
        raise StoreFailed(f"row {row.position} of the store is damaged: {error}") from error
    if row.whole:
        return from_json(value)
    if before is None:
        raise StoreFailed(f"row {row.position} of the store holds a change without what it changes")
    return _changed(before, value)


def _change(before: CallRecord, after: CallRecord) -> bytes:
    """What is different, as JSON; of the transcript only the end that is."""
    changes: dict[str, Any] = {}
    for key, old, new in zip(FIELDS, VALUES(before), VALUES(after), strict=True):
        if old is new or old == new:
            continue
        if key == TRANSCRIPT:
            kept = _common(old, new)
            changes[key] = {"kept": kept, "added": new[kept:]}
        else:
            changes[key] = new
    return dumps(changes)


def _changed(before: CallRecord, changes: Mapping[str, Any]) -> CallRecord:
    fields: dict[str, Any] = {}
    for key, value in changes.items():
        if key not in FIELDS or key == IDENTITY:
            raise StoreFailed(f"a stored change has a key that this version does not know: {key}")
        field = FIELDS[key]
        if key == TRANSCRIPT:
            fields[field.name] = before.transcript[: value["kept"]] + decoded(field, value["added"])
        else:
            fields[field.name] = decoded(field, value)
    return replace(before, **fields)


def _common(old: tuple[Any, ...], new: tuple[Any, ...]) -> int:
    """How many items two tuples begin with alike."""
    shorter = min(len(old), len(new))
    if old[:shorter] == new[:shorter]:
        return shorter
    return next(at for at in range(shorter) if old[at] != new[at])
