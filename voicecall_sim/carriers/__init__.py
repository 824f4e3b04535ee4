"""The carriers that can be emulated, by name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from voicecall_sim.carriers import twilio
from voicecall_sim.carriers.emulator import Emulator

CARRIERS: Final[Mapping[str, Emulator]] = {"twilio": twilio.emulator}
