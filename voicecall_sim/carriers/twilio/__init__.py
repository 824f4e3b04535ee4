"""Twilio Programmable Voice, emulated: REST, signed webhooks, TwiML performed on the phone network.

`emulator` makes a carrier in either world; the rest of the folder is its rooms. What each room shows, and how surely
Twilio does the same, is said in its `FIDELITY`.
"""

from __future__ import annotations

from voicecall_sim.carriers.twilio.carrier import TwilioCarrier, TwilioEmulator, emulator

__all__ = ["TwilioCarrier", "TwilioEmulator", "emulator"]
