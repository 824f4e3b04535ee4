"""One call's life: `feed` it what happened, `ask` it for what you want; get the new record and the effects.

Pure: no clock, no randomness, no I/O. The tables `FEED` and `ASK` name the rule for each kind of event and wish.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from voicecall_sdk.call import answers, streams
from voicecall_sdk.call.draft import CONFIRMATION_SLACK, Draft
from voicecall_sdk.call.effects import Arm, Change, Consult, Supersede, Timer
from voicecall_sdk.call.expiry import EXPIRE
from voicecall_sdk.call.record import After, CallRecord, Speaking, Stream
from voicecall_sdk.call.rules import Rules
from voicecall_sdk.call.states import Move
from voicecall_sdk.call.wishes import (
    Ask,
    End,
    Expire,
    NoteEnded,
    NoteFailure,
    NotePlaced,
    NoteRenamed,
    NoteRestart,
    NoteStanding,
    NoteUnknown,
    PressKeys,
    Speak,
    Wish,
    Withdraw,
)
from voicecall_sdk.commands import Answer, Dial, Press
from voicecall_sdk.events import (
    Answered,
    BotSaid,
    Ended,
    Event,
    Faulted,
    Heard,
    Initiated,
    Interrupted,
    KeysPressed,
    MachineDetected,
    NothingHeard,
    PlaybackStarted,
    Ready,
    Ringing,
    SpeechBegan,
    Spoken,
    StreamEnded,
    StreamLeft,
    StreamOver,
    StreamReady,
    StreamStarted,
)
from voicecall_sdk.values import Direction, EndReason, Mode, Speaker, Turn

HANGUPS: Final = frozenset({EndReason.COMPLETED, EndReason.HANGUP_BOT, EndReason.NO_ANSWER})
"""What a carrier may call an end that we commanded: before the answer it is a call nobody answered."""

NEARLY: Final = 1.0
"""Seconds by which the wall clock may lag behind a timer."""


def dial(record: CallRecord, *, inline: bool, digits: str | None, now: float, turn: Turn, rules: Rules) -> Change:
    """Place the call of a fresh outbound record. `inline`: the carrier takes a notification with the dial request."""
    draft = Draft(record, now, turn, rules)
    message = None
    if inline and record.mode is Mode.NOTIFY and record.message:
        message = record.message
        speaking = Speaking(turn=turn, text=message, after=After.HANG_UP, signalled=False)
        draft.change(message=None, speaking=speaking)
    draft.tell(
        Dial(
            to=record.to,
            from_=record.from_,
            ring_timeout=rules.ring_timeout,
            max_duration=rules.max_duration,
            message=message,
            hangup_delay=rules.notify_hangup_delay,
            digits=digits,
        )
    )
    draft.look_after()
    return draft.done()


def feed(record: CallRecord, event: Event, *, now: float, turn: Turn, rules: Rules) -> Change:
    """What an event changes. A call that is over only learns the carrier's last word."""
    draft = Draft(record, now, turn, rules)
    if record.live or isinstance(event, Ended):
        FEED[type(event)](draft, event)
    return draft.done()


def ask(record: CallRecord, wish: Wish, *, now: float, turn: Turn, rules: Rules) -> Change:
    """What a wish changes. Wishes to a call that is over change nothing: whoever asks has looked before."""
    draft = Draft(record, now, turn, rules)
    if record.live:
        ASK[type(wish)](draft, wish)
    return draft.done()


# --- what happened ----------------------------------------------------------------------------------------------


def _on_initiated(draft: Draft, event: Initiated) -> None:
    if draft.record.direction is Direction.INBOUND and draft.record.answered_at is None:
        draft.look_after()
        draft.tell(Answer())


def _on_ringing(draft: Draft, event: Ringing) -> None:
    draft.move(Move.RING)


def _on_answered(draft: Draft, event: Answered) -> None:
    draft.answered()
    if draft.record.speaking is not None:
        draft.move(Move.SPEAK)


