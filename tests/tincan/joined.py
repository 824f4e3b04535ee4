"""Puts Tin Can among the carriers of both packages, for as long as a test or a command wants it there."""

from __future__ import annotations

from typing import Any, cast

from tests.tincan import sdk, sim
from voicecall_sdk.carriers import CARRIERS as SPOKEN
from voicecall_sim.carriers import CARRIERS as EMULATED


def join() -> None:
    """From now on there are four."""
    cast("dict[str, Any]", SPOKEN)[sdk.carrier.name] = sdk.carrier
    cast("dict[str, Any]", EMULATED)[sim.emulator.name] = sim.emulator


def leave() -> None:
    """There are three again."""
    del cast("dict[str, Any]", SPOKEN)[sdk.carrier.name]
    del cast("dict[str, Any]", EMULATED)[sim.emulator.name]
