"""Digits with waits, as keys in time."""

from __future__ import annotations

from collections.abc import Iterator

from voicecall_sim.carriers.twilio.timing import KEY_PAUSES, KEY_TIME
from voicecall_sim.world.clock import Micros


def key_presses(digits: str) -> Iterator[tuple[Micros, str]]:
    """Each key with the time to wait before it; a last wait has the key ""."""
    wait = 0
    for digit in digits:
        if digit in KEY_PAUSES:
            wait += KEY_PAUSES[digit]
        else:
            yield wait, digit
            wait = KEY_TIME
    if wait:
        yield wait, ""
