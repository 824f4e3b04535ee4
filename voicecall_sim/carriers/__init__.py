"""The carriers that can be emulated, by name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from voicecall_sim.carriers import plivo, telnyx, twilio
from voicecall_sim.carriers.emulator import Emulator

CARRIERS: Final[Mapping[str, Emulator]] = {each.emulator.name: each.emulator for each in (twilio, telnyx, plivo)}
