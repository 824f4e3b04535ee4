"""Calls held over a media stream: when one is opened, what its coming and going changes, who may be interrupted.

Pure, as the machine is. While the stream is open, what is to be said is told to it; a carrier that asks for
instructions in that time tells by it that the stream is over.
"""

from __future__ import annotations

from typing import Final

from voicecall_sdk.call.draft import RETRY, Draft
from voicecall_sdk.call.effects import Arm, Disarm, Timer
from voicecall_sdk.call.record import After, CallRecord, Stream
from voicecall_sdk.commands import AskStatus, FallSilent
from voicecall_sdk.events import (
    BotSaid,
    Interrupted,
    SpeechBegan,
    StreamEnded,
    StreamLeft,
    StreamOver,
    StreamReady,
    StreamStarted,
)
from voicecall_sdk.values import Direction, EndReason, Speaker

GRACE: Final = 2.0
"""Seconds in which a stream that broke may come back (reference: disconnect grace 2000 ms)."""


def on_started(draft: Draft, event: StreamStarted) -> None:
    """It is there; what opened it cannot open another one."""
    draft.answered()
    draft.change(stream=Stream.STARTED, stream_token=None)
    draft.do(Disarm(Timer.STREAM))


def on_ready(draft: Draft, event: StreamReady) -> None:
    """Sound goes both ways: what waits to be said is said."""
    if draft.record.stream is Stream.STARTED:
        draft.change(stream=Stream.OPEN, ready=True)
        draft.proceed()


def on_ended(draft: Draft, event: StreamEnded) -> None:
    """It broke: the carrier asks for instructions, or another stream comes; or the call is over."""
    if event.heard is not None:
        draft.broke_off(event.heard)
    if draft.record.stream in (Stream.STARTED, Stream.OPEN):
        draft.change(stream=Stream.LOST if event.usable else Stream.FAILED)
        draft.do(Arm(Timer.STREAM, GRACE))


def on_over(draft: Draft, event: StreamOver) -> None:
    """Nobody asks for instructions: another is opened at once, unless the call has given up streams."""
    if draft.streams and draft.record.stream is not Stream.OFF:
        draft.connect()


def on_left(draft: Draft, event: StreamLeft) -> None:
    """We ended it ourselves; its end is no news."""
    if draft.record.stream is not Stream.FAILED:
        draft.change(stream=Stream.OFF, stream_token=None, stream_tries=0)
        draft.do(Disarm(Timer.STREAM))


def on_speech(draft: Draft, event: SpeechBegan) -> None:
    """Whoever is interrupted falls silent at once."""
    if draft.record.speaking is not None and not protected(draft.record):
        draft.tell(FallSilent())


def on_interrupted(draft: Draft, event: Interrupted) -> None:
    """We fell silent. What waited to be said after it is not said any more."""
    speaking = draft.record.speaking
    if speaking is None or speaking.turn != event.turn:
        return
    draft.said(whole=False, heard=event.heard)
    draft.forget_queue()
    if draft.record.commanded_end is None:
        draft.idle()


def on_bot_said(draft: Draft, event: BotSaid) -> None:
    """A line of the transcript."""
    draft.answered()
    draft.add_line(Speaker.BOT, event.text, interrupted=not event.whole)


def expire(draft: Draft) -> None:
    """A stream is missing for too long."""
    match draft.record.stream:
        case Stream.LOST | Stream.STARTED:
            # the caller may have hung up: the carrier knows, and what it says is the reason
            draft.change(stream=Stream.GONE)
            draft.tell(AskStatus())
            draft.do(Arm(Timer.STREAM, RETRY))
        case Stream.GONE:
            give_up(draft)
        case Stream.AWAITED:
            draft.connect()
        case Stream.FAILED:
            draft.proceed()
        case _:
            pass  # nothing is missing


def restart(draft: Draft) -> None:
    """The stream died with the process. A carrier that does not ask what to do now is told to open another."""
    if draft.record.stream not in (Stream.OFF, Stream.FAILED):
        draft.change(stream=Stream.AWAITED)
        draft.do(Arm(Timer.STREAM, GRACE))


def give_up(draft: Draft) -> None:
    """The call goes on and cannot be heard: it is ended."""
    draft.change(error="the media stream was lost and did not come back")
    draft.hang_up(EndReason.HANGUP_BOT)


def in_passing(record: CallRecord, *, sounding: bool) -> bool:
    """Whether what is begun to be said now answers nothing: neither a message that nobody may interrupt, nor a
    question that cannot have been heard yet. `sounding`: what we say can be heard by now.
    """
    speaking = record.speaking
    unheard = speaking is not None and speaking.turn == record.asked and not sounding
    waits = any(utterance.turn == record.asked for utterance in record.queued)
    return protected(record) or unheard or waits


def protected(record: CallRecord) -> bool:
    """Whether what is being said is said to its end whoever speaks: the message of an outbound call, and a farewell."""
    speaking = record.speaking
    if speaking is None:
        return False
    first = not any(line.speaker is Speaker.BOT for line in record.transcript)
    return speaking.after is After.HANG_UP or (record.direction is Direction.OUTBOUND and first)
