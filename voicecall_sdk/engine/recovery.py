"""After a restart: which of the calls that were live still are, and what becomes of the others."""

from __future__ import annotations

import asyncio
import logging
from typing import Final

from voicecall_sdk.call.draft import CONFIRMATION_SLACK, QUIET_AFTER
from voicecall_sdk.call.effects import Timer
from voicecall_sdk.call.record import CallRecord
from voicecall_sdk.call.wishes import End, NoteEnded, NoteRestart, Withdraw
from voicecall_sdk.commands import AskStatus
from voicecall_sdk.engine.live import LiveCall
from voicecall_sdk.engine.switchboard import Switchboard
from voicecall_sdk.errors import CarrierFault
from voicecall_sdk.values import EndReason, Mode

log = logging.getLogger(__name__)

SOON: Final = 1.0
"""Seconds until a clock goes off that ran out while nobody was there."""


async def recover(board: Switchboard) -> None:
    """Restore the calls that were live when the process ended. A carrier that cannot be asked changes nothing.

    Calls of another carrier stay as they are stored: when that carrier is selected again, it will be asked.
    """
    calls = [board.admit(record) for record in board.store.unfinished() if record.provider == board.carrier.name]
    await asyncio.gather(*(_recover(board, call) for call in calls))


async def _recover(board: Switchboard, call: LiveCall) -> None:
    record = call.record
    if record.asked is not None:
        board.note(call, Withdraw(record.asked))  # whoever asked was in the process that died
    if record.provider_call_id is None:
        _unconfirmed(board, call)
        return
    await _ask(board, call)
    if not call.record.live:
        log.info("call %s: it ended meanwhile (%s)", record.call_id, call.record.end_reason)
    elif record.commanded_end is not None:
        board.send(call, board.note(call, End(record.commanded_end)))
    elif call.record.commanded_end is None:
        _resume(board, call)


def _unconfirmed(board: Switchboard, call: LiveCall) -> None:
    """A dial whose answer we never stored: it may still show, until its ring time is over."""
    left = call.record.started_at + board.rules.ring_timeout + CONFIRMATION_SLACK - board.clock.wall()
    if left > 0:
        board.arm(call, Timer.RING, left)
        return
    reason = call.record.commanded_end or EndReason.FAILED
    board.note(call, NoteEnded(reason, error="the process ended before the carrier confirmed the call"))


async def _ask(board: Switchboard, call: LiveCall) -> None:
    """What the carrier says of the call is noted by whoever tells it."""
    try:
        await board.tell(call, AskStatus())
    except CarrierFault as fault:
        log.warning("call %s: its standing is unknown: %s", call.record.call_id, fault)


def _resume(board: Switchboard, call: LiveCall) -> None:
    """The clocks go on where they stood."""
    record, rules, now = call.record, board.rules, board.clock.wall()
    if record.answered_at is None:
        waited = rules.stale_after or rules.ring_timeout + CONFIRMATION_SLACK
        board.arm(call, Timer.STALE, max(SOON, record.started_at + waited - now))
    elif record.answered_at + rules.max_duration <= now:
        board.send(call, board.note(call, End(EndReason.TIMEOUT)))
    else:
        board.arm(call, Timer.MAX_DURATION, record.answered_at + rules.max_duration - now)
        board.arm(call, Timer.QUIET, QUIET_AFTER)
        board.send(call, board.note(call, NoteRestart()))
        if _has_said_it_all(record):
            board.arm(call, Timer.NOTIFY_HANGUP, rules.notify_hangup_delay)
    log.info("call %s: restored as %s", record.call_id, record.state)


def _has_said_it_all(record: CallRecord) -> bool:
    """Whether a notification was said, so that only its hang-up is missing."""
    return record.mode is Mode.NOTIFY and record.ready and record.message is None and record.speaking is None
