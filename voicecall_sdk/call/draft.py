"""A call's record while it is being changed: the small acts that the machine's rules are made of."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from voicecall_sdk.call.effects import Arm, Change, Closed, Disarm, Effect, GaveUp, Said, Tell, Timer
from voicecall_sdk.call.record import After, CallRecord, Line, Speaking
from voicecall_sdk.call.rules import Rules
from voicecall_sdk.call.states import Move, ended, moved
from voicecall_sdk.commands import Command, HangUp, Hold, Listen, Prompt, Say
from voicecall_sdk.values import EndReason, Mode, Speaker, Turn


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

    def change(self, **fields: Any) -> None:
        """Replace fields of the record."""
        self.record = replace(self.record, **fields)

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

    def answered(self) -> None:
        """The far end is there. Only the first sign of it counts (a repeated one restarts no clock)."""
        if self.record.answered_at is None:
            self.change(answered_at=self.now)
            self.do(Disarm(Timer.RING))
            self.do(Disarm(Timer.STALE))
            self.do(Arm(Timer.MAX_DURATION, self.rules.max_duration))
        self.move(Move.ANSWER)

    def add_line(self, speaker: Speaker, text: str, *, interrupted: bool = False) -> None:
        """Append to the transcript."""
        line = Line(at=self.now, speaker=speaker, text=text, interrupted=interrupted)
        self.change(transcript=(*self.record.transcript, line))

    def say(self, text: str, after: After, *, prompt: bool) -> None:
        """Say this now, or after the utterance under way if its end will be told."""
        utterance = Speaking(turn=self.turn, text=text, after=after, signalled=not prompt)
        if self.record.speaking is not None and self.record.speaking.signalled:
            self.change(queued=(*self.record.queued, utterance))
        else:
            self.cut()
            self.begin(utterance)

    def begin(self, utterance: Speaking) -> None:
        """Have the carrier say it."""
        prompt = not utterance.signalled
        self.change(speaking=utterance, listening=utterance.turn if prompt else None)
        self.move(Move.SPEAK)
        if prompt:
            self.tell(Prompt(utterance.text, utterance.turn))
        else:
            self.tell(Say(utterance.text, utterance.turn))

    def said(self, *, whole: bool) -> None:
        """The utterance under way is over."""
        utterance = self.record.speaking
        if utterance is None:
            return
        if self.record.answered_at is not None:
            self.add_line(Speaker.BOT, utterance.text, interrupted=not whole)
        self.change(speaking=None)
        self.do(Said(utterance.turn, whole))

    def cut(self) -> None:
        """Whatever is being said is interrupted."""
        self.said(whole=False)

    def follow(self, after: After) -> None:
        """What comes after an utterance: the next one that waits, or what it asked for."""
        if self.record.queued:
            following, *rest = self.record.queued
            self.change(queued=tuple(rest))
            self.begin(following)
        elif after is After.HANG_UP:
            self._part()
        elif after is After.HOLD:
            self.tell(Hold())
        else:
            self.idle()

    def idle(self) -> None:
        """Nothing to say: a conversation listens, a notification holds the line."""
        if self.record.speaking is not None or not self.talks:
            self.tell(Hold())
            return
        turn = self.record.asked or self.record.listening or self.turn
        self.change(listening=turn)
        self.move(Move.LISTEN)
        self.tell(Listen(turn))

    def hang_up(self, reason: EndReason) -> None:
        """End the call for this reason; while the carrier's id is unknown the intention is kept."""
        self.change(commanded_end=reason)
        if self.record.provider_call_id is not None:
            self.tell(HangUp())

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
        )
        self.do(Closed())

    def _part(self) -> None:
        delay = 0.0 if self.talks else self.rules.notify_hangup_delay
        if delay > 0:
            self.do(Arm(Timer.NOTIFY_HANGUP, delay))
            self.tell(Hold())
        else:
            self.hang_up(EndReason.HANGUP_BOT)
