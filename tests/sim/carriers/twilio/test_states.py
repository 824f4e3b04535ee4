"""The call's states over the whole product, and the steps of a recording."""

from __future__ import annotations

import pytest

from voicecall_sim.carriers.twilio.states import RECORDING_STEPS, TRANSITIONS, CallStatus, advance

FINAL = {CallStatus.COMPLETED, CallStatus.BUSY, CallStatus.FAILED, CallStatus.NO_ANSWER, CallStatus.CANCELED}


@pytest.mark.parametrize("before", CallStatus)
def test_every_change_is_in_the_table_or_an_error(before: CallStatus) -> None:
    there = [after for after in CallStatus if (before, after) in TRANSITIONS]
    assert {after: advance(before, after) for after in there} == {after: after for after in there}
    for after in (after for after in CallStatus if after not in there):
        with pytest.raises(ValueError, match=f"does not go from .*{before.value}.* to .*{after.value}"):
            advance(before, after)


@pytest.mark.parametrize("status", CallStatus)
def test_what_is_over_stays_so(status: CallStatus) -> None:
    assert status.over is (status in FINAL)


def test_every_state_can_be_reached() -> None:
    reached = {CallStatus.QUEUED} | {after for _, after in TRANSITIONS}
    assert reached == set(CallStatus)


def test_a_stopped_recording_goes_nowhere() -> None:
    assert {before for before, _ in RECORDING_STEPS} == {"in-progress", "paused"}
    assert {after for _, after in RECORDING_STEPS} == {"in-progress", "paused", "stopped"}
