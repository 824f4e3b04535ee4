"""Durations, numbers, keys and the like, read from text."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voicecall_sim.scenario import units
from voicecall_sim.scenario.units import Unfit
from voicecall_sim.world.clock import SECOND


@pytest.mark.parametrize(
    ("text", "span"),
    [
        ("800ms", 800_000),
        ("2s", 2 * SECOND),
        ("2.5s", 2_500_000),
        (".5s", 500_000),
        ("5m", 300 * SECOND),
        ("1h", 3_600 * SECOND),
        ("1d", 86_400 * SECOND),
        ("0s", 0),
        ("20us", 20),
        ("3 s", 3 * SECOND),
    ],
)
def test_durations(text: str, span: int) -> None:
    assert units.duration(text) == span


@given(st.integers(0, units.LONGEST))
def test_what_is_shown_of_a_duration_reads_as_the_same(span: int) -> None:
    assert units.duration(units.shown_duration(span)) == span


@given(st.text(max_size=20))
def test_any_text_is_a_duration_or_unfit(text: str) -> None:
    try:
        span = units.duration(text)
    except Unfit:
        span = 0
    assert 0 <= span <= units.LONGEST


@pytest.mark.parametrize(
    ("text", "message", "remedy"),
    [
        ("30", "`30` has no unit", "Write 30s or 30ms."),
        ("30sec", "`sec` is no unit of time", "Write 30s."),
        ("2 minutes", "`minutes` is no unit of time", "Write 2m."),
        ("5\u00b5s", "`\u00b5s` is no unit of time", "Write 5us."),
        ("2w", "`w` is no unit of time", "Units are us, ms, s, m, h, d."),
        ("-2s", "`-2s` is negative", "Time only passes."),
        ("1:30", "`1:30` is no duration", "A duration is a number with a unit: 800ms, 2s, 5m, 1h, 1d."),
        ("0.1us", "`0.1us` is finer than a microsecond", "Round it."),
        ("40000d", "`40000d` is longer than a hundred years", "Nothing lasts so long."),
        ("٣s", "`٣s` is no duration", "A duration is a number with a unit: 800ms, 2s, 5m, 1h, 1d."),
    ],
)
def test_what_is_no_duration(text: str, message: str, remedy: str) -> None:
    with pytest.raises(Unfit) as caught:
        units.duration(text)
    assert (caught.value.message, caught.value.remedy) == (message, remedy)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("true", True),
        ("False", False),
        ("null", None),
        ("~", None),
        ("", None),
        ("12", 12),
        ("-3", -3),
        ("0", 0),
        ("1.5", 1.5),
        ("+1.5", 1.5),
        ("1e3", 1000.0),
        # what YAML 1.1 would have changed stays as it is written
        ("no", "no"),
        ("yes", "yes"),
        ("on", "on"),
        ("1:30", "1:30"),
        ("12:30:00", "12:30:00"),
        ("2026-01-05", "2026-01-05"),
        ("1_000", "1_000"),
        # what looks like a telephone number or like digits to be pressed stays a text
        ("+15550001234", "+15550001234"),
        ("0123", "0123"),
        ("007", "007"),
        ("1e999", "1e999"),
        ("1ww4711", "1ww4711"),
    ],
)
def test_unquoted_values_mean_what_they_look_like(text: str, value: Any) -> None:
    assert units.core(text) == value
    assert type(units.core(text)) is type(value)


@pytest.mark.parametrize(
    ("read", "text", "value"),
    [
        (units.phone, "+15550001234", "+15550001234"),
        (units.caller_id, "anonymous", "anonymous"),
        (units.caller_id, "+5550005678", "+5550005678"),
        (units.keys, "1ww4711#*", "1ww4711#*"),
        (units.percent, "30%", 0.3),
        (units.percent, "0.5%", 0.005),
        (units.decibels, "-20dB", -20.0),
        (units.decibels, "3 db", 3.0),
        (units.whole, "-7", -7),
        (units.number, "1.25", 1.25),
        (units.flag, "true", True),
    ],
)
def test_other_values(read: Callable[[str], Any], text: str, value: Any) -> None:
    assert read(text) == value


@pytest.mark.parametrize(
    ("read", "text", "message", "remedy"),
    [
        (units.phone, "15550001234", "is not in the form of E.164", "Write it as +15550001234"),
        (units.phone, "+1 (555) 000-1234", "is not in the form of E.164", "Write it as +15550001234"),
        (units.phone, "anna", "is no telephone number", "A number looks like +15550001234."),
        (units.caller_id, "anonymus", "is no telephone number", "Did you mean `anonymous`?"),
        (units.keys, "1-2", "cannot be pressed", "Keys are 0-9, * and #"),
        (units.percent, "30", "is no percentage", "A percentage looks like 30%."),
        (units.percent, "130%", "is more than all", "A percentage is at most 100%."),
        (units.decibels, "-20", "is no level", "A level is in decibels: -20dB."),
        (units.whole, "1.5", "is no whole number", "Write digits only, such as 3."),
        (units.number, "many", "is no number", "Write it like 3 or 0.5."),
        (units.flag, "yes", "is neither true nor false", "Write `true` or `false`."),
    ],
)
def test_values_that_do_not_fit(read: Callable[[str], Any], text: str, message: str, remedy: str) -> None:
    with pytest.raises(Unfit) as caught:
        read(text)
    assert caught.value.message == f"`{text}` {message}"
    assert caught.value.remedy.startswith(remedy)
