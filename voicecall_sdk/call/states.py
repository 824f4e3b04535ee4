"""The states of a call as a table. Nothing else changes a call's state.

Late and repeated news is declared here, not handled elsewhere: a ring after the answer changes nothing, an end after
the end changes nothing. `KeyError` on the table is a bug: every living state takes every move.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from voicecall_sdk.values import EndReason, State


class Move(StrEnum):
    """What can happen to the state of a living call, besides its end."""

    RING = "ring"
    ANSWER = "answer"
    ACTIVATE = "activate"
    SPEAK = "speak"
    LISTEN = "listen"


_INITIATED, _RINGING, _ANSWERED = State.INITIATED, State.RINGING, State.ANSWERED
_ACTIVE, _SPEAKING, _LISTENING = State.ACTIVE, State.SPEAKING, State.LISTENING

# Forward only, but for speaking and listening, which take turns.
_ROWS: Final[Mapping[State, tuple[State, State, State, State, State]]] = {
    #            RING        ANSWER      ACTIVATE    SPEAK      LISTEN
    _INITIATED: (_RINGING, _ANSWERED, _ACTIVE, _SPEAKING, _LISTENING),
    _RINGING: (_RINGING, _ANSWERED, _ACTIVE, _SPEAKING, _LISTENING),
    _ANSWERED: (_ANSWERED, _ANSWERED, _ACTIVE, _SPEAKING, _LISTENING),
    _ACTIVE: (_ACTIVE, _ACTIVE, _ACTIVE, _SPEAKING, _LISTENING),
    _SPEAKING: (_SPEAKING, _SPEAKING, _SPEAKING, _SPEAKING, _LISTENING),
    _LISTENING: (_LISTENING, _LISTENING, _LISTENING, _SPEAKING, _LISTENING),
}

TRANSITIONS: Final[Mapping[tuple[State, Move], State]] = {
    (before, move): after for before, row in _ROWS.items() for move, after in zip(Move, row, strict=True)
}


def moved(state: State, move: Move) -> State:
    """The state after a move. A call that is over stays as it is."""
    return state if state.terminal else TRANSITIONS[state, move]


def ended(state: State, reason: EndReason) -> State:
    """The state after the end. The first end counts."""
    return state if state.terminal else reason.state
