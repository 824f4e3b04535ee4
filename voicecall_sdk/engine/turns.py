"""A question that somebody waits for the answer to, and how long both took."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field

from voicecall_sdk.call.record import CallRecord


def _now() -> float:
    return asyncio.get_running_loop().time()


@dataclass(slots=True, eq=False)
class Question:
    """`began` is the loop's time when it was put, `listening` when the carrier had taken it."""

    answer: asyncio.Future[str] = field(default_factory=lambda: asyncio.get_running_loop().create_future())
    began: float = field(default_factory=_now)
    listening: float | None = None

    def taken(self) -> None:
        """The carrier has it: from now on the answer is listened for."""
        self.listening = _now()

    def facts(self, record: CallRecord, wall: float) -> Mapping[str, object]:
        """The figures of the call's turns, this one counted that is answered now (`wall`, Unix time in seconds)."""
        now, counted = _now(), record.metadata.get("turnCount", 0)
        return {
            "turnCount": (counted if isinstance(counted, int) else 0) + 1,
            "lastTurnLatencyMs": round((now - self.began) * 1000),
            "lastTurnListenWaitMs": 0 if self.listening is None else round((now - self.listening) * 1000),
            "lastTurnCompletedAt": round(wall * 1000),
        }
