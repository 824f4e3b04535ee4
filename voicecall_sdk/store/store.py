"""What the engine asks of a store. Every method is synchronous and durable on return.

The store is an append-only log of a call's records with a snapshot of the latest one per call, and the replies that
were given to webhooks. `StoreFailed` is raised when something could not be made durable: then nothing was.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from voicecall_sdk.call.record import CallRecord
from voicecall_sdk.messages import WebhookReply
from voicecall_sdk.values import CallId

REPLY_KEPT = 600.0
"""Seconds a webhook's reply is kept, so that a repeated delivery gets the same answer, across restarts too."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """The reply given to one webhook delivery. `at` is Unix time in seconds."""

    key: str
    at: float
    reply: WebhookReply


class Store(Protocol):
    """Durable memory of calls."""

    def append(self, record: CallRecord | None, answered: Answered | None, *, at: float) -> None:
        """Keep a record's newest form and a webhook's reply, both or neither, in one transaction.

        `at` is Unix time in seconds. Raises `StoreFailed`.
        """
        ...

    def reply_to(self, key: str, *, now: float) -> WebhookReply | None:
        """The reply this delivery got before, if that was less than `REPLY_KEPT` seconds ago."""
        ...

    def forget_replies(self, *, now: float) -> None:
        """Drop replies that are no longer kept."""
        ...

    def find(self, any_id: str) -> CallRecord | None:
        """The newest record with this call id or provider call id."""
        ...

    def unfinished(self) -> Sequence[CallRecord]:
        """The newest record of every call that is not over, oldest call first."""
        ...

    def history(self, limit: int) -> Sequence[CallRecord]:
        """The newest record of the last `limit` distinct calls, oldest first."""
        ...

    def follow(self, after: int) -> Iterator[tuple[int, CallRecord]]:
        """Every record appended after position `after` (0: from the beginning), with its position."""
        ...

    def position(self) -> int:
        """The position of the newest appended record; 0 when there is none."""
        ...

    def forget(self, call_id: CallId) -> None:
        """Remove a finished call and its log. Raises `StoreFailed` for a call that is not over."""
        ...

    def close(self) -> None:
        """Release the file. Idempotent."""
        ...
