"""The engine by itself in a world: a store that can fail, and a carrier that answers when the test says so."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from voicecall_sdk.agent.responder import Responder
from voicecall_sdk.call.record import CallRecord
from voicecall_sdk.call.rules import InboundPolicy, Rules
from voicecall_sdk.carriers import CARRIERS
from voicecall_sdk.carriers.carrier import CallView, Carrier, Done, Outcome, Placed, Standing
from voicecall_sdk.commands import AskStatus, Command, Dial
from voicecall_sdk.engine.call import Call
from voicecall_sdk.engine.operations import Operations, PlaceOptions
from voicecall_sdk.engine.reception import Reception
from voicecall_sdk.engine.recovery import recover
from voicecall_sdk.engine.switchboard import Switchboard
from voicecall_sdk.errors import StoreFailed
from voicecall_sdk.events import Answered, Delivery, Event, Initiated, Ready
from voicecall_sdk.messages import WebhookReply
from voicecall_sdk.store.store import Answered as StoredReply
from voicecall_sdk.values import CallId, Direction, Mode, ProviderCallId
from voicecall_sim.world.world import World

ANNA, NUMBER = "+15550005678", "+15550001234"
HOOK = "https://voice.example.com/voice/webhook"
SID = ProviderCallId("CA1")

Answer = Callable[[Command], Awaitable[Outcome]]


class MemoryStore:
    """A `Store` that forgets with the process. While `broken`, nothing can be written."""

    def __init__(self) -> None:
        self.broken = False
        self.rows: list[CallRecord] = []
        self.records: dict[str, CallRecord] = {}
        self.replies: dict[str, WebhookReply] = {}

    def append(self, record: CallRecord | None, answered: StoredReply | None, *, at: float) -> None:
        if self.broken:
            raise StoreFailed("the disk is full")
        if record is not None:
            self.rows.append(record)
            self.records[record.call_id] = record
        if answered is not None:
            self.replies[answered.key] = answered.reply

    def reply_to(self, key: str, *, now: float) -> WebhookReply | None:
        return self.replies.get(key)

    def forget_replies(self, *, now: float) -> None:
        self.replies.clear()

    def find(self, any_id: str) -> CallRecord | None:
        by_carrier = (record for record in self.records.values() if record.provider_call_id == any_id)
        return self.records.get(any_id) or next(by_carrier, None)

    def unfinished(self) -> Sequence[CallRecord]:
        return [record for record in self.records.values() if record.live]

    def history(self, limit: int) -> Sequence[CallRecord]:
        return list(self.records.values())[-limit:]

    def follow(self, after: int) -> Iterator[tuple[int, CallRecord]]:
        yield from enumerate(self.rows[after:], after + 1)

    def position(self) -> int:
        return len(self.rows)

    def forget(self, call_id: CallId) -> None:
        del self.records[call_id]

    def close(self) -> None:
        pass


@dataclass
class FakeClient:
    """Carries nothing out, and answers at once, or what `answers` say for a kind of command."""

    told: list[Command] = field(default_factory=list)
    views: list[CallView] = field(default_factory=list)
    answers: dict[type[Command], Answer] = field(default_factory=dict)

    async def carry_out(self, command: Command, view: CallView, wanted: Callable[[], bool] = lambda: True) -> Outcome:
        self.told.append(command)
        self.views.append(view)
        answer = self.answers.get(type(command))
        if answer is not None:
            return await answer(command)
        match command:
            case Dial():
                return Placed(SID)
            case AskStatus():
                return Standing(over=False, word="in-progress", news=Answered())
            case _:
                return Done()

    def kinds(self) -> list[str]:
        """The names of what was told."""
        return [type(command).__name__ for command in self.told]

    def fails(self, kind: type[Command], error: Exception) -> None:
        """From now on commands of that kind fail."""

        async def answer(command: Command) -> Outcome:
            raise error

        self.answers[kind] = answer

    def waits(self, kind: type[Command]) -> asyncio.Future[Outcome]:
        """From now on commands of that kind get the result of this, once it has one."""
        gate: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()

        async def answer(command: Command) -> Outcome:
            return await asyncio.shield(gate)

        self.answers[kind] = answer
        return gate


class Names:
    """Entropy that counts."""

    def __init__(self) -> None:
        self._numbers = itertools.count(1)

    def token(self, size: int = 16) -> str:
        return f"t{next(self._numbers)}"

    def uuid(self) -> str:
        return f"call-{next(self._numbers)}"


class WorldClock:
    def __init__(self, world: World) -> None:
        self._clock = world.clock

    def wall(self) -> float:
        return self._clock.wall().timestamp()


class House:
    """A switchboard and what belongs to it."""

    def __init__(
        self,
        world: World,
        *,
        store: MemoryStore | None = None,
        responder: Responder | None = None,
        carrier: Carrier | None = None,
        **rules: Any,
    ) -> None:
        self.world = world
        self.store = store or MemoryStore()
        self.client = FakeClient()
        self.board = Switchboard(
            carrier=carrier or CARRIERS["twilio"],
            client=self.client,  # type: ignore[arg-type]
            rules=Rules(
                **{
                    "from_number": NUMBER,
                    "inbound_policy": InboundPolicy.OPEN,
                    "max_concurrent_calls": 5,
                    "auto_response": responder is not None,
                    **rules,
                }
            ),
            store=self.store,
            clock=WorldClock(world),
            entropy=Names(),
            webhook_url=HOOK,
            responder=responder,
        )
        self.operations = Operations(self.board)
        self.reception = Reception(self.board)
        self._keys = itertools.count(1)

    async def place(self, to: str = ANNA, *, mode: Mode = Mode.CONVERSATION, **options: Any) -> Call:
        """Place a call."""
        record = await self.operations.place(to, PlaceOptions(mode=mode, **options))
        return Call(self.board, self.operations, record.call_id)

    def deliver(
        self,
        *events: Event,
        call: Call | None = None,
        document: bool = True,
        sid: str | None = SID,
        inbound: bool = False,
    ) -> WebhookReply:
        """A webhook comes in. About a call of ours it says which; one of an inbound call without a call does not."""
        delivery = Delivery(
            call_id=None if call is None else call.id,
            provider_call_id=None if sid is None else ProviderCallId(sid),
            direction=Direction.INBOUND if inbound else Direction.OUTBOUND,
            from_=ANNA,
            to=NUMBER,
            events=events,
            wants_document=document,
        )
        return self.reception.receive(delivery, f"key-{next(self._keys)}")

    async def talking(self, **options: Any) -> Call:
        """A conversation that was answered and listens."""
        call = await self.place(**options)
        self.deliver(Answered(), Ready(), call=call)
        return call

    def called(self, sid: str = SID) -> Call:
        """A caller who was let in."""
        self.deliver(Initiated(), Ready(), sid=sid, inbound=True)
        live = self.board.find(sid)
        assert live is not None
        return Call(self.board, self.operations, live.record.call_id)

    def record(self, call: Call) -> CallRecord:
        """The record as the store has it."""
        return self.store.records[call.id]

    async def recovered(self) -> None:
        """What happens at a start."""
        await recover(self.board)

    def timers(self, call: Call) -> set[str]:
        """The clocks that run for a call."""
        live = self.board.find(call.id)
        return set() if live is None else {timer.value for timer in live.timers}

    async def settle(self) -> None:
        """Nothing more is to be done at this instant."""
        await self.world.settle()


@asynccontextmanager
async def begun(*work: Coroutine[Any, Any, Any]) -> AsyncIterator[list[asyncio.Task[Any]]]:
    """Tasks that are awaited, or seen to be over, when the context ends."""
    tasks = [asyncio.get_running_loop().create_task(each) for each in work]
    try:
        yield tasks
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
