"""Records as JSON and back: nothing is lost, nothing unknown is let in."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

import orjson
import pytest
from hypothesis import given

from tests.sdk.store.records import NOW, RECORDS, call
from voicecall_sdk.call.record import CallRecord
from voicecall_sdk.errors import StoreFailed
from voicecall_sdk.store.codec import dump, from_json, loads, to_json
from voicecall_sdk.store.ledger import next_row, record_of, tip_of


def same(one: CallRecord, other: CallRecord) -> bool:
    """Equal, or as equal as JSON makes them: a tuple in metadata comes back as a list."""
    return repr(one) == repr(other)


@given(RECORDS)
def test_every_record_survives(record: CallRecord) -> None:
    assert same(from_json(loads(dump(record))), record)


@given(RECORDS)
def test_plain_values_and_the_text_say_the_same(record: CallRecord) -> None:
    assert loads(dump(record)) == to_json(record)


@given(RECORDS, RECORDS)
def test_any_change_can_be_kept_as_a_change(before: CallRecord, after: CallRecord) -> None:
    after = replace(after, call_id=before.call_id)
    first, tip = next_row(None, before, position=1, at=NOW)
    second, newest = next_row(tip, after, position=2, at=NOW)
    rows = (second,) if second.whole else (first, second)
    assert same(tip_of(rows).record, after)
    assert newest.record is after


def test_keys_are_in_camel_case_without_underscores() -> None:
    value = to_json(call())
    assert value["callId"] == "call-a"
    assert value["from"] == "+15550001234"
    assert value["startedAt"] == NOW
    assert value["version"] == 1
    assert len(value) == len(fields(CallRecord)) + 1


def test_a_record_of_an_older_program_gets_the_defaults_of_what_it_lacks() -> None:
    value = {key: each for key, each in to_json(call()).items() if key not in {"keys", "transcript", "metadata"}}
    assert from_json(value) == call()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"version": 2}, "version 2; this program reads version 1"),
        ({"version": None}, "version None"),
        ({"mood": "good"}, "keys that this version does not know: mood"),
        ({"state": "dancing"}, "impossible state: 'dancing'"),
        ({"transcript": 3}, "impossible transcript"),
        ({"transcript": ["x"]}, "a stored Line is not a JSON object"),
        ({"transcript": [{"at": 1.0, "speaker": "bot"}]}, "a stored Line lacks text"),
    ],
)
def test_what_cannot_be_read_is_refused_by_name(change: dict[str, Any], message: str) -> None:
    with pytest.raises(StoreFailed, match=message):
        from_json({**to_json(call()), **change})


def test_a_record_that_lacks_what_it_must_have_is_refused() -> None:
    with pytest.raises(StoreFailed, match="a stored CallRecord lacks callId, provider"):
        from_json({"version": 1, "state": "ringing", "direction": "inbound", "from": "", "to": "", "startedAt": 0})


def test_rows_that_do_not_fit_together_are_refused() -> None:
    first, tip = next_row(None, call(), position=1, at=NOW)
    second, _ = next_row(tip, call(keys="1"), position=2, at=NOW)
    with pytest.raises(StoreFailed, match=r"row 2 .* without what it changes"):
        record_of(None, second)
    with pytest.raises(StoreFailed, match="row 1 of the store is damaged"):
        record_of(None, first._replace(body=b'{"cut'))
    with pytest.raises(StoreFailed, match="no whole record"):
        tip_of([])
    for key in ("callId", "mood"):
        with pytest.raises(StoreFailed, match=f"does not know: {key}"):
            record_of(call(), second._replace(body=orjson.dumps({key: "x"})))
