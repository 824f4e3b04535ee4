"""All calls of one process: webhooks and operations change them, one at a time, stored before anything is told.

A change is computed by the call machine, made durable, and only then published and carried out. Nothing here awaits
between reading a call and storing its change, so changes cannot interleave.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final, TypeVar

from voicecall_sdk.agent.responder import Responder
from voicecall_sdk.call import machine
from voicecall_sdk.call.draft import QUIET_AFTER, RETRY
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
from voicecall_sdk.call.record import CallRecord
from voicecall_sdk.call.rules import Rules
from voicecall_sdk.call.wishes import (
    Expire,
    Wish,
)
from voicecall_sdk.carriers.carrier import CallView, Carrier, Outcome
from voicecall_sdk.commands import (
    Command,
)
from voicecall_sdk.engine import telling
from voicecall_sdk.engine.client import CarrierClient
from voicecall_sdk.engine.live import LiveCall
from voicecall_sdk.engine.pacer import Pacer
from voicecall_sdk.errors import (
    Misused,
    StoreFailed,
    VoiceCallError,
)
from voicecall_sdk.events import Event
from voicecall_sdk.ports import Clock, Entropy
from voicecall_sdk.store.store import Answered as StoredReply
from voicecall_sdk.store.store import Store
from voicecall_sdk.values import CallId, ProviderCallId, Turn

log = logging.getLogger(__name__)

T = TypeVar("T")

STOPPED: Final = "Voice Call runtime stopped"
STOPPING: Final = "Voice Call manager is stopping"


class Switchboard:
    """The live calls. `webhook_url` is where carriers reach us, without query, `stream_url` where their media do."""

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
        stream_url: str = "",
        responder: Responder | None = None,
    ) -> None:
        self.pacer = Pacer()
        self.stream_url = stream_url
        self.carrier = carrier
        self.rules = rules
        self.store = store
        self.clock = clock
        self.entropy = entropy
        self.webhook_url = webhook_url
        self.responder = responder
        self.stopping = False
        self.client = client
        self._calls: dict[CallId, LiveCall] = {}
        self._by_provider: dict[str, CallId] = {}
        self._tasks: set[asyncio.Task[Any]] = set()
        self._rules_of_routes: dict[object, Rules] = {}

    # --- looking up ---------------------------------------------------------------------------------------------

    @property
    def occupied(self) -> int:
        """How many calls count against the limit: those that are live, from their first record on."""
        return len(self._calls)

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
        if call is not None and call.questions:
            change = call.counted(change, self.clock.wall())
        changed = call is None or change.record is not call.record
        if changed or answered is not None:
            self.store.append(change.record if changed else None, answered, at=self.clock.wall())
        if call is None:
            call = self.admit(change.record)
        self._publish(call, change, events)
        return call

    def wish(self, call: LiveCall, wish: Wish, turn: Turn | None = None) -> Sequence[Command]:
        """Change a call by a wish; the commands for the carrier are returned, not sent. Raises `StoreFailed`."""
        change = self._wished(call, wish, turn)
        self.commit(call, change)
        return commands_of(change.effects)

    def note(self, call: LiveCall, wish: Wish) -> Sequence[Command]:
        """As `wish`, for what is a fact, or must be done whatever comes: a store that fails is logged, not raised.

        What could not be stored is believed until it can, but for the end of a call: that stays to be found out again.
        """
        change = self._wished(call, wish)
        self._keep(call, change)
        return commands_of(change.effects)

    def hear(self, call: LiveCall, *events: Event) -> None:
        """What happened on a call that no webhook told of. A store that fails is logged, as with `note`."""
        now, rules, record = self.clock.wall(), self.rules_for(call.record), call.record
        effects: list[Effect] = []
        for event in events:
            change = machine.feed(record, event, now=now, turn=self.fresh_turn(), rules=rules)
            record, effects = change.record, [*effects, *change.effects]
        whole = Change(record, tuple(effects))
        self._keep(call, whole, events)
        self.send(call, commands_of(whole.effects))

    # --- telling the carrier ------------------------------------------------------------------------------------

    async def tell(self, call: LiveCall, command: Command) -> Outcome:
        """Have the carrier do it, after what it was told before.

        What was begun is finished, whether or not the caller of this waits for it: a request that was half sent
        would leave nobody knowing. Raises `CarrierFault`, of which the call takes note; `CallEnded` if the call
        ended first; `Misused` if the switchboard stops.
        """
        if self.stopping:
            raise Misused(STOPPING)
        task = self.spawn(telling.tell(self, call, command), f"tell {self.carrier.name}")
        await asyncio.wait({task})
        if task.cancelled():
            raise Misused(STOPPED)
        return task.result()

    def send(self, call: LiveCall, commands: Sequence[Command]) -> None:
        """Have the carrier do these in the background; a failure is noted on the call and logged."""
        if commands and not self.stopping:
            _ = self.spawn(telling.send(self, call, commands), f"tell {self.carrier.name}")

    def spawn(self, work: Coroutine[Any, Any, T], name: str) -> asyncio.Task[T]:
        """Run something beside, until the switchboard stops."""
        task = asyncio.get_running_loop().create_task(work, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._ended)
        return task

    async def stop(self) -> None:
        """Stop in this process; the calls themselves are left for recovery."""
        self.stopping = True
        for call in tuple(self._calls.values()):
            if call.media is not None:
                await call.media.shut()
            for turn in tuple(call.questions):
                call.gave_up(turn, STOPPED, None)
            call.close()
        await self.pacer.stop()
        tasks = [task for task in self._tasks if task is not asyncio.current_task()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    # --- what the carrier may know ------------------------------------------------------------------------------

    def rules_for(self, record: CallRecord) -> Rules:
        """The rules, with what the route changes by which the call came in."""
        key = record.metadata.get("numberRouteKey")
        if key is None:
            return self.rules
        found = self._rules_of_routes.get(key)
        if found is None:
            found = self._rules_of_routes[key] = self._rules_by(str(key))
        return found

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
            stream_url=self.stream_url,
        )

    # --- carrying out -------------------------------------------------------------------------------------------

    def arm(self, call: LiveCall, timer: Timer, delay: float) -> None:
        """Start one of a call's clocks (`delay` in seconds)."""
        call.arm(timer, delay, lambda: self._expire(call, timer))

    def consult(self, call: LiveCall, text: str) -> None:
        """Have the responder answer what was said."""
        if self.responder is None:
            return
        from voicecall_sdk.engine.conversation import answer

        call.drop_reply()
        call.reply = self.spawn(answer(self, self.responder, call, text), f"reply {call.record.call_id}")

    def close(self, call: LiveCall) -> None:
        """A call is over: its place is free."""
        record = call.record
        self._calls.pop(record.call_id, None)
        if record.provider_call_id is not None and self._by_provider.get(record.provider_call_id) == record.call_id:
            del self._by_provider[record.provider_call_id]
        call.close()

    # --- inside -------------------------------------------------------------------------------------------------

    def _wished(self, call: LiveCall, wish: Wish, turn: Turn | None = None) -> Change:
        return machine.ask(
            call.record, wish, now=self.clock.wall(), turn=turn or self.fresh_turn(), rules=self.rules_for(call.record)
        )

    def _keep(self, call: LiveCall, change: Change, events: Sequence[Event] = ()) -> bool:
        """Commit a change, or believe it unless it is the call's end; False if it holds neither way."""
        try:
            self.commit(call, change, events=events)
        except StoreFailed as failure:
            log.error("call %s: not stored: %s", call.record.call_id, failure)
            if not change.record.live:
                return False
            self._publish(call, call.counted(change, self.clock.wall()), events)
        return True

    def _publish(self, call: LiveCall, change: Change, events: Sequence[Event] = ()) -> None:
        if change.record.provider_call_id != call.record.provider_call_id:
            self._by_provider.pop(call.record.provider_call_id or ProviderCallId(""), None)
            self._index(change.record)
        call.record = change.record
        if events:
            call.heard(events)
        for effect in change.effects:
            CARRY_OUT[type(effect)](self, call, effect)

    def _expire(self, call: LiveCall, timer: Timer) -> None:
        call.timers.pop(timer, None)
        if timer is Timer.QUIET and (left := QUIET_AFTER - call.quiet_for()) > 0:
            self.arm(call, timer, left)
            return
        change = self._wished(call, Expire(timer))
        if not self._keep(call, change):
            self.arm(call, timer, RETRY)
        self.send(call, commands_of(change.effects))

    def _rules_by(self, key: str) -> Rules:
        route = self.rules.routes.get(key)
        if route is None:
            return self.rules
        return replace(
            self.rules,
            language=route.language or self.rules.language,
            voice=route.voice or self.rules.voice,
            response_timeout=route.response_timeout or self.rules.response_timeout,
        )

    def _index(self, record: CallRecord) -> None:
        if record.live and record.provider_call_id is not None:
            self._by_provider[record.provider_call_id] = record.call_id

    def _ended(self, task: asyncio.Task[Any]) -> None:
        """A task is over. Whoever waits for it hears of its failure; what nobody expects is a bug, and is logged."""
        self._tasks.discard(task)
        error = None if task.cancelled() else task.exception()
        if error is not None and not isinstance(error, VoiceCallError):
            log.error("%s failed", task.get_name(), exc_info=error)


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
