"""What was said in a session: the calls that share a key, the newest part of it kept in memory.

A model keeps nothing between two requests. Within a call the transcript is the truth (it knows what was interrupted,
and what was said by others than the model); of earlier calls in the same session the last words are remembered here.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from voicecall_sdk.call.record import Line
from voicecall_sdk.values import CallId, Speaker

MAX_SESSIONS: Final = 500
MAX_TURNS: Final = 40
"""Lines of a session that are shown to a model."""


@dataclass(frozen=True, slots=True)
class Turn:
    """One thing said in a session."""

    speaker: Speaker
    text: str


def turns_of(lines: Sequence[Line]) -> list[Turn]:
    """A transcript as turns; what was cut short says so."""
    return [Turn(line.speaker, f"{line.text} […]" if line.interrupted else line.text) for line in lines]


class Memory:
    """The sessions, the least recently used of which are forgotten. `limit` bounds sessions, `length` their turns."""

    def __init__(self, limit: int = MAX_SESSIONS, length: int = MAX_TURNS) -> None:
        self._limit = limit
        self._length = length
        self._sessions: OrderedDict[str, OrderedDict[CallId, list[Turn]]] = OrderedDict()

    def history(self, session: str, call: CallId, now: Sequence[Turn]) -> Sequence[Turn]:
        """The turns of a session, oldest first, with `now` as those of the call under way."""
        earlier = [
            turn
            for other, turns in self._sessions.get(session, OrderedDict()).items()
            if other != call
            for turn in turns
        ]
        return [*earlier, *now][-self._length :]

    def keep(self, session: str, call: CallId, turns: Sequence[Turn]) -> None:
        """Remember what has been said in a call so far, instead of what was remembered of it before."""
        calls = self._sessions.setdefault(session, OrderedDict())
        self._sessions.move_to_end(session)
        calls[call] = list(turns)[-self._length :]
        calls.move_to_end(call)
        while len(calls) > 1 and sum(map(len, calls.values())) > self._length:
            calls.popitem(last=False)
        while len(self._sessions) > self._limit:
            self._sessions.popitem(last=False)
