"""All calls of one process: webhooks and operations change them, one at a time, stored before anything is told.

A change is computed by the call machine, made durable, and only then published and carried out. Nothing here awaits
between reading a call and storing its change, so changes cannot interleave.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from voicecall_sdk.agent.responder import Responder
from voicecall_sdk.call import machine
from voicecall_sdk.call.effects import (
    Arm,
    Change,
    Closed,
    Consult,
    Disarm,
    Effect,
    GaveUp,
    Replied,
    Said,
    Supersede,
    Tell,
    Timer,
)
from voicecall_sdk.call.policy import route_of
from voicecall_sdk.call.record import CallRecord
from voicecall_sdk.call.rules import Rules
from voicecall_sdk.call.wishes import Expire, NoteEnded, NoteFailure, NotePlaced, NoteUnknown, Wish
from voicecall_sdk.carriers.carrier import CallView, Carrier, Outcome, Placed
from voicecall_sdk.commands import Command, Dial, HangUp, Reject
from voicecall_sdk.engine.client import CarrierClient
from voicecall_sdk.engine.live import LiveCall
from voicecall_sdk.errors import CarrierFault, CarrierRefused, CarrierSilent
from voicecall_sdk.events import Event
from voicecall_sdk.ports import Clock, Entropy
from voicecall_sdk.store.store import Answered as StoredReply
from voicecall_sdk.store.store import Store
from voicecall_sdk.values import CallId, Direction, EndReason, Turn

log = logging.getLogger(__name__)

class Switchboard:
    """The live calls. `webhook_url` is where carriers reach us, without query."""

    def __init__(
        self,
        *,
        carrier: Carrier,
        client: CarrierClient,
        rules: Rules,
        store: Store,
        clock: Clock,
        entropy: Entropy,
        webhook_url: str,
        responder: Responder | None = None,
    ) -> None:
        self.carrier = carrier
        self.rules = rules
        self.store = store
        self.clock = clock
        self.entropy = entropy
        self.webhook_url = webhook_url
        self.responder = responder
        self.stopping = False
        self._client = client
        self._calls: dict[CallId, LiveCall] = {}
        self._by_provider: dict[str, CallId] = {}
        self._tasks: set[asyncio.Task[Any]] = set()
        self._reserved = 0

    # --- looking up ---------------------------------------------------------------------------------------------

    @property
    def occupied(self) -> int:
        """How many calls count against the limit: live ones and those about to be dialled."""
        return len(self._calls) + self._reserved

    def live(self) -> Sequence[CallRecord]:
        """The records of all live calls, in the order in which they began."""
        return [call.record for call in self._calls.values()]

    def find(self, any_id: str) -> LiveCall | None:
        """The live call with this id, ours or the carrier's."""
        call_id = self._by_provider.get(any_id, CallId(any_id))
        return self._calls.get(call_id)

    def fresh_turn(self) -> Turn:
        """A name for a question or an utterance that nobody can guess."""
        return Turn(self.entropy.token(12))

    # --- changing -----------------------------------------------------------------------------------------------

    def admit(self, record: CallRecord) -> LiveCall:
        """Take a stored record among the live calls."""
        call = self._calls[record.call_id] = LiveCall(record)
        self._index(record)
        return call

    def commit(
        self,
        call: LiveCall | None,
        change: Change,
        *,
        answered: StoredReply | None = None,
        events: Sequence[Event] = (),
    ) -> LiveCall:
        """Store a change, then publish it and carry its effects out, but for those addressed to the carrier.

        `call` is None for a call that is new to this process. Raises `StoreFailed`: then nothing happened.
        """
        if call is None or change.record != call.record or answered is not None:
            self.store.append(change.record, answered, at=self.clock.wall())
        if call is None:
            call = self.admit(change.record)
        call.record = change.record
        self._index(change.record)
        for event in events:
            call.publish(event)
        for effect in change.effects:
            self._carry_out(call, effect)
        return call

    def wish(self, call: LiveCall, wish: Wish, turn: Turn | None = None) -> Sequence[Command]:
        """Change a call by a wish; the commands for the carrier are returned, not sent."""
        change = machine.ask(
            call.record, wish, now=self.clock.wall(), turn=turn or self.fresh_turn(), rules=self.rules_for(call.record)
        )
        self.commit(call, change)
        return commands_of(change.effects)

    def annotate(self, call: LiveCall, **facts: object) -> None:
        """Add facts to a live call's metadata."""
        if call.record.live:
            self.commit(call, Change(replace(call.record, metadata={**call.record.metadata, **facts})))

    async def tell(self, call: LiveCall, command: Command) -> Outcome:
        """Have the carrier do it, after what it was told before. Raises `CarrierFault`; the call takes note of it."""
        async with call.order:
            try:
                outcome = await self._client.carry_out(command, self.view(call.record))
            except CarrierFault as fault:
                self._note_fault(call, command, fault)
                raise
            self._note_outcome(call, command, outcome)
            return outcome

    def send(self, call: LiveCall, commands: Sequence[Command]) -> None:
        """Have the carrier do these in the background; a failure is noted on the call and logged."""
        if commands:
            _ = self.spawn(self._send(call, commands), f"tell {self.carrier.name}")

    def spawn(self, work: Coroutine[Any, Any, None], name: str) -> asyncio.Task[None]:
        """Run something beside, until the switchboard stops."""
        task = asyncio.get_running_loop().create_task(work, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def stop(self) -> None:
        """Stop in this process; the calls themselves are left for recovery."""
        self.stopping = True
        for call in tuple(self._calls.values()):
            for turn in tuple(call.answers):
                call.gave_up(turn, "Voice Call runtime stopped", None)
            call.close()
        tasks = [task for task in self._tasks if task is not asyncio.current_task()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def reserve(self) -> None:
        """Keep a place for a call that is about to be stored."""
        self._reserved += 1

    def unreserve(self) -> None:
        """Give a kept place back."""
        self._reserved -= 1

    # --- what the carrier may know ------------------------------------------------------------------------------

    def rules_for(self, record: CallRecord) -> Rules:
        """The rules, with what the route of the number that was called changes."""
        if record.direction is not Direction.INBOUND:
            return self.rules
        _, route = route_of(self.rules, record.to)
        return replace(
            self.rules,
            language=route.language or self.rules.language,
            voice=route.voice or self.rules.voice,
            response_timeout=route.response_timeout or self.rules.response_timeout,
        )

    def view(self, record: CallRecord) -> CallView:
        """The call as the carrier's expressions see it, with a fresh name for the document to be written."""
        rules = self.rules_for(record)
        return CallView(
            call_id=record.call_id,
            provider_call_id=record.provider_call_id,
            direction=record.direction,
            webhook_url=self.webhook_url,
            voice=self.carrier.voice_of(rules.voice),
            language=rules.language,
            state=record.state,
            step=self.entropy.token(6),
            end_of_speech=rules.end_of_speech,
        )

    # --- inside -------------------------------------------------------------------------------------------------

    async def _send(self, call: LiveCall, commands: Sequence[Command]) -> None:
        for command in commands:
            try:
                await self.tell(call, command)
            except CarrierFault as fault:
                log.warning("call %s: %s failed: %s", call.record.call_id, type(command).__name__, fault)

    def _note_outcome(self, call: LiveCall, command: Command, outcome: Outcome) -> None:
        if isinstance(outcome, Placed):
            self.send(call, self.wish(call, NotePlaced(outcome.provider_call_id)))
        elif isinstance(command, HangUp | Reject):
            self.wish(call, NoteEnded(call.record.commanded_end or EndReason.HANGUP_BOT))

    def _note_fault(self, call: LiveCall, command: Command, fault: CarrierFault) -> None:
        """A dial that was refused or never left is over; one without an answer may yet turn out to exist."""
        if not isinstance(command, Dial):
            self.wish(call, NoteFailure(str(fault)))
        elif isinstance(fault, CarrierRefused) or (isinstance(fault, CarrierSilent) and not fault.sent):
            self.wish(call, NoteEnded(EndReason.FAILED, error=str(fault)))
        else:
            log.warning("call %s: dialling was not answered for: %s", call.record.call_id, fault)
            self.wish(call, NoteUnknown())

    def _carry_out(self, call: LiveCall, effect: Effect) -> None:
        CARRY_OUT[type(effect)](self, call, effect)

    def arm(self, call: LiveCall, timer: Timer, delay: float) -> None:
        """Start one of a call's clocks (`delay` in seconds)."""
        call.arm(timer, delay, lambda: self._expire(call, timer))

    def _expire(self, call: LiveCall, timer: Timer) -> None:
        call.timers.pop(timer, None)
        self.send(call, self.wish(call, Expire(timer)))

    def consult(self, call: LiveCall, text: str) -> None:
        """Have the responder answer what was said."""
        if self.responder is None:
            return
        from voicecall_sdk.engine.conversation import answer

        call.drop_reply()
        call.reply = self.spawn(answer(self, self.responder, call, text), f"reply {call.record.call_id}")

    def close(self, call: LiveCall) -> None:
        """A call is over: its place is free."""
        self._calls.pop(call.record.call_id, None)
        for provider_id in [key for key, value in self._by_provider.items() if value == call.record.call_id]:
            del self._by_provider[provider_id]
        call.close()

    def _index(self, record: CallRecord) -> None:
        if record.live and record.provider_call_id is not None:
            self._by_provider[record.provider_call_id] = record.call_id


CARRY_OUT: Final[Mapping[type[Effect], Callable[[Switchboard, LiveCall, Any], None]]] = {
    Arm: lambda board, call, effect: board.arm(call, effect.timer, effect.delay),
    Disarm: lambda board, call, effect: call.disarm(effect.timer),
    Said: lambda board, call, effect: call.said(effect.turn, whole=effect.whole),
    Replied: lambda board, call, effect: call.replied(effect.turn, effect.text),
    GaveUp: lambda board, call, effect: call.gave_up(effect.turn, effect.message, effect.reason),
    Supersede: lambda board, call, effect: call.drop_reply(),
    Consult: lambda board, call, effect: board.consult(call, effect.text),
    Closed: lambda board, call, effect: board.close(call),
    # whoever commits the change tells the carrier: in the reply that is being written, or by REST
    Tell: lambda board, call, effect: None,
}


def commands_of(effects: Sequence[Effect]) -> list[Command]:
    """What the carrier is to be told."""
    return [effect.command for effect in effects if isinstance(effect, Tell)]
