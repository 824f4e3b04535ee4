"""A live call in the engine: its record, and what waits for it in this process."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

from voicecall_sdk.call.effects import Timer
from voicecall_sdk.call.record import CallRecord
from voicecall_sdk.errors import CallEnded, NotHeard
from voicecall_sdk.events import Event
from voicecall_sdk.values import EndReason, Turn


@dataclass(slots=True, eq=False)
class LiveCall:
    """`order` keeps requests to the carrier one after the other; `reply` is the answer being prepared."""

    record: CallRecord
    timers: dict[Timer, asyncio.TimerHandle] = field(default_factory=dict)
    answers: dict[Turn, asyncio.Future[str]] = field(default_factory=dict)
    sayings: dict[Turn, asyncio.Future[bool]] = field(default_factory=dict)
    listeners: list[Callable[[Event | None], None]] = field(default_factory=list)
    order: asyncio.Lock = field(default_factory=asyncio.Lock)
    reply: asyncio.Task[None] | None = None

    def expect_answer(self, turn: Turn) -> asyncio.Future[str]:
        """The answer to a question, to be awaited; made before the question is asked."""
        future = self.answers[turn] = asyncio.get_running_loop().create_future()
        return future

    def expect_saying(self, turn: Turn) -> asyncio.Future[bool]:
        """Whether an utterance was said to its end, to be awaited."""
        future = self.sayings[turn] = asyncio.get_running_loop().create_future()
        return future

    def replied(self, turn: Turn, text: str) -> None:
        """The answer came."""
        future = self.answers.pop(turn, None)
        if future is not None and not future.done():
            future.set_result(text)

    def gave_up(self, turn: Turn, message: str, reason: EndReason | None) -> None:
        """No answer will come."""
        future = self.answers.pop(turn, None)
        if future is not None and not future.done():
            future.set_exception(NotHeard(message) if reason is None else CallEnded(message, reason.value))

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

    def publish(self, event: Event | None) -> None:
        """Tell those who follow the call; None is the end."""
        for listener in tuple(self.listeners):
            listener(event)

    def close(self) -> None:
        """The call is over: clocks stop, nobody waits any more."""
        for timer in tuple(self.timers):
            self.disarm(timer)
        self.drop_reply()
        for turn in tuple(self.sayings):
            self.said(turn, whole=False)
        self.publish(None)
