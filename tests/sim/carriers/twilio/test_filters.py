"""Filters by instant."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voicecall_sim.carriers.twilio.filters import judge, names, read_instant, within
from voicecall_sim.carriers.twilio.refusals import Refused
from voicecall_sim.carriers.twilio.validation import Form

NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "instant", "whole_day"),
    [
        ("2026-01-05", datetime(2026, 1, 5, tzinfo=UTC), True),
        ("2026-01-05T12:00:00Z", NOON, False),
        ("2026-01-05T12:00:00", NOON, False),
        ("2026-01-05 12:00:00", NOON, False),
        ("2026-01-05T13:00:00+01:00", NOON, False),
        ("01/05/2026", datetime(2026, 1, 5, tzinfo=UTC), True),
        ("01/05/2026 12:00:00", NOON, False),
        ("01/05/2026 05:00:00 MST", NOON, False),
        ("Mon, 05 Jan 2026 12:00:00 +0000", NOON, False),
    ],
)
def test_forms_of_instants(text: str, instant: datetime, whole_day: bool) -> None:
    assert read_instant("StartTime", text) == (instant, whole_day)


@pytest.mark.parametrize("text", ["yesterday", "2026-13-01", "2026-02-30T00:00:00Z", "13/40/2026", "1", "05:00 XYZ"])
def test_what_cannot_be_read_is_refused(text: str) -> None:
    with pytest.raises(Refused) as caught:
        judge(Form((("StartTime>", text),)), "StartTime")
    assert caught.value.code == 20001
    assert caught.value.message == "StartTime> is not a valid date"


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({}, True),
        ({"StartTime": "2026-01-05"}, True),
        ({"StartTime": "2026-01-04"}, False),
        ({"StartTime": "2026-01-05T12:00:00Z"}, True),
        ({"StartTime": "2026-01-05T12:00:01Z"}, False),
        ({"StartTime>": "2026-01-05"}, True),
        ({"StartTime>": "2026-01-06"}, False),
        ({"StartTime>": "2026-01-05T12:00:00Z"}, True),
        ({"StartTime<": "2026-01-05"}, False),
        ({"StartTime<": "2026-01-06"}, True),
        ({"StartTime<": "2026-01-05T12:00:00Z"}, True),
        ({"StartTime<": "2026-01-05T11:59:59Z"}, False),
        ({"StartTime>": "2026-01-05", "StartTime<": "2026-01-06"}, True),
        ({"StartTime>": "2026-01-01", "StartTime<": "2026-01-02"}, False),
        ({"EndTime": "2020-01-01"}, True),
    ],
)
def test_what_lies_within(filters: dict[str, str], expected: bool) -> None:
    assert within(Form(tuple(filters.items())), "StartTime", NOON) is expected


def test_what_has_not_happened_matches_nothing() -> None:
    assert within(Form(), "StartTime", None)
    assert not within(Form((("StartTime>", "2000-01-01"),)), "StartTime", None)


def test_the_operator_is_a_part_of_the_name() -> None:
    assert names("StartTime") == ("StartTime", "StartTime<", "StartTime>")


@given(st.integers(-(10**6), 10**6), st.integers(-(10**6), 10**6))
def test_before_and_after_divide_the_time(offset: int, limit: int) -> None:
    instant, edge = NOON + timedelta(seconds=offset), (NOON + timedelta(seconds=limit)).isoformat()
    after = within(Form((("T>", edge),)), "T", instant)
    before = within(Form((("T<", edge),)), "T", instant)
    assert after or before
    assert (after and before) is (offset == limit)
