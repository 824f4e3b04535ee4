from __future__ import annotations

import pytest

from voicecall_sim.report.spans import instant, ratio, span

S = 1_000_000


@pytest.mark.parametrize(
    ("at", "text"),
    [
        (0, "0.000s"),
        (999, "0.000s"),
        (12_345_678, "12.345s"),
        (60 * S, "1m 00.000s"),
        (3_605 * S, "1h 0m 05.000s"),
        (86_400 * S + 1_500_000, "1d 0h 0m 01.500s"),
    ],
)
def test_an_instant_is_exact_to_the_millisecond(at: int, text: str) -> None:
    assert instant(at) == text


@pytest.mark.parametrize(
    ("duration", "text"),
    [(0, "0ms"), (640_000, "640ms"), (12_345_678, "12.3s"), (4_323 * S, "1h 12m 3s"), (86_400 * S, "1d 0h 0m 0s")],
)
def test_a_span_is_as_exact_as_is_interesting(duration: int, text: str) -> None:
    assert span(duration) == text


@pytest.mark.parametrize(
    ("simulated", "real", "text"),
    [(1_160 * S, S, "1,160 x"), (3 * S, 2 * S, "1.5 x"), (0, S, ""), (S, 0, "")],
)
def test_the_ratio_of_simulated_to_real_time(simulated: int, real: int, text: str) -> None:
    assert ratio(simulated, real) == text
