"""The regression battery of Telnyx's signatures: how its webhooks are signed, and the table of all cases."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from voicecall_sim.carriers.telnyx.battery_forged import FORGED
from voicecall_sim.carriers.telnyx.battery_legal import GENUINE
from voicecall_sim.carriers.telnyx.battery_room import IT, ROOM

BATTERY: Final = replace(ROOM, cases=(*GENUINE, *FORGED, *IT.for_every_carrier()))
