from __future__ import annotations

from itertools import product

import pytest

from voicecall_sim.telephony.signals import IMPLIED_CAUSES, KEYS, SIP_CODES, TRANSITIONS, Cause, ImpossibleMove, advance
from voicecall_sim.telephony.signals import LegState as Is
from voicecall_sim.telephony.signals import Move as To

# a leg's life in rows of states and columns of moves; None: nobody may
TABLE = {
    Is.OFFERED: {To.RING: Is.RINGING, To.ANSWER: Is.ANSWERED, To.END: Is.ENDED},
    Is.RINGING: {To.RING: Is.RINGING, To.ANSWER: Is.ANSWERED, To.END: Is.ENDED},
    Is.ANSWERED: {To.RING: None, To.ANSWER: Is.ANSWERED, To.END: Is.ENDED},
    Is.ENDED: {To.RING: None, To.ANSWER: None, To.END: Is.ENDED},
}


@pytest.mark.parametrize(("state", "move"), list(product(Is, To)))
def test_the_whole_table(state: Is, move: To) -> None:
    expected = TABLE[state][move]
    if expected is None:
        with pytest.raises(ImpossibleMove, match=f"nobody can {move.value} a leg that is {state.value}"):
            advance(state, move)
    else:
        assert advance(state, move) is expected


def test_the_table_has_no_other_line() -> None:
    assert set(TRANSITIONS) == {(s, m) for s, m in product(Is, To) if TABLE[s][m] is not None}


def test_an_ended_leg_stays_ended() -> None:
    assert {after for (before, _), after in TRANSITIONS.items() if before is Is.ENDED} == {Is.ENDED}


def test_every_cause_has_a_sip_code() -> None:
    assert set(SIP_CODES) == set(Cause)
    assert [cause.sip for cause in (Cause.BUSY, Cause.REJECTED, Cause.UNASSIGNED)] == [486, 603, 404]


def test_every_way_to_hang_up_implies_a_cause() -> None:
    assert set(IMPLIED_CAUSES) == set(product((False, True), repeat=2))


def test_sixteen_keys() -> None:
    assert len(set(KEYS)) == 16
