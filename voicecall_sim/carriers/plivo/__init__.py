"""Plivo Voice, emulated: REST, signed webhooks, Plivo XML performed on the phone network, audio streams.

`emulator` makes a carrier in either world; the rest of the folder is its rooms. What each room shows, and how surely
Plivo does the same, is said in its `FIDELITY`.
"""

from __future__ import annotations

from voicecall_sim.carriers.plivo.carrier import PlivoCarrier, PlivoEmulator, emulator

__all__ = ["PlivoCarrier", "PlivoEmulator", "emulator"]
