"""What all parts of the switching side share, and the errands that any of them may send."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from voicecall_sim.carriers.plivo.account import Account
from voicecall_sim.carriers.plivo.courier import Answer, Reply
from voicecall_sim.carriers.plivo.timing import LEAVES_AFTER
from voicecall_sim.carriers.plivo.webhooks import Errand, PostOffice
from voicecall_sim.carriers.streaming.office import StreamOffice
from voicecall_sim.carriers.tasks import Tasks
from voicecall_sim.carriers.waiting import pass_time
from voicecall_sim.telephony.network import PhoneNetwork
from voicecall_sim.world.clock import Micros
from voicecall_sim.world.surroundings import Surroundings

if TYPE_CHECKING:
    from voicecall_sim.carriers.plivo.live import LiveCall
    from voicecall_sim.carriers.plivo.rooms import Room
    from voicecall_sim.carriers.plivo.steps import Finish, Step


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
    """Deliveries and the like."""
    performances: Tasks
    """What is being performed on calls."""
    perform: Callable[[LiveCall, Step], Coroutine[Any, Any, Finish]]
    """Performs on a call from this step on; raises `HungUp` when the call ends before."""
    live: dict[str, LiveCall] = field(default_factory=dict)
    """The calls that are not over, by identifier, the newest last."""
    rooms: dict[str, Room] = field(default_factory=dict)
    """The conferences that have members, by name."""

    def now(self) -> Micros:
        """This instant."""
        return self.surroundings.clock.now()

    async def send(self, errand: Errand) -> Answer:
        """Deliver a webhook a little after its event, so that neighbours may overtake each other."""
        await pass_time(self.surroundings.chance("plivo.departure").randint(*LEAVES_AFTER))
        return await self.post.deliver(errand)

    def tell(self, errand: Errand) -> None:
        """Deliver a webhook that nobody waits for; a bad answer is a warning of the debugger."""
        self.tasks.start(self._tell(errand))

    async def _tell(self, errand: Errand) -> None:
        answer = await self.send(errand)
        if isinstance(answer, Reply) and answer.good:
            return
        how = f"answered {answer.status}" if isinstance(answer, Reply) else answer.error
        self.note(0, f"{errand.event} callback: {how}", self.post.numbers.get(errand.call_uuid))

    def note(self, code: int, message: str, call: int | None = None) -> None:
        """Write what the carrier's debug log says."""
        data: dict[str, object] = {"code": code, "message": message}
        if call is not None:
            data["call"] = call
        self.surroundings.journal.write(self.name, "debug", data)
