"""Digits with waits, as keys in time."""

from __future__ import annotations

from collections.abc import Iterator

from voicecall_sim.carriers.plivo.timing import KEY_PAUSES, KEY_TIME
from voicecall_sim.world.clock import Micros


def key_presses(digits: str) -> Iterator[tuple[Micros, str]]:
    """Each key with the time to wait before it; a last wait has the key "". `@ms`, the tones' length, is left aside."""
    wait = 0
    for digit in digits.partition("@")[0]:
        if digit in KEY_PAUSES:
            wait += KEY_PAUSES[digit]
        else:
            yield wait, digit
            wait = KEY_TIME
    if wait:
        yield wait, ""
