"""What all parts of the switching side share."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from voicecall_sim.carriers.streaming.office import StreamOffice
from voicecall_sim.carriers.tasks import Tasks
from voicecall_sim.carriers.telnyx.account import Account
from voicecall_sim.carriers.telnyx.webhooks import PostOffice
from voicecall_sim.telephony.network import PhoneNetwork
from voicecall_sim.world.clock import Micros
from voicecall_sim.world.surroundings import Surroundings

if TYPE_CHECKING:
    from voicecall_sim.carriers.telnyx.leg import CallLeg
    from voicecall_sim.carriers.telnyx.queueing import Queue


@dataclass(frozen=True, slots=True, kw_only=True)
class Plant:
    """The carrier's common equipment."""

    name: str
    surroundings: Surroundings
    account: Account
    network: PhoneNetwork
    post: PostOffice
    sockets: StreamOffice
    tasks: Tasks
    performances: Tasks
    """What is being played and listened to on legs: it ends with them."""
    live: dict[str, CallLeg] = field(default_factory=dict)
    """The legs that are not over, by `call_control_id`, the newest last."""

    queues: dict[str, Queue] = field(default_factory=dict)
    """By name."""

    def now(self) -> Micros:
        """This instant."""
        return self.surroundings.clock.now()

    def debug(self, message: str, call: int) -> None:
        """Tell whoever looks at the run what would be hard to find out otherwise."""
        self.surroundings.journal.write(self.name, "debug", {"code": "emulator", "message": message, "call": call})
