"""The predecessor's defects with Telnyx and Plivo, planted in the SDK one at a time: a scenario goes red and tells why.

As in `test_planted_faults.py`. The numbers are those of `docs/defects.md`. Each is one short cell on the carrier that
it concerns; one that concerned every carrier is planted on both. That they are green without is shown where all
scenarios are run.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final

import pytest

from tests.house.test_defects import rows
from tests.joint import defects_of_calls as calls
from tests.joint import defects_of_plivo as plivo
from tests.joint import defects_of_telnyx as telnyx
from tests.joint import test_planted_faults as planted
from tests.joint.bundled import ROOT, bundled, performed
from tests.joint.test_planted_media_faults import told
from voicecall_sim.scenario.plan import Plan

Plant = Callable[[pytest.MonkeyPatch], None]


@dataclass(frozen=True)
class Fault:
    """A defect: its number, what plants it, the cell that notices, and what that one tells (a regular expression).

    `cell` has words of the cell's id, where the carrier has several.
    """

    number: int
    plant: Plant
    where: str
    told: str
    cell: str = ""
    carrier: str = ""

    def plans(self) -> Sequence[Plan]:
        """The cell."""
        return bundled(f"{self.where}.scenario.yaml", words=f"[{self.carrier} and {self.cell}")


def on(carrier: str, *faults: Fault) -> tuple[Fault, ...]:
    """These, on that carrier."""
    return tuple(replace(fault, carrier=carrier) for fault in faults)


UNHEARD: Final = "no word heard by anna"
UNANSWERED: Final = "call answered did not come"
NO_REPLY: Final = 'nine to five[.]", was "Hello! How can I help[?]"'
BELIEVED: Final = "status: expected 401, was 200"
TOO_LATE: Final = "call ended did not come within 26s"
CUT: Final = 'was "This is your [^.]*▯'
OVER: Final = "call ended was never to be"
NOT_OVER: Final = "call ended by app did not come"
TAKEN_ON: Final = "cause: expected rejected, was"
NOTHING_THERE: Final = "nothing at that path: the action webhook to .* answered with 404"

OF_TELNYX: Final = on(
    "telnyx",
    Fault(1, telnyx.speech_is_read_elsewhere, "inbound/allowlist", 'user: "Just testing'),
    Fault(2, telnyx.keys_are_der, "inbound/answered", "refused the voice webhook .* with 401"),
    Fault(3, telnyx.directions_are_dropped, "inbound/answered", UNANSWERED),
    Fault(3, telnyx.numbers_are_dropped, "inbound/answered", "it ended with rejected, by app"),
    Fault(4, telnyx.nobody_answers, "inbound/answered", UNANSWERED),
    Fault(5, calls.unsigned_is_believed, "signatures/missing_or_wrong", BELIEVED, "=missing"),
    Fault(6, telnyx.no_number_is_of_now, "signatures/undated", BELIEVED),
    Fault(7, telnyx.it_rings_for_30_seconds, "outcomes/no_answer", TOO_LATE, "=notify"),
    Fault(8, telnyx.causes_are_completed, "outcomes/no_answer", 'no-answer, was "completed"', "=notify"),
    Fault(8, telnyx.nobody_hung_up, "hangup/while_the_bot_speaks", 'hangup-user, was "completed"'),
    Fault(9, telnyx.said_when_accepted, "notify/longer_than_the_delay", CUT, "dentist"),
    Fault(10, telnyx.nobody_listens, "agent/talks", NO_REPLY),
    Fault(11, telnyx.foreign_state_is_believed, "callbacks/foreign_state", UNHEARD),
    Fault(40, telnyx.answered_to_refuse, "inbound/refused", TAKEN_ON, "=+15559990000"),
    Fault(50, planted.the_reaper_goes_by_the_callback, "callbacks/lost_answered", OVER),
    Fault(77, telnyx.both_sides_are_heard, "conversation/two_turns", 'answer.*(?s:.*)was "Great. Anything else'),
)

OF_PLIVO: Final = on(
    "plivo",
    Fault(5, calls.unsigned_is_believed, "signatures/missing_or_wrong", BELIEVED, "=missing"),
    Fault(7, plivo.it_rings_for_30_seconds, "outcomes/no_answer", TOO_LATE, "=notify"),
    Fault(10, plivo.nothing_is_listened_to, "agent/talks", NO_REPLY),
    Fault(12, plivo.ringing_limits_the_call, "conversation/silent_caller", OVER),
    Fault(13, plivo.a_second_ends_speech, "inbound/answered", "8011.*GetInput.*1 is out of range"),
    Fault(14, plivo.silence_is_waited_out, "agent/speaks_late", NO_REPLY),
    Fault(14, plivo.silence_is_an_answer, "limits/max_duration", NOT_OVER),
    Fault(15, calls.urls_are_what_requests_say, "tunnels/callbacks_come_through", NOTHING_THERE),
    Fault(16, calls.names_are_forgotten, "restart/mid_call_at_once", "Call not connected"),
    Fault(17, calls.the_second_overtakes, "conversation/two_utterances", 'train is late.*was "It leaves at noon'),
    Fault(40, plivo.speaks_to_refuse, "inbound/refused", TAKEN_ON, "=+15559990000"),
    Fault(78, plivo.callers_need_a_flow, "inbound/answered", UNANSWERED),
)

OF_ANY: Final = (
    Fault(41, planted.restored_calls_are_taken_for_live, "restart/mid_call_next_day", "expected ended .*, was"),
    Fault(42, calls.the_carriers_end_counts, "limits/max_duration", 'expected timeout, was "completed"'),
    Fault(43, calls.refusals_are_ignored, "failures/refused_to_say", "error .* did not come"),
    Fault(44, calls.words_count_as_said, "failures/refused_to_say", "transcript.*What is your name"),
    Fault(46, calls.calls_have_the_carriers_name_alone, "callbacks/before_the_create_reply", UNHEARD),
    Fault(47, calls.what_is_said_last_is_the_state, "hangup/while_a_request_is_under_way", 'was "speaking"'),
    Fault(48, planted.a_repeated_answer_starts_the_clock_again, "limits/max_duration", NOT_OVER),
    Fault(51, calls.keys_are_thrown_away, "dtmf/answer_by_keys", 'answer "4711" did not come'),
)

FAULTS: Final = OF_TELNYX + OF_PLIVO + on("telnyx", *OF_ANY) + on("plivo", *OF_ANY)

HERE: Final = "tests/joint/test_planted_carrier_faults.py::test_a_scenario_notices"

THEIRS: Final = {"telnyx": {*range(1, 12), 77}, "plivo": {*range(12, 18), 7, 10, 78}}
"""The defects that the predecessor's reference lists for each."""


def test_each_is_in_its_row() -> None:
    """The document names the scenario and this file."""
    table = {row.number: row for row in rows((ROOT / "docs" / "defects.md").read_text(encoding="utf-8"))}
    for fault in FAULTS:
        assert {f"{fault.where}.scenario.yaml", HERE} <= {*table[fault.number].shown_by}, fault.number
    assert {number for number, row in table.items() if HERE in row.shown_by} == {fault.number for fault in FAULTS}


@pytest.mark.parametrize("carrier", THEIRS)
def test_none_is_missing(carrier: str) -> None:
    assert THEIRS[carrier] <= {fault.number for fault in FAULTS if fault.carrier == carrier}


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: f"{fault.number}-{fault.carrier}-{fault.plant.__name__}")
def test_a_scenario_notices(fault: Fault, monkeypatch: pytest.MonkeyPatch) -> None:
    plans = fault.plans()
    assert [plan.skip for plan in plans] == [None], f"{fault.where} is to be one cell: {[plan.id for plan in plans]}"
    fault.plant(monkeypatch)
    story = told(performed(plans))
    assert re.search(fault.told, story), f"nothing tells of it:\n{story or 'no scenario is red'}"
