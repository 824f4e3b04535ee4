"""Instants and durations as people read them, in the units that scenarios are written in."""

from __future__ import annotations

from typing import Final

from voicecall_sim.world.clock import MILLISECOND, SECOND, Micros

LARGE: Final = (("d", 86_400 * SECOND), ("h", 3_600 * SECOND), ("m", 60 * SECOND))


def instant(at: Micros) -> str:
    """A point in a world's time, to the millisecond: `12.345s`, `1d 0h 2m 05.000s`."""
    parts, rest = split(at)
    thousandths = rest // MILLISECOND
    width = 6 if parts else 1
    return " ".join([*parts, f"{thousandths / 1000:0{width}.3f}s"])


def span(duration: Micros) -> str:
    """A duration, as exact as it is interesting: `640ms`, `12.3s`, `1h 12m 3s`."""
    if duration < SECOND:
        return f"{duration / MILLISECOND:.0f}ms"
    if duration < 60 * SECOND:
        return f"{duration / SECOND:.1f}s"
    parts, rest = split(duration)
    return " ".join([*parts, f"{rest // SECOND}s"])


def split(duration: Micros) -> tuple[list[str], Micros]:
    """The days, hours and minutes from the first that is not nothing, and what is left."""
    parts: list[str] = []
    for unit, size in LARGE:
        count, duration = divmod(duration, size)
        if count or parts:
            parts.append(f"{count}{unit}")
    return parts, duration


def ratio(simulated: Micros, real: Micros) -> str:
    """How many times faster than life: `1,160 x`; empty when nothing was measured."""
    if not simulated or not real:
        return ""
    times = simulated / real
    return f"{times:,.0f} x" if times >= 10 else f"{times:.1f} x"
