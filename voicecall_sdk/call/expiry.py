"""What happens when one of a call's clocks runs out. Pure, as the machine is; `EXPIRE` names the rule for each."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from voicecall_sdk.call import answers, streams
from voicecall_sdk.call.draft import QUIET_AFTER, RETRY, Draft
from voicecall_sdk.call.effects import Arm, GaveUp, Timer
from voicecall_sdk.call.record import CallRecord
from voicecall_sdk.commands import AskStatus
from voicecall_sdk.values import EndReason

GIVE_UP_AFTER: Final = 3600.0
"""Seconds beyond the longest time of a call after which a hang-up that no carrier confirms is taken for done."""


def _expire_transcript(draft: Draft) -> None:
    asked = draft.record.asked
    if asked is not None:
        ms = round(draft.rules.transcript_timeout * 1000)
        draft.do(GaveUp(asked, f"Timed out waiting for transcript after {ms}ms"))
        draft.withdraw(asked)


def _expire_unanswered(draft: Draft) -> None:
    """Nobody answered, as far as we know. Callbacks get lost: the carrier knows better, if it knows the call."""
    record = draft.record
    if record.answered_at is not None or _is_being_ended(record):
        return
    if record.provider_call_id is None:
        reason = record.commanded_end or EndReason.FAILED
        draft.close(reason, error="the carrier never confirmed the call")
    elif draft.now - record.started_at > draft.rules.max_duration:
        draft.hang_up(EndReason.NO_ANSWER)
    else:
        draft.tell(AskStatus())
        draft.do(Arm(Timer.STALE, RETRY))


def _expire_quiet(draft: Draft) -> None:
    """Long nothing from the carrier: the callback that told of the end may have been lost."""
    draft.tell(AskStatus())
    draft.do(Arm(Timer.QUIET, QUIET_AFTER))


def _expire_hangup(draft: Draft) -> None:
    record = draft.record
    reason = record.commanded_end or EndReason.HANGUP_BOT
    begun = record.started_at if record.answered_at is None else record.answered_at
    if draft.now - begun > draft.rules.max_duration + GIVE_UP_AFTER:
        draft.close(reason, error="the carrier never confirmed the end")
    else:
        draft.hang_up(reason)


EXPIRE: Final[Mapping[Timer, Callable[[Draft], None]]] = {
    Timer.MAX_DURATION: lambda draft: draft.hang_up(EndReason.TIMEOUT),
    Timer.NOTIFY_HANGUP: lambda draft: draft.hang_up(EndReason.HANGUP_BOT),
    Timer.RING: _expire_unanswered,
    Timer.STALE: _expire_unanswered,
    Timer.TRANSCRIPT: _expire_transcript,
    Timer.HANG_UP: _expire_hangup,
    Timer.QUIET: _expire_quiet,
    Timer.STREAM: streams.expire,
    Timer.KEYS: answers.entered,
}


def _is_being_ended(record: CallRecord) -> bool:
    """Whether the carrier was told to hang up, and is told again until it confirms."""
    return record.commanded_end is not None and record.provider_call_id is not None
