"""What all parts of the switching side share, and the errands that any of them may send."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from voicecall_sim.carriers.streaming.office import StreamOffice
from voicecall_sim.carriers.tasks import Tasks
from voicecall_sim.carriers.twilio.account import Account
from voicecall_sim.carriers.twilio.answers import Failure
from voicecall_sim.carriers.twilio.debugger import Debugger, Notice
from voicecall_sim.carriers.twilio.timing import LEAVES_AFTER
from voicecall_sim.carriers.twilio.webhooks import Delivery, Errand, PostOffice
from voicecall_sim.carriers.waiting import pass_time
from voicecall_sim.telephony.network import PhoneNetwork
from voicecall_sim.world.clock import SECOND, Micros
from voicecall_sim.world.surroundings import Surroundings

if TYPE_CHECKING:
    from voicecall_sim.carriers.twilio.live import LiveCall
    from voicecall_sim.carriers.twilio.steps import Finish, Step


@dataclass(frozen=True, slots=True, kw_only=True)
class Plant:
    """The carrier's common equipment."""

    name: str
    surroundings: Surroundings
    account: Account
    network: PhoneNetwork
    post: PostOffice
    sockets: StreamOffice
    debugger: Debugger
    tasks: Tasks
    """Deliveries and the like."""
    performances: Tasks
    """What is being performed on calls."""
    perform: Callable[[LiveCall, Step], Coroutine[Any, Any, Finish]]
    """Performs on a call from this step on; raises `HungUp` when the call ends before."""
    live: dict[str, LiveCall] = field(default_factory=dict)
    """The calls that are not over, by identifier, the newest last."""

    def now(self) -> Micros:
        """This instant."""
        return self.surroundings.clock.now()

    async def send(self, errand: Errand) -> Delivery:
        """Deliver a webhook a little after its event, so that neighbours may overtake each other."""
        await pass_time(self.surroundings.chance("twilio.departure").randint(*LEAVES_AFTER))
        return await self.post.deliver(errand)

    def tell(self, errand: Errand) -> None:
        """Deliver a webhook that nobody waits for; a bad answer is a warning of the debugger."""
        self.tasks.start(self._tell(errand))

    async def _tell(self, errand: Errand) -> None:
        answer = (await self.send(errand)).answer
        call = self.post.numbers.get(errand.call_sid)
        if isinstance(answer, Failure):
            self.debugger.note(Notice(answer.code, f"{errand.event} callback, {answer.error}"), call)
        elif answer.trouble is not None:
            self.debugger.note(Notice(15003, f"{errand.event} callback answered {answer.status}"), call)


def whole_seconds(span: Micros) -> int:
    """A duration as callbacks and resources tell it."""
    return round(span / SECOND)
