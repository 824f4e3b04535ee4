"""Telling the carrier: a command by the call's media stream or by a request, and what comes of it for the call."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from voicecall_sdk.call.record import Stream
from voicecall_sdk.call.wishes import NoteEnded, NoteFailure, NotePlaced, NoteStanding, NoteUnknown
from voicecall_sdk.carriers.carrier import Ability, Done, Outcome, Placed, Standing
from voicecall_sdk.commands import (
    AskStatus,
    Command,
    Dial,
    FallSilent,
    HangUp,
    Hold,
    Listen,
    Press,
    Prompt,
    Reject,
    Say,
    StopListening,
)
from voicecall_sdk.engine.live import LiveCall, over, turn_of
from voicecall_sdk.errors import CallEnded, CarrierFault, CarrierRefused, CarrierSilent, SpeechFailed, VoiceCallError
from voicecall_sdk.events import Ready, StreamLeft
from voicecall_sdk.values import EndReason, Turn

if TYPE_CHECKING:
    from voicecall_sdk.engine.switchboard import Switchboard

log = logging.getLogger(__name__)

AT_ONCE: Final = (Dial, HangUp, Reject, AskStatus, FallSilent)
"""What does not wait for the carrier's answer to an earlier command. The call may be there before a dial's is."""

BY_STREAM: Final = (Say, Prompt, Listen, Hold, StopListening, FallSilent)
"""What a call with a media stream is told by it."""


async def send(board: Switchboard, call: LiveCall, commands: Sequence[Command]) -> None:
    """Tell these, one after the other; failures are logged. That a call has ended meanwhile is no failure of ours."""
    for command in commands:
        try:
            await tell(board, call, command)
        except VoiceCallError as error:
            level = logging.DEBUG if _too_late(board, error) else logging.WARNING
            log.log(level, "call %s: %s failed: %s", call.record.call_id, type(command).__name__, error)


def _too_late(board: Switchboard, error: VoiceCallError) -> bool:
    """Whether a command has raced the end of its call. The carrier's own word of that end may be on its way."""
    refused = isinstance(error, CarrierRefused) and error.code in board.carrier.over_codes
    return refused or isinstance(error, CallEnded)


async def tell(board: Switchboard, call: LiveCall, command: Command) -> Outcome:
    """Tell this, in its turn. Raises as `Switchboard.tell`."""
    if isinstance(command, AT_ONCE):
        return await _carry_out(board, call, command)
    async with call.order:
        return await _carry_out(board, call, command) if call.wants(command) else _spared(call)


async def _carry_out(board: Switchboard, call: LiveCall, command: Command) -> Outcome:
    call.sending = turn_of(command) or call.sending
    try:
        outcome = await _by_stream_or_request(board, call, command)
    except (CarrierFault, SpeechFailed) as fault:
        ended = not (call.record.live or isinstance(command, Dial))
        _note_fault(board, call, command, fault)
        if ended:
            raise over(call.record) from fault
        raise
    finally:
        if turn_of(command) is not None:
            call.sending = None
    _note_outcome(board, call, command, outcome)
    return outcome


async def _by_stream_or_request(board: Switchboard, call: LiveCall, command: Command) -> Outcome:
    if isinstance(command, BY_STREAM) and call.record.stream not in (Stream.OFF, Stream.FAILED):
        # without its stream the call waits for one, and begins anew with what was to be said
        return await call.media.carry_out(command) if call.media is not None else Done()
    if isinstance(command, HangUp | Press) and call.media is not None:
        # what is being said ends here, and how much of it was heard is known
        await call.media.carry_out(FallSilent())
    if isinstance(command, Press) and Ability.PRESS_BESIDE_STREAM not in board.carrier.abilities:
        board.hear(call, StreamLeft())
    return await board.client.carry_out(command, board.view(call.record), lambda: call.wants(command))


def _note_outcome(board: Switchboard, call: LiveCall, command: Command, outcome: Outcome) -> None:
    match outcome:
        case Placed():
            board.send(call, board.note(call, NotePlaced(outcome.provider_call_id)))
        case Standing():
            board.send(call, board.note(call, NoteStanding(outcome.news)))
        case Done() if isinstance(command, HangUp | Reject):
            board.note(call, NoteEnded(call.record.commanded_end or EndReason.HANGUP_BOT))
        case Done(said=True):
            _said(board, call, turn_of(command))
        case _:
            pass


def _said(board: Switchboard, call: LiveCall, turn: Turn | None) -> None:
    """The carrier said it at once: there will be no other word of its end."""
    board.hear(call, Ready(spoken=turn))


def _note_fault(board: Switchboard, call: LiveCall, command: Command, fault: CarrierFault | SpeechFailed) -> None:
    """A dial that was refused or never left is over; one without an answer may yet turn out to exist."""
    if not isinstance(command, Dial):
        board.note(call, NoteFailure(str(fault), turn_of(command)))
    elif isinstance(fault, CarrierRefused) or (isinstance(fault, CarrierSilent) and not fault.sent):
        board.note(call, NoteEnded(EndReason.FAILED, error=str(fault)))
    else:
        log.warning("call %s: dialling was not answered for: %s", call.record.call_id, fault)
        board.note(call, NoteUnknown())


def _spared(call: LiveCall) -> Outcome:
    """What comes of a command that is not wanted any more. Raises `CallEnded` if that is because the call is over."""
    if not call.record.live:
        raise over(call.record)
    return Done()
