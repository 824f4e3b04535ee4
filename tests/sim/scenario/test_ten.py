"""The ten scenarios of the language's specification."""

from __future__ import annotations

from pathlib import Path

import pytest

from voicecall_sim.scenario import load, plans
from voicecall_sim.scenario.plan import AppLife, Expect, HangsUp, Hears, Never, Plan, Says
from voicecall_sim.scenario.records import Unchanged
from voicecall_sim.world.clock import SECOND

TEN = sorted(Path(__file__).with_name("ten").glob("*.yaml"))
CARRIERS = ("twilio", "telnyx", "plivo")
CELLS = {1: 3, 2: 6, 3: 9, 4: 3, 5: 24, 6: 1, 7: 3, 8: 3, 9: 3, 10: 75}


def plans_of(number: int) -> list[Plan]:
    return plans(load(TEN[number - 1]), CARRIERS)


@pytest.mark.parametrize("number", CELLS, ids=[file.stem for file in TEN])
def test_each_is_understood_and_has_its_cells(number: int) -> None:
    found = plans_of(number)
    assert len(found) == len({plan.id for plan in found}) == CELLS[number]
    assert not load(TEN[number - 1]).warnings
    assert all(plan.skip is None and plan.steps and plan.people and plan.why for plan in found)


def test_cells_come_carrier_by_carrier_in_the_order_of_the_file() -> None:
    assert [(plan.carrier, *plan.cell.values()) for plan in plans_of(3)[:4]] == [
        ("twilio", "+15559990000"),
        ("twilio", "anonymous"),
        ("twilio", "+5550005678"),
        ("telnyx", "+15559990000"),
    ]


def test_ids_are_readable() -> None:
    assert plans_of(5)[7].id.endswith("::a-replayed-webhook-changes-nothing[twilio-tunnel=path-rewriting-age=6m]")
    assert plans_of(6)[0].id.endswith("::ngrok-s-free-address-has-changed[twilio]")


def test_1_the_transcript_is_a_list_of_matchers() -> None:
    stored = plans_of(1)[0].steps[-1].verb
    assert isinstance(stored, Expect)
    right = {"state": "hangup-bot", "transcript": [{"bot": "It comes between two and four."}], "callId": "x"}
    assert stored.expected.what.difference(right) == []
    assert stored.expected.what.difference(right | {"state": "completed"}) == [
        'state: expected hangup-bot, was "completed"'
    ]
    assert stored.expected.what.difference(right | {"transcript": [*right["transcript"], {"user": "Oh."}]}) == [
        'transcript: expected 1 items, was 2: [{bot: "It comes between two and four."}, {user: "Oh."}]'
    ]


def test_2_an_axis_sets_a_boolean_of_the_configuration() -> None:
    assert [plan.app["streaming"]["enabled"] for plan in plans_of(2)[:2]] == [False, True]
    assert [type(step.verb) for step in plans_of(2)[0].steps[2:3]] == [Says]
    assert plans_of(2)[0].steps[2].after == 600_000


def test_3_an_axis_sets_a_telephone_number() -> None:
    assert [plan.people[0].phone for plan in plans_of(3)[:3]] == ["+15559990000", "anonymous", "+5550005678"]
    assert plans_of(3)[0].app["allowFrom"] == ["+15550005678"]


def test_4_the_scripted_brain_has_its_pairs() -> None:
    plan = plans_of(4)[0]
    assert plan.agent is not None
    assert [not pair.hears.difference("And on SUNDAY?") for pair in plan.agent] == [False, True]
    assert [str(threshold) for threshold in plan.thresholds] == ["turn.p95 < 1500ms"]
    assert plan.people[0].line == {"echo": -20.0}


def test_5_tunnel_is_set_and_age_is_waited() -> None:
    plan = plans_of(5)[-1]
    assert (plan.tunnel, plan.steps[2].after) == ("path-rewriting", 360 * SECOND)
    assert isinstance(plan.steps[4].verb, Never)
    unchanged = plan.steps[5].verb
    assert isinstance(unchanged, Expect)
    assert isinstance(unchanged.expected.what, Unchanged)


def test_7_a_bare_verb_may_have_options() -> None:
    steps = plans_of(7)[0].steps
    assert isinstance(steps[2].verb, AppLife)
    assert isinstance(steps[3].verb, HangsUp)
    assert steps[4].verb == AppLife("restarts")
    assert steps[4].after == 86_400 * SECOND


def test_9_any_line_of_the_transcript_may_be_the_one() -> None:
    heard = plans_of(9)[0].steps[1].verb
    assert isinstance(heard, Expect)
    lines = [{"bot": "Hello."}, {"user": "For balances press 1, for cards press 2."}]
    assert heard.expected.what.difference(lines) == []
    assert heard.expected.what.difference(lines[:1]) == [
        'expected a line {user: {contains: "press 1"}}, was [{bot: "Hello."}]'
    ]
    assert plans_of(9)[0].people[0].options["menu"]["1"]["digits"] == 4


def test_10_the_seed_of_the_axis_is_the_plans() -> None:
    found = plans(load(TEN[9]), CARRIERS, seed=99)
    assert [plan.seed for plan in found[:3]] == [1, 2, 3]
    assert isinstance(found[0].steps[3].verb, Hears)


def test_steps_know_their_place_and_their_text() -> None:
    plan = plans_of(6)[0]
    assert [step.source for step in plan.steps] == [
        "anna: {calls: app}",
        "expect: {webhook: {status: 401}}",
        'expect: {log: {matches: "publicUrl.*old-name[.]ngrok-free[.]app"}}',
        "expect: {call: ended, by: carrier, within: 20s}",
    ]
    assert str(plan.steps[1].place) == f"{TEN[5]}:10:5"
    assert plan.steps[1].place.excerpt == "  - expect: {webhook: {status: 401}}"
