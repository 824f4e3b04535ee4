"""Webhooks, taken in: which call a delivery is about, what it changes, and what is answered. Never awaits."""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import Final, TypedDict

from voicecall_sdk.agent.sessions import session_key
from voicecall_sdk.call import machine
from voicecall_sdk.call.effects import Change, Effect
from voicecall_sdk.call.policy import REJECTED_BUSY, admit, greeting_for, route_of
from voicecall_sdk.call.record import CallRecord
from voicecall_sdk.call.rules import Rules
from voicecall_sdk.call.wishes import NoteEnded, NotePlaced, NoteRenamed, Wish
from voicecall_sdk.commands import Command, HangUp, Hold, Reject
from voicecall_sdk.engine.live import LiveCall, turn_of
from voicecall_sdk.engine.switchboard import Switchboard, commands_of
from voicecall_sdk.events import Delivery, Ended, Initiated, Ready
from voicecall_sdk.messages import WebhookReply
from voicecall_sdk.store.store import Answered as StoredReply
from voicecall_sdk.values import CallId, Direction, EndReason, State, Turn

log = logging.getLogger(__name__)

UNKNOWN: Final = "unknown"


class _Given(TypedDict):
    """What the machine is told besides."""

    now: float
    turn: Turn
    rules: Rules


class Reception:
    """Where deliveries arrive. `key` is the delivery's identity; its reply is stored under it with the change."""

    def __init__(self, switchboard: Switchboard) -> None:
        self._board = switchboard

    def receive(self, delivery: Delivery, key: str) -> WebhookReply:
        """Change the call that the delivery is about, and return what to answer. Raises `StoreFailed`."""
        call = self._live(delivery)
        if call is not None:
            return self._change(call, call.record, delivery, key)
        stored = self._stored(delivery)
        if stored is not None and not stored.live:
            return self._after_the_end(stored, delivery, key)
        if stored is None and delivery.direction is Direction.INBOUND and Initiated() in delivery.events:
            return self._incoming(delivery, key)
        log.warning("a %s webhook for an unknown call %s", self._board.carrier.name, delivery.provider_call_id)
        return self._board.carrier.document((), None)

    # --- which call ---------------------------------------------------------------------------------------------

    def _live(self, delivery: Delivery) -> LiveCall | None:
        for any_id in (delivery.call_id, delivery.provider_call_id):
            call = self._board.find(any_id) if any_id else None
            if call is not None:
                return call
        return None

    def _stored(self, delivery: Delivery) -> CallRecord | None:
        for any_id in (delivery.call_id, delivery.provider_call_id):
            record = self._board.store.find(any_id) if any_id else None
            if record is not None:
                return record
        return None

    # --- what it changes ----------------------------------------------------------------------------------------

    def _change(self, call: LiveCall | None, record: CallRecord, delivery: Delivery, key: str) -> WebhookReply:
        board = self._board
        if call is not None and call.media is not None and any(isinstance(event, Ended) for event in delivery.events):
            call.media.leave()
            record = call.record
        change = self._fed(record, delivery)
        commands = commands_of(change.effects)
        if not delivery.wants_document:
            reply = board.carrier.document((), None)
            board.send(self._commit(call, change, delivery, key, reply), commands)
            return reply
        written = self._written(call, commands, delivery)
        reply = board.carrier.document(written, board.view(change.record))
        call = self._commit(call, self._parted(change, commands), delivery, key, reply)
        call.written = next((turn for command in reversed(written) if (turn := turn_of(command))), call.written)
        return reply

    def _commit(
        self, call: LiveCall | None, change: Change, delivery: Delivery, key: str, reply: WebhookReply
    ) -> LiveCall:
        answered = StoredReply(key=key, at=self._board.clock.wall(), reply=reply)
        return self._board.commit(call, change, answered=answered, events=delivery.events)

    def _fed(self, record: CallRecord, delivery: Delivery) -> Change:
        """What the delivery changes; first of all, the carrier's id of the call may be news."""
        board = self._board
        given: _Given = {
            "now": board.clock.wall(),
            "turn": board.fresh_turn(),
            "rules": board.rules_for(record),
        }
        effects: list[Effect] = []
        news = _named(record, delivery)
        if news is not None:
            change = machine.ask(record, news, **given)
            record, effects = change.record, [*change.effects]
        for event in delivery.events:
            change = machine.feed(record, event, **given)
            record = change.record
            effects += change.effects
        return Change(record, tuple(effects))

    def _written(self, call: LiveCall | None, commands: list[Command], delivery: Delivery) -> list[Command]:
        """What goes into the document. What a request under way is about to have said is not said twice."""
        sending = None if call is None else call.sending
        if sending is None or any(isinstance(event, Ready) and event.due == sending for event in delivery.events):
            return commands
        return [Hold() if turn_of(command) == sending else command for command in commands]

    def _parted(self, change: Change, commands: list[Command]) -> Change:
        """A hang-up that is written into the document is the end: no other word of it may ever come."""
        if not any(isinstance(command, HangUp) for command in commands):
            return change
        board, record = self._board, change.record
        wish = NoteEnded(record.commanded_end or EndReason.HANGUP_BOT)
        turn, rules = board.fresh_turn(), board.rules_for(record)
        end = machine.ask(record, wish, now=board.clock.wall(), turn=turn, rules=rules)
        return Change(end.record, (*change.effects, *end.effects))

    def _after_the_end(self, record: CallRecord, delivery: Delivery, key: str) -> WebhookReply:
        """A late word about a call that is over: the carrier's final status is kept, a wanted document hangs up.

        A call that was given up before the carrier confirmed it, and that shows up now, is hung up.
        """
        board = self._board
        reply = board.carrier.document((), board.view(record) if delivery.wants_document else None)
        ghost = record.provider_call_id is None and delivery.provider_call_id is not None
        after = replace(record, provider_call_id=delivery.provider_call_id) if ghost else record
        after = self._fed(after, delivery).record
        answered = StoredReply(key=key, at=board.clock.wall(), reply=reply)
        board.store.append(after if after is not record else None, answered, at=board.clock.wall())
        if ghost and not any(isinstance(event, Ended) for event in delivery.events):
            log.warning("call %s: given up, and there it is: it is hung up", record.call_id)
            board.send(LiveCall(after), [HangUp()])
        return reply

    # --- inbound ------------------------------------------------------------------------------------------------

    def _incoming(self, delivery: Delivery, key: str) -> WebhookReply:
        board = self._board
        caller = delivery.from_ or UNKNOWN
        admission = admit(board.rules, caller, board.occupied)
        record = self._inbound_record(delivery, caller)
        if admission.rejection is None:
            log.info("call %s: inbound, accepted", record.call_id)
            return self._change(None, record, delivery, key)
        log.info("call %s: inbound, rejected (%s)", record.call_id, admission.rejection)
        return self._refuse(record, admission.rejection, delivery, key)

    def _inbound_record(self, delivery: Delivery, caller: str) -> CallRecord:
        board = self._board
        dialled = delivery.to or board.rules.from_number or UNKNOWN
        number, route = route_of(board.rules, dialled)
        call_id = CallId(board.entropy.uuid())
        agent = route.agent_id or board.rules.agent_id
        return CallRecord(
            call_id=call_id,
            provider=board.carrier.name,
            direction=Direction.INBOUND,
            state=State.RINGING,
            from_=caller,
            to=dialled,
            started_at=board.clock.wall(),
            provider_call_id=delivery.provider_call_id,
            message=greeting_for(board.rules, dialled) or None,
            agent_id=agent,
            session_key=session_key(
                scope=board.rules.session_scope, agent_id=agent, call_id=call_id, far_end=caller, explicit=None
            ),
            metadata={} if number is None else {"numberRouteKey": number},
        )

    def _refuse(self, record: CallRecord, rejection: str, delivery: Delivery, key: str) -> WebhookReply:
        """Recorded once, refused before it is answered: in the document if one is wanted, by a request otherwise."""
        board = self._board
        command = Reject(busy=rejection == REJECTED_BUSY)
        refused = replace(
            record,
            state=State.HANGUP_BOT,
            end_reason=EndReason.HANGUP_BOT,
            ended_at=board.clock.wall(),
            message=None,
            metadata={**record.metadata, "rejectionReason": rejection},
        )
        wanted = delivery.wants_document
        reply = board.carrier.document((command,) if wanted else (), board.view(refused) if wanted else None)
        board.store.append(refused, StoredReply(key=key, at=board.clock.wall(), reply=reply), at=board.clock.wall())
        if not wanted:
            board.send(LiveCall(refused), [command])
        return reply


def _named(record: CallRecord, delivery: Delivery) -> Wish | None:
    """What the delivery tells about the carrier's name for the call."""
    known, told = record.provider_call_id, delivery.provider_call_id
    if told is None or told == known:
        return None
    if known is None:
        return NotePlaced(told)
    return NoteRenamed(told) if known == delivery.request_id else None
