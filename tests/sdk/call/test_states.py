"""The table of states, over its whole product."""

import itertools

import pytest

from voicecall_sdk.call.states import TRANSITIONS, Move, ended, moved
from voicecall_sdk.values import TERMINAL, EndReason, State

LIVING = [state for state in State if state not in TERMINAL]
ORDER = {state: place for place, state in enumerate(LIVING)}


@pytest.mark.parametrize("state", State)
def test_every_state_takes_every_move(state: State) -> None:
    reached = {move: moved(state, move) for move in Move}
    if state in TERMINAL:
        assert set(reached.values()) == {state}
    else:
        back = {move: after for move, after in reached.items() if ORDER[after] < ORDER[state]}
        turns = {State.SPEAKING, State.LISTENING}  # they take turns
        assert {move: after for move, after in back.items() if {state, after} != turns} == {}


@pytest.mark.parametrize("state", State)
def test_the_first_end_counts(state: State) -> None:
    found = {reason: ended(state, reason) for reason in EndReason}
    assert found == {reason: state if state in TERMINAL else State(reason.value) for reason in EndReason}


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