def _on_ready(draft: Draft, event: Ready) -> None:
    """The carrier wants to know what to do: what follows, a media stream, or what the call is about now."""
    draft.answered()
    draft.change(ready=True)
    record = draft.record
    if record.speaking is not None and record.speaking.turn == event.spoken:
        draft.said(whole=True)
        draft.follow(record.speaking.after)
    elif draft.streams:
        draft.connect()
    else:
        draft.proceed()


def _on_spoken(draft: Draft, event: Spoken) -> None:
    """The end of anything else than what is being said now is no news: it was cut, or its end was told late."""
    speaking = draft.record.speaking
    if speaking is not None and speaking.turn == event.turn:
        draft.said(whole=True)
        draft.follow(speaking.after)


def _on_playback(draft: Draft, event: PlaybackStarted) -> None:
    draft.answered()
    speaking = draft.record.speaking
    if event.turn is None or (speaking is not None and speaking.turn == event.turn):
        draft.change(sounding=draft.now)
        draft.move(Move.SPEAK)


def _on_heard(draft: Draft, event: Heard) -> None:
    draft.answered()
    text = event.text.strip()
    if text:
        draft.do(Supersede())
    if event.final and text:
        _heard_finally(draft, text, event)
    elif event.final:
        _on_nothing(draft, NothingHeard(event.turn))
        draft.idle()


def _heard_finally(draft: Draft, text: str, event: Heard) -> None:
    if answers.stale(draft, event.turn):
        draft.idle()
        return
    passing = event.in_passing or answers.too_early(draft, event)
    if not passing:
        answers.prompt_was_said(draft, event.turn, hush=True)
    draft.add_line(Speaker.USER, text)
    if passing:
        draft.idle()
        return
    if not answers.replied(draft, text) and draft.rules.auto_response and draft.talks:
        draft.do(Consult(text))
    draft.change(listening=None, stream_tries=0)
    draft.idle()


def _on_nothing(draft: Draft, event: NothingHeard) -> None:
    answers.prompt_was_said(draft, event.turn)


def _on_machine(draft: Draft, event: MachineDetected) -> None:
    draft.change(metadata={**draft.record.metadata, "answeredBy": event.answered_by})


def _on_ended(draft: Draft, event: Ended) -> None:
    record = draft.record
    if event.reason is EndReason.COMPLETED and record.commanded_end is None and _carrier_hangs_up(record):
        # the document that held the message was run: only a confirmed end tells that it was answered at all
        draft.answered()
        draft.said(whole=True)
    draft.close(_reason(record, event), event.carrier_word)


def _on_faulted(draft: Draft, event: Faulted) -> None:
    if not event.retryable:
        draft.close(EndReason.ERROR, error=event.message)


def _reason(record: CallRecord, event: Ended) -> EndReason:
    """Ours if we commanded the end; otherwise the carrier's, or the far end's when nobody else can have hung up."""
    if record.commanded_end is not None and event.reason in HANGUPS:
        return record.commanded_end
    if event.reason is not EndReason.COMPLETED:
        return event.reason
    if _carrier_hangs_up(record):
        return EndReason.HANGUP_BOT
    if event.by_far_end or (event.by_far_end is None and record.answered_at is not None):
        return EndReason.HANGUP_USER
    return EndReason.COMPLETED


def _carrier_hangs_up(record: CallRecord) -> bool:
    """Whether the carrier was told in advance to hang up after what it says."""
    return record.speaking is not None and record.speaking.after is After.HANG_UP and not record.speaking.signalled


