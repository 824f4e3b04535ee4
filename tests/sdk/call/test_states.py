"""The table of states, over its whole product."""

import itertools

import pytest

from voicecall_sdk.call.states import TRANSITIONS, Move, ended, moved
from voicecall_sdk.values import TERMINAL, EndReason, State

LIVING = [state for state in State if state not in TERMINAL]
ORDER = {state: place for place, state in enumerate(LIVING)}


@pytest.mark.parametrize(("state", "move"), list(itertools.product(State, Move)))
def test_every_state_takes_every_move(state: State, move: Move) -> None:
    after = moved(state, move)
    if state in TERMINAL:
        assert after is state
    elif {state, after} == {State.SPEAKING, State.LISTENING}:
        pass  # they take turns
    else:
        assert ORDER[after] >= ORDER[state]


@pytest.mark.parametrize(("state", "reason"), list(itertools.product(State, EndReason)))
def test_the_first_end_counts(state: State, reason: EndReason) -> None:
    assert ended(state, reason) is (state if state in TERMINAL else State(reason.value))


def test_the_table_is_whole() -> None:
    assert set(TRANSITIONS) == set(itertools.product(LIVING, Move))


def test_moves_reach_what_they_name_from_the_beginning() -> None:
    assert [moved(State.INITIATED, move) for move in Move] == [
        State.RINGING,
        State.ANSWERED,
        State.ACTIVE,
        State.SPEAKING,
        State.LISTENING,
    ]


def test_each_end_reason_is_a_terminal_state() -> None:
    assert {reason.state for reason in EndReason} == TERMINAL
