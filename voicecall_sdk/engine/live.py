"""A live call in the engine: its record, and what waits for it in this process."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from voicecall_sdk.call.effects import Change, Replied, Timer
from voicecall_sdk.call.record import CallRecord, changed
from voicecall_sdk.commands import AskStatus, Command, Dial, HangUp, Prompt, Reject, Say
from voicecall_sdk.engine.turns import Question
from voicecall_sdk.errors import CallEnded, NotHeard
from voicecall_sdk.events import Event
from voicecall_sdk.values import EndReason, Turn

if TYPE_CHECKING:
    from voicecall_sdk.engine.media import MediaStream


@dataclass(slots=True, eq=False)
class LiveCall:
    """`order` keeps requests to the carrier one after the other; `reply` is the answer being prepared.

    `sending` names the utterance of which a request to the carrier is under way, `written` the one that stood in the
    last document; `media` is its media stream; `last_word` is the loop's time when the carrier was last heard of.
    """

    record: CallRecord
    timers: dict[Timer, asyncio.TimerHandle] = field(default_factory=dict)
    questions: dict[Turn, Question] = field(default_factory=dict)
    sayings: dict[Turn, asyncio.Future[bool]] = field(default_factory=dict)
    listeners: list[Callable[[Event | None], None]] = field(default_factory=list)
    order: asyncio.Lock = field(default_factory=asyncio.Lock)
    reply: asyncio.Task[None] | None = None
    sending: Turn | None = None
    written: Turn | None = None
    last_word: float = field(default_factory=lambda: asyncio.get_running_loop().time())
    media: MediaStream | None = None

    def wants(self, command: Command) -> bool:
        """Whether it makes sense to tell the carrier this: not when the call is over, nor what was said or cut."""
        if isinstance(command, ALWAYS):
            return True
        turn = turn_of(command)
        if turn is not None:
            speaking = self.record.speaking
            return speaking is not None and speaking.turn == turn != self.written
        return self.record.live

    def quiet_for(self) -> float:
        """Seconds since the carrier was last heard of."""
        return asyncio.get_running_loop().time() - self.last_word

    def expect_answer(self, turn: Turn) -> Question:
        """A question whose answer is to be awaited; made before it is asked."""
        question = self.questions[turn] = Question()
        return question

    def expect_saying(self, turn: Turn) -> asyncio.Future[bool]:
        """Whether an utterance was said to its end, to be awaited."""
        future = self.sayings[turn] = asyncio.get_running_loop().create_future()
        return future

    def forget_answer(self, turn: Turn) -> None:
        """Nobody waits for this answer any more; if it failed unheard, that was told otherwise."""
        question = self.questions.pop(turn, None)
        if question is not None and question.answer.done() and not question.answer.cancelled():
            question.answer.exception()

    def counted(self, change: Change, wall: float) -> Change:
        """The change, with the figures of the turn that it answers, if somebody waits for that (`wall`: Unix time)."""
        record = change.record
        for effect in change.effects if record.live else ():
            if isinstance(effect, Replied) and effect.turn in self.questions:
                facts = self.questions[effect.turn].facts(record, wall)
                record = changed(record, metadata={**record.metadata, **facts})
        return change if record is change.record else Change(record, change.effects)

    def replied(self, turn: Turn, text: str) -> None:
        """The answer came."""
        question = self.questions.get(turn)
        if question is not None and not question.answer.done():
            question.answer.set_result(text)

    def gave_up(self, turn: Turn, message: str, reason: EndReason | None) -> None:
        """No answer will come."""
        question = self.questions.get(turn)
        if question is not None and not question.answer.done():
            failure = NotHeard(message) if reason is None else CallEnded(message, reason.value)
            question.answer.set_exception(failure)

    def said(self, turn: Turn, *, whole: bool) -> None:
        """An utterance is over."""
        future = self.sayings.pop(turn, None)
        if future is not None and not future.done():
            future.set_result(whole)

    def arm(self, timer: Timer, delay: float, expire: Callable[[], None]) -> None:
        """Start a clock, instead of one of that name."""
        self.disarm(timer)
        self.timers[timer] = asyncio.get_running_loop().call_later(max(0.0, delay), expire)

    def disarm(self, timer: Timer) -> None:
        """Stop a clock."""
        handle = self.timers.pop(timer, None)
        if handle is not None:
            handle.cancel()

    def drop_reply(self) -> None:
        """Stop preparing a reply."""
        task, self.reply = self.reply, None
        if task is not None and task is not asyncio.current_task():
            task.cancel()

    def heard(self, events: Sequence[Event]) -> None:
        """The carrier told this: those who follow the call are told, too."""
        self.last_word = asyncio.get_running_loop().time()
        for event in events if self.listeners else ():
            self._publish(event)

    def close(self) -> None:
        """The call is over: clocks stop, nobody waits any more."""
        for timer in tuple(self.timers):
            self.disarm(timer)
        self.drop_reply()
        if self.media is not None:
            self.media.hang_up()
        for turn in tuple(self.sayings):
            self.said(turn, whole=False)
        self._publish(None)

    def _publish(self, event: Event | None) -> None:
        for listener in tuple(self.listeners):
            listener(event)


ALWAYS: Final = (Dial, HangUp, Reject, AskStatus)
"""What the carrier is told whatever has become of the call."""


def turn_of(command: Command) -> Turn | None:
    """The utterance that a command has said."""
    return command.turn if isinstance(command, Say | Prompt) else None


def over(record: CallRecord) -> CallEnded:
    """The error of whoever wants something of a call that has ended."""
    reason = str(record.end_reason or record.state)
    return CallEnded(f"Call ended: {reason}", reason)
