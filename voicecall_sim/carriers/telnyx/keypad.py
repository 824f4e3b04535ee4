"""Keys that the carrier presses towards the other end."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from voicecall_sim.carriers.telnyx.leg import CallLeg
from voicecall_sim.world.clock import MILLISECOND, Micros

WAITS: Final[Mapping[str, Micros]] = {"w": 500 * MILLISECOND, "W": 1000 * MILLISECOND}
LENGTH: Final = 250
GAP: Final[Micros] = 100 * MILLISECOND


def send_dtmf(leg: CallLeg, given: Mapping[str, Any]) -> None:
    """Press these keys, one after the other; the command answers at once."""
    press(leg, given["digits"], given.get("duration_millis") or LENGTH)


def press(leg: CallLeg, digits: str, length: int = LENGTH) -> None:
    """Press keys of `length` ms, with waits."""
    at: Micros = 0
    for key in digits:
        if key in WAITS:
            at += WAITS[key]
        else:
            leg.later(at, leg.end.press, key)
            at += length * MILLISECOND + GAP


FIDELITY: Final = (
    ("w waits half a second, W a second; 250 ms a key", "OpenAPI", "documented"),
    ("100 ms between keys", "no source", "assumed"),
)
