"""After a restart: which of the calls that were live still are, and what becomes of the others."""

from __future__ import annotations

import asyncio
import logging

from voicecall_sdk.call import machine
from voicecall_sdk.call.effects import Timer
from voicecall_sdk.call.record import CallRecord
from voicecall_sdk.call.wishes import End, NoteEnded
from voicecall_sdk.carriers.carrier import Standing
from voicecall_sdk.commands import AskStatus
from voicecall_sdk.engine.live import LiveCall
from voicecall_sdk.engine.switchboard import Switchboard
from voicecall_sdk.errors import CarrierFault
from voicecall_sdk.values import EndReason

log = logging.getLogger(__name__)

WORDS = {reason.value: reason for reason in EndReason}


async def recover(board: Switchboard) -> None:
    """Restore the calls that were live when the process ended. A carrier that cannot be asked changes nothing."""
    calls = [board.admit(record) for record in board.store.unfinished() if record.provider == board.carrier.name]
    await asyncio.gather(*(_recover(board, call) for call in calls))


async def _recover(board: Switchboard, call: LiveCall) -> None:
    record, now = call.record, board.clock.wall()
    if record.provider_call_id is None:
        _unconfirmed(board, call, record.started_at + board.rules.ring_timeout + machine.CONFIRMATION_SLACK - now)
    elif await _over(board, call):
        return
    elif (left := _left(board, record, now)) <= 0:
        board.send(call, board.wish(call, End(EndReason.TIMEOUT)))
    else:
        _resume(board, call, left)


def _unconfirmed(board: Switchboard, call: LiveCall, left: float) -> None:
    """A dial whose answer we never stored: it may still show, until its ring time is over."""
    if left <= 0:
        board.wish(call, NoteEnded(EndReason.FAILED, error="the process ended before the carrier confirmed the call"))
    else:
        board.arm(call, Timer.RING, left)


async def _over(board: Switchboard, call: LiveCall) -> bool:
    try:
        outcome = await board.tell(call, AskStatus())
    except CarrierFault as fault:
        log.warning("call %s: its standing is unknown: %s", call.record.call_id, fault)
        return False
    if not isinstance(outcome, Standing) or not outcome.over:
        return False
    reason = call.record.commanded_end or WORDS.get(outcome.word, EndReason.COMPLETED)
    board.wish(call, NoteEnded(reason, carrier_word=outcome.word))
    return True


def _left(board: Switchboard, record: CallRecord, now: float) -> float:
    """Seconds until the call has lasted as long as a call may."""
    return (record.answered_at or record.started_at) + board.rules.max_duration - now


def _resume(board: Switchboard, call: LiveCall, left: float) -> None:
    """The clocks go on where they stood; nobody in this process waits for an answer any more."""
    timer = Timer.MAX_DURATION
    if call.record.answered_at is None and board.rules.stale_after > 0:
        timer = Timer.STALE
        left = max(1.0, min(left, call.record.started_at + board.rules.stale_after - board.clock.wall()))
    board.arm(call, timer, left)
    log.info("call %s: restored as %s", call.record.call_id, call.record.state)