FEED: Final[Mapping[type[Event], Callable[[Draft, Any], None]]] = {
    Initiated: _on_initiated,
    Ringing: _on_ringing,
    Answered: _on_answered,
    Ready: _on_ready,
    Spoken: _on_spoken,
    PlaybackStarted: _on_playback,
    Heard: _on_heard,
    NothingHeard: _on_nothing,
    KeysPressed: answers.on_keys,
    MachineDetected: _on_machine,
    Ended: _on_ended,
    Faulted: _on_faulted,
    StreamStarted: streams.on_started,
    StreamReady: streams.on_ready,
    StreamEnded: streams.on_ended,
    StreamOver: streams.on_over,
    StreamLeft: streams.on_left,
    SpeechBegan: streams.on_speech,
    Interrupted: streams.on_interrupted,
    BotSaid: streams.on_bot_said,
}


# --- what is wanted ---------------------------------------------------------------------------------------------


def _speak(draft: Draft, wish: Speak) -> None:
    after = wish.after or (After.LISTEN if draft.talks else After.HANG_UP)
    draft.say(wish.text, after, prompt=wish.barge_in)


def _ask(draft: Draft, wish: Ask) -> None:
    draft.do(Supersede())
    draft.change(asked=draft.turn)
    draft.do(Arm(Timer.TRANSCRIPT, draft.rules.transcript_timeout))
    draft.say(wish.text, After.LISTEN, prompt=True)


def _withdraw(draft: Draft, wish: Withdraw) -> None:
    draft.withdraw(wish.turn)


def _press(draft: Draft, wish: PressKeys) -> None:
    if draft.record.stream is not Stream.OPEN:
        draft.hush()
        draft.cut()
    draft.tell(Press(wish.digits))


def _end(draft: Draft, wish: End) -> None:
    draft.hang_up(wish.reason)


def _expire(draft: Draft, wish: Expire) -> None:
    EXPIRE[wish.timer](draft)


def _note_placed(draft: Draft, wish: NotePlaced) -> None:
    """The carrier's id is known now, from the answer to the dial or from a callback that was faster."""
    if draft.record.provider_call_id is None:
        draft.change(provider_call_id=wish.provider_call_id)
        if draft.record.commanded_end is not None:
            draft.hang_up(draft.record.commanded_end)


def _note_renamed(draft: Draft, wish: NoteRenamed) -> None:
    draft.change(provider_call_id=wish.provider_call_id)


def _note_unknown(draft: Draft, wish: NoteUnknown) -> None:
    if draft.record.provider_call_id is None:
        draft.do(Arm(Timer.RING, draft.rules.ring_timeout + CONFIRMATION_SLACK))


def _note_ended(draft: Draft, wish: NoteEnded) -> None:
    draft.close(wish.reason, wish.carrier_word, wish.error)


def _note_standing(draft: Draft, wish: NoteStanding) -> None:
    record, stale_after = draft.record, draft.rules.stale_after
    if wish.news is not None:
        FEED[type(wish.news)](draft, wish.news)
    if record.stream is Stream.GONE and draft.record.live:
        streams.give_up(draft)
    elif wish.news is None and record.answered_at is None and 0 < stale_after <= draft.now - record.started_at + NEARLY:
        draft.hang_up(EndReason.NO_ANSWER)


def _note_failure(draft: Draft, wish: NoteFailure) -> None:
    """The utterance under way will not be heard. Any other command that failed leaves the call as it is."""
    speaking = draft.record.speaking
    if speaking is not None and speaking.turn == wish.turn:
        draft.unsaid(wish.message)
        if draft.record.answered_at is not None:
            draft.move(Move.LISTEN)


def _note_restart(draft: Draft, wish: NoteRestart) -> None:
    streams.restart(draft)


ASK: Final[Mapping[type[Wish], Callable[[Draft, Any], None]]] = {
    Speak: _speak,
    Ask: _ask,
    Withdraw: _withdraw,
    PressKeys: _press,
    End: _end,
    Expire: _expire,
    NotePlaced: _note_placed,
    NoteRenamed: _note_renamed,
    NoteUnknown: _note_unknown,
    NoteEnded: _note_ended,
    NoteStanding: _note_standing,
    NoteFailure: _note_failure,
    NoteRestart: _note_restart,
}
