"""Telnyx Call Control (Voice API v2), emulated: REST commands, signed webhooks, media streams.

`emulator` makes a carrier in either world; the rest of the folder is its rooms. What each room shows, and how surely
Telnyx does the same, is said in its `FIDELITY`.
"""

from __future__ import annotations

from voicecall_sim.carriers.telnyx.carrier import TelnyxCarrier, TelnyxEmulator, emulator

__all__ = ["TelnyxCarrier", "TelnyxEmulator", "emulator"]
