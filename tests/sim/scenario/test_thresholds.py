"""Limits on what was measured."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voicecall_sim.scenario.thresholds import AGGREGATES, COMPARATORS, METRICS, threshold, threshold_pattern
from voicecall_sim.scenario.units import Unfit


@pytest.mark.parametrize(
    ("text", "samples", "difference"),
    [
        ("turn.p95 < 1500ms", [1_000_000] * 19 + [9_000_000], []),
        ("turn.p95 < 1500ms", [1_000_000] * 18 + [9_000_000] * 2, ["turn.p95 was 9s, wanted turn.p95 < 1500ms"]),
        ("overrun.max < 200ms", [150_000, 200_000], ["overrun.max was 200ms, wanted overrun.max < 200ms"]),
        ("overrun.max<=200ms", [150_000, 200_000], []),
        ("first_audio.mean > 1s", [1_000_000, 2_000_000], []),
        ("first_audio.min >= 1s", [999_999], ["first_audio.min was 999999us, wanted first_audio.min >= 1s"]),
        ("turn.p50 < 1s", [], ["turn was never measured, wanted turn.p50 < 1s"]),
    ],
)
def test_a_threshold_explains_itself(text: str, samples: list[float], difference: list[str]) -> None:
    assert threshold(text).difference(samples) == difference
    assert threshold(text).matches(samples) is (not difference)
    assert str(threshold(text)) == text


def test_what_was_never_measured_is_wrong() -> None:
    assert threshold("turn.max < 1s").difference(None)


@given(st.lists(st.integers(0, 10**9), min_size=1))
def test_percentiles_are_samples_in_order(samples: list[int]) -> None:
    found = [AGGREGATES[name](samples) for name in ("min", "p50", "p90", "p95", "p99", "max")]
    assert found == sorted(found)
    assert set(found) <= set(samples)


def test_every_combination_is_read_and_fits_the_schema() -> None:
    every = [
        f"{metric}.{aggregate} {sign} 1.5s" for metric in METRICS for aggregate in AGGREGATES for sign in COMPARATORS
    ]
    assert {text: threshold(text).limit for text in every} == dict.fromkeys(every, 1_500_000)
    assert [text for text in every if not re.search(threshold_pattern(), text)] == []


@pytest.mark.parametrize(
    ("text", "message", "remedy"),
    [
        ("fast", "`fast` is no limit on a metric", "Write it like `turn.p95 < 1500ms`."),
        ("turns.p95 < 1s", "`turns` is no metric", "Did you mean `turn`?"),
        ("turn.average < 1s", "`average` is no aggregate", "There are: min, max, mean, p50, p90, p95, p99."),
        ("turn.p95 == 1s", "`==` is no comparison", "There are: <, <=, >, >=."),
        ("turn.p95 < soon", "`soon` is no duration", "A duration is a number with a unit: 800ms, 2s, 5m, 1h, 1d."),
    ],
)
def test_what_is_no_threshold(text: str, message: str, remedy: str) -> None:
    with pytest.raises(Unfit) as caught:
        threshold(text)
    assert (caught.value.message, caught.value.remedy) == (message, remedy)
