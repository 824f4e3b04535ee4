"""A call's record while it is being changed: the small acts that the machine's rules are made of."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any, Final

from voicecall_sdk.call.effects import Arm, Change, Closed, Disarm, Effect, GaveUp, Said, Tell, Timer
from voicecall_sdk.call.record import After, CallRecord, Line, Speaking, Stream, changed
from voicecall_sdk.call.rules import Rules
from voicecall_sdk.call.states import Move, ended, moved
from voicecall_sdk.commands import Command, Connect, FallSilent, HangUp, Hold, Listen, Prompt, Say
from voicecall_sdk.values import EndReason, Mode, Speaker, Turn

CONFIRMATION_SLACK: Final = 15.0
"""Seconds after the ring time in which a dial whose answer was lost may still turn out to exist."""

RETRY: Final = 30.0
"""Seconds until a hang-up that the carrier did not confirm is tried again, or a question that it did not answer."""

QUIET_AFTER: Final = 75.0
"""Seconds without a word from the carrier after which it is asked: longer than a held line keeps silent."""

STREAM_TRIES: Final = 3
"""How often a media stream is asked for in vain until a call goes on without one."""


@dataclass(slots=True)
class Draft:
    """`now` is Unix time in seconds; `turn` a fresh name for the next utterance or question."""

    record: CallRecord
    now: float
    turn: Turn
    rules: Rules
    effects: list[Effect] = field(default_factory=list)

    @property
    def talks(self) -> bool:
        """Whether the call is a conversation, as opposed to a notification."""
        return self.record.mode is not Mode.NOTIFY

    @property
    def streams(self) -> bool:
        """Whether the call is to be held over a media stream."""
        return self.rules.streams and self.talks and self.record.stream is not Stream.FAILED

    def change(self, **fields: Any) -> None:
        """Set fields of the record. One that changes nothing leaves the record the object that it was."""
        record = self.record
        if any(getattr(record, name) != value for name, value in fields.items()):
            self.record = changed(record, **fields)

    def do(self, effect: Effect) -> None:
        """Add an effect."""
        self.effects.append(effect)

    def tell(self, command: Command) -> None:
        """Have the carrier do this."""
        self.do(Tell(command))

    def move(self, move: Move) -> None:
        """Change the state by the table."""
        self.change(state=moved(self.record.state, move))

    def done(self) -> Change:
        """The finished change."""
        return Change(self.record, tuple(self.effects))

    # --- the call ---

    def answered(self) -> None:
        """The far end is there. Only the first sign of it counts (a repeated one restarts no clock)."""
        if self.record.answered_at is None:
            self.change(answered_at=self.now)
            self.do(Disarm(Timer.RING))
            self.do(Disarm(Timer.STALE))
            self.do(Arm(Timer.MAX_DURATION, self.rules.max_duration))
            self.do(Arm(Timer.QUIET, QUIET_AFTER))
        self.move(Move.ANSWER)

    def look_after(self) -> None:
        """See in time whether it was answered, even if nobody is to end it for that."""
        ringing = self.rules.ring_timeout + CONFIRMATION_SLACK
        self.do(Arm(Timer.STALE, self.rules.stale_after or ringing))

    def hang_up(self, reason: EndReason) -> None:
        """End the call, and see to it until the carrier confirms. The first reason counts.

        While the carrier's id is unknown the intention is kept.
        """
        if self.record.commanded_end is None:
            self.change(commanded_end=reason)
        if self.record.provider_call_id is not None:
            self.tell(HangUp())
            self.do(Arm(Timer.HANG_UP, RETRY))

    def close(self, reason: EndReason, carrier_word: str | None = None, error: str | None = None) -> None:
        """The call is over, once."""
        record = self.record
        if not record.live:
            if record.carrier_word is None and carrier_word is not None:
                self.change(carrier_word=carrier_word)
            return
        self.cut()
        if record.asked is not None:
            self.do(GaveUp(record.asked, f"Call ended: {reason}", reason))
        self.change(
            state=ended(record.state, reason),
            end_reason=reason,
            ended_at=self.now,
            carrier_word=carrier_word,
            error=error or record.error,
            commanded_end=None,
            listening=None,
            asked=None,
            message=None,
            queued=(),
            stream=Stream.OFF,
            stream_token=None,
        )
        self.do(Closed())

    # --- what is said ---

    def add_line(self, speaker: Speaker, text: str, *, interrupted: bool = False) -> None:
        """Append to the transcript."""
        line = Line(at=self.now, speaker=speaker, text=text, interrupted=interrupted)
        self.change(transcript=(*self.record.transcript, line))

    def say(self, text: str, after: After, *, prompt: bool) -> None:
        """Say this now; or later, when the call takes instructions and the utterance under way is over."""
        utterance = Speaking(turn=self.turn, text=text, after=after, signalled=not prompt)
        if self._must_wait():
            self.change(queued=(*self.record.queued, utterance))
        else:
            self.hush()
            self.cut()
            self.begin(utterance)

    def begin(self, utterance: Speaking) -> None:
        """Have the carrier say it; or hang up, if the call is being ended."""
        if self.record.commanded_end is not None:
            self.tell(HangUp())
            return
        if utterance.after is After.HANG_UP or self.record.stream is Stream.OPEN:
            # nobody listens after it, so its end must be told; a stream tells it anyway
            utterance = replace(utterance, signalled=True)
        prompt = not utterance.signalled
        self.change(speaking=utterance, sounding=None, listening=utterance.turn if prompt else None)
        self.move(Move.SPEAK)
        self.tell((Prompt if prompt else Say)(utterance.text, utterance.turn))
        if utterance.turn == self.record.asked:
            self.do(Arm(Timer.TRANSCRIPT, self.rules.transcript_timeout))

    def said(self, *, whole: bool, heard: str | None = None) -> None:
        """The utterance under way is over. `heard` is the part of it that was played, where that is known."""
        utterance = self.record.speaking
        if utterance is None:
            return
        text = utterance.text if heard is None else heard
        if self.record.answered_at is not None and text:
            self.add_line(Speaker.BOT, text, interrupted=not whole)
        self.change(speaking=None)
        self.do(Said(utterance.turn, whole))

    def hush(self) -> None:
        """Have a carrier that speaks on until it is told otherwise fall silent. Streams are told by whoever speaks."""
        if self.record.speaking is not None and self.record.stream is not Stream.OPEN:
            self.tell(FallSilent())

    def cut(self) -> None:
        """Whatever is being said is interrupted."""
        self.said(whole=False)

    def broke_off(self, heard: str) -> None:
        """What was being said broke off here, and is said again from its beginning when it can be."""
        speaking = self.record.speaking
        if heard and self.record.answered_at is not None:
            self.add_line(Speaker.BOT, heard, interrupted=True)
        if speaking is not None:
            self.change(speaking=None, queued=(speaking, *self.record.queued))

    def withdraw(self, turn: Turn) -> None:
        """Nobody waits for this turn any more: its question is no longer open, and it is not said if it waits."""
        if self.record.asked == turn:
            self.change(asked=None)
            self.do(Disarm(Timer.TRANSCRIPT))
        self.change(queued=tuple(waiting for waiting in self.record.queued if waiting.turn != turn))

    def unsaid(self, message: str) -> None:
        """What is being said will not be heard, and what waits for its end will not be said."""
        record = self.record
        lost = (*((record.speaking,) if record.speaking is not None else ()), *record.queued)
        self.change(speaking=None, queued=())
        for utterance in lost:
            self.do(Said(utterance.turn, whole=False))
            if utterance.turn == record.asked:
                self.withdraw(utterance.turn)
                self.do(GaveUp(utterance.turn, message))

    def forget_queue(self) -> None:
        """What waits to be said is not said any more."""
        waiting = self.record.queued
        self.change(queued=())
        for utterance in waiting:
            self.do(Said(utterance.turn, whole=False))
            if utterance.turn == self.record.asked:
                self.withdraw(utterance.turn)
                self.do(GaveUp(utterance.turn, "The far end interrupted before it was asked"))

    # --- what comes next ---

    def connect(self) -> None:
        """Have the carrier open a media stream; after too many in vain the call goes on without."""
        if self.record.stream_tries >= STREAM_TRIES:
            self.change(stream=Stream.FAILED, stream_token=None)
            self.do(Disarm(Timer.STREAM))
            self.proceed()
            return
        self.change(stream=Stream.AWAITED, stream_token=self.turn, stream_tries=self.record.stream_tries + 1)
        self.do(Arm(Timer.STREAM, self.rules.stream_start))
        self._instruct(Connect(self.turn))

    def proceed(self) -> None:
        """The call takes instructions: the first message, what the carrier lost the thread of, or what follows."""
        if self.record.message is not None:
            self._greet(self.record.message)
        elif self.record.speaking is not None:
            # the carrier fetches what it was pointed to, or lost the thread: say it (again)
            self.begin(self.record.speaking)
        else:
            self.follow(After.LISTEN)

    def _greet(self, message: str) -> None:
        """The first message: a prompt, unless more waits to be said after it."""
        self.change(message=None)
        prompt = self.talks and not self.record.queued
        self.say(message, After.LISTEN if self.talks else After.HANG_UP, prompt=prompt)

    def follow(self, after: After) -> None:
        """What comes after an utterance: the next one that waits, or what it asked for."""
        if self.record.queued:
            self._next()
        elif after is After.HANG_UP:
            self._part()
        else:
            self.idle()

    def idle(self) -> None:
        """Nothing to say: what waits is said; or else a conversation listens, a notification holds the line."""
        if self.record.speaking is None and self.record.queued:
            self._next()
        elif self.record.speaking is not None or not self.talks:
            self._instruct(Hold())
        else:
            turn = self.record.asked or self.record.listening or self.turn
            self.change(listening=turn)
            self.move(Move.LISTEN)
            self._instruct(Listen(turn))

    def _must_wait(self) -> bool:
        """Whether what is to be said cannot be said now: something else is, or the call takes no instructions yet.

        A carrier that was given the whole notification never asks for instructions: once it is answered, it is told.
        """
        record = self.record
        if record.speaking is not None:
            return record.speaking.signalled
        if self.streams and record.stream is not Stream.OPEN:
            return True
        return not record.ready and (self.talks or record.answered_at is None)

    def _next(self) -> None:
        following, *rest = self.record.queued
        self.change(queued=tuple(rest))
        self.begin(following)

    def _instruct(self, command: Command) -> None:
        """Tell the carrier what comes next. On a call that is being ended that is the hang-up."""
        self.tell(command if self.record.commanded_end is None else HangUp())

    def _part(self) -> None:
        delay = 0.0 if self.talks else self.rules.notify_hangup_delay
        if delay > 0:
            self.do(Arm(Timer.NOTIFY_HANGUP, delay))
            self._instruct(Hold())
        else:
            self.hang_up(EndReason.HANGUP_BOT)
