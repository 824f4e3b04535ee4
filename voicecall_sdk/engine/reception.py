"""Webhooks, taken in: which call a delivery is about, what it changes, and what is answered. Never awaits."""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import Final

from voicecall_sdk.agent.sessions import session_key
from voicecall_sdk.call import machine
from voicecall_sdk.call.effects import Change, Effect
from voicecall_sdk.call.policy import REJECTED_BUSY, admit, greeting_for, route_of
from voicecall_sdk.call.record import CallRecord
from voicecall_sdk.call.wishes import NoteEnded
from voicecall_sdk.commands import Command, HangUp, Reject
from voicecall_sdk.engine.live import LiveCall
from voicecall_sdk.engine.switchboard import Switchboard, commands_of
from voicecall_sdk.events import Delivery, Initiated
from voicecall_sdk.messages import WebhookReply
from voicecall_sdk.store.store import Answered as StoredReply
from voicecall_sdk.values import CallId, Direction, EndReason, State

log = logging.getLogger(__name__)

UNKNOWN: Final = "unknown"


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
        if delivery.direction is Direction.INBOUND and Initiated() in delivery.events:
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
        if record.provider_call_id is None and delivery.provider_call_id is not None:
            record = replace(record, provider_call_id=delivery.provider_call_id)
        change = self._fed(record, delivery)
        commands = commands_of(change.effects)
        reply = board.carrier.document((), None)
        if delivery.wants_document:
            reply = board.carrier.document(commands, board.view(change.record))
            change = self._parted(change, commands)
        answered = StoredReply(key=key, at=board.clock.wall(), reply=reply)
        call = board.commit(call, change, answered=answered, events=delivery.events)
        if not delivery.wants_document:
            board.send(call, commands)
        return reply

    def _fed(self, record: CallRecord, delivery: Delivery) -> Change:
        board, now = self._board, self._board.clock.wall()
        rules = board.rules_for(record)
        effects: list[Effect] = []
        for event in delivery.events:
            change = machine.feed(record, event, now=now, turn=board.fresh_turn(), rules=rules)
            record = change.record
            effects += change.effects
        return Change(record, tuple(effects))

    def _parted(self, change: Change, commands: list[Command]) -> Change:
        """A hang-up that is written into the document is the end: no other word of it may ever come."""
        if not any(isinstance(command, HangUp) for command in commands):
            return change
        board = self._board
        wish = NoteEnded(change.record.commanded_end or EndReason.HANGUP_BOT)
        end = machine.ask(
            change.record, wish, now=board.clock.wall(), turn=board.fresh_turn(), rules=board.rules_for(change.record)
        )
        return Change(end.record, (*change.effects, *end.effects))

    def _after_the_end(self, record: CallRecord, delivery: Delivery, key: str) -> WebhookReply:
        """A late word about a call that is over: the carrier's final status is kept, a wanted document hangs up."""
        board = self._board
        change = self._fed(record, delivery)
        reply = board.carrier.document((), board.view(record) if delivery.wants_document else None)
        answered = StoredReply(key=key, at=board.clock.wall(), reply=reply)
        board.store.append(change.record if change.record != record else None, answered, at=board.clock.wall())
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
