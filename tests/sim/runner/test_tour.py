"""Tours: from plans to outcomes, and what is told of them."""

from __future__ import annotations

import asyncio
import gc
import weakref
from pathlib import Path

import pytest

from voicecall_sim.runner.events import PlanBegan, PlanEnded, RunEvent, TourBegan, TourEnded, Verdict
from voicecall_sim.runner.run import Run
from voicecall_sim.runner.tour import Options, again, tour
from voicecall_sim.world.world import World

from .conftest import Play, Write, rules, titles
from .fake_app import FakeApp

HEARD = """
steps:
  - app: {call: anna, message: "Hello Anna."}
  - anna: {hears: "Hello Anna."}
  - anna: hangs up
  - expect: {call: ended, by: anna, within: 1s}
"""
UNHEARD = """
steps:
  - app: {call: anna, message: "Hello Anna."}
  - anna: {hears: "Good bye."}
"""


def test_a_scenario_that_holds_passes(play: Play) -> None:
    outcome = play(HEARD)
    assert (outcome.verdict, outcome.failures, outcome.calls) == (Verdict.PASSED, (), 1)
    assert outcome.simulated > 60_000_000  # with the minute after the stop
    assert [entry.index for entry in outcome.journal] == list(range(len(outcome.journal)))


def test_a_scenario_that_does_not_hold_says_what_came_nearest(play: Play) -> None:
    outcome = play(UNHEARD)
    assert outcome.verdict is Verdict.FAILED
    (failure,) = outcome.failures
    assert failure.title == "anna did not hear it within 30s"
    assert failure.place is not None
    assert failure.place.line == 9
    assert failure.source == 'anna: {hears: "Good bye."}'
    assert failure.expected == '"Good bye."'
    assert failure.differences == ['expected "Good bye.", was "Hello Anna."']
    assert [entry.data["text"] for entry in failure.nearest] == ["Hello Anna."]


def test_reporters_hear_of_everything_in_order(write: Write) -> None:
    told: list[RunEvent] = []
    plans = [*write(HEARD), *write(UNHEARD)]
    outcomes = tour(plans, FakeApp, [told.append])
    assert told == [
        TourBegan(plans),
        PlanBegan(plans[0]),
        PlanEnded(outcomes[0]),
        PlanBegan(plans[1]),
        PlanEnded(outcomes[1]),
        TourEnded(outcomes, sum(o.simulated for o in outcomes), sum(o.real for o in outcomes)),
    ]
    assert [outcome.verdict for outcome in outcomes] == [Verdict.PASSED, Verdict.FAILED]


def test_a_tour_can_end_at_the_first_failure(write: Write) -> None:
    outcomes = tour([*write(UNHEARD), *write(HEARD)], FakeApp, options=Options(fail_fast=True))
    assert [outcome.verdict for outcome in outcomes] == [Verdict.FAILED]


def test_what_is_skipped_is_not_run(write: Write) -> None:
    (plan,) = write("skip: {twilio: not today}" + HEARD)
    (outcome,) = tour([plan], FakeApp)
    assert (outcome.verdict, outcome.reason, outcome.journal) == (Verdict.SKIPPED, "not today", ())


def test_an_application_is_reached_through_its_tunnel(play: Play) -> None:
    outcome = play("tunnel: ngrok-free" + HEARD)
    assert outcome.verdict is Verdict.PASSED
    urls = {entry.data["url"] for entry in outcome.journal if entry.kind == "webhook"}
    assert all(".ngrok-free.app/" in url for url in urls)


@pytest.mark.parametrize(("text", "verdict"), [(UNHEARD, Verdict.EXPECTED_FAILURE), (HEARD, Verdict.UNEXPECTED_PASS)])
def test_an_expected_failure_is_strict(play: Play, text: str, verdict: Verdict) -> None:
    outcome = play('expect_fail: "known"' + text)
    assert (outcome.verdict, outcome.reason) == (verdict, "known")


@pytest.mark.parametrize(("limit", "verdict"), [("< 1h", Verdict.PASSED), ("> 1ms", Verdict.THRESHOLD_MISSED)])
def test_thresholds_are_judged(play: Play, limit: str, verdict: Verdict) -> None:
    outcome = play(f'thresholds: ["first_audio.p95 {limit}"]' + HEARD)
    assert outcome.verdict is verdict
    assert len(outcome.metrics["first_audio"]) == 1
    assert all("first_audio.p95 was" in title for title in titles(outcome))


def test_an_expected_failure_may_be_a_missed_threshold(play: Play) -> None:
    outcome = play('expect_fail: "slow"\nthresholds: ["first_audio.max > 1ms"]' + HEARD)
    assert outcome.verdict is Verdict.EXPECTED_FAILURE


def test_two_runs_of_one_seed_are_equal(play: Play) -> None:
    assert play(HEARD, options=Options(check_determinism=True)).verdict is Verdict.PASSED


def test_the_first_difference_between_two_runs_is_named(write: Write) -> None:
    runs = iter("ab")

    class Moody(FakeApp):
        def __init__(self, *, agent: bool = False, openai_key: str | None = None, **_: object) -> None:
            super().__init__()
            self.mood = next(runs)

        async def call(self, to: str, options: object) -> str:
            return await super().call(to, {"message": f"Hello {self.mood}."})

    (plan,) = write('steps:\n  - app: {call: anna}\n  - anna: {hears: {contains: "Hello"}}\n')
    (outcome,) = tour([plan], Moody, options=Options(check_determinism=True))
    assert rules(outcome) == ["two runs of one seed are equal"]
    (failure,) = outcome.failures
    assert "Hello+a" in failure.expected or "Hello a" in failure.expected
    assert failure.nearest[0].kind == "request"


def test_a_run_that_ended_earlier_differs_too(write: Write) -> None:
    runs = iter([1, 2])

    class Talkative(FakeApp):
        async def stop(self) -> None:
            for _ in range(next(runs)):
                self._world.journal.write("app", "log", {"level": "info", "logger": "x", "message": "bye"})
            await super().stop()

    (plan,) = write(HEARD)
    (outcome,) = tour([plan], Talkative, options=Options(check_determinism=True))
    assert outcome.failures[0].expected == "the journal had ended"


def test_another_seed_goes_before_the_plans_own(write: Write) -> None:
    (plan,) = write(HEARD)

    def path(seed: int) -> str:
        (outcome,) = tour([plan], FakeApp, options=Options(seed=seed))
        return next(entry.data["path"] for entry in outcome.journal if entry.kind == "request")

    assert path(1) == path(1) != path(2)


def test_every_outcome_says_how_to_see_it_again(play: Play, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    outcome = play("seed: 7" + HEARD)
    assert outcome.again == "voicecall-sim run 'calls.scenario.yaml::somebody-calls[twilio]' --seed 7"
    assert again(outcome.plan, 3).endswith("--seed 3")


# --- runs that go wrong themselves ------------------------------------------------------------------------------


def test_an_application_that_does_not_start_fails_its_scenario(play: Play) -> None:
    outcome = play("app: {bugs: [does not start]}" + HEARD)
    assert titles(outcome) == ["the application did not start: port 3334 is taken"]
    assert "RuntimeError" in outcome.failures[0].traceback


def test_nobody_has_the_applications_number(play: Play) -> None:
    outcome = play(HEARD, people="people: {anna: {phone: +15550001234, answers: {after: 1s}}}\n")
    assert titles(outcome) == ["the world of the scenario cannot be: +15550001234 belongs to anna already"]


def test_a_bug_of_ours_is_a_failure_with_its_traceback(write: Write) -> None:
    class Broken(FakeApp):
        def records(self) -> list[dict[str, object]]:
            raise ZeroDivisionError("records")

    (plan,) = write(HEARD)
    apps: list[Broken] = []

    def make(**given: object) -> Broken:
        apps.append(Broken())
        return apps[-1]

    (outcome,) = tour([plan], make)
    assert titles(outcome) == ["the simulator broke: ZeroDivisionError: records"]
    assert "in records" in outcome.failures[0].traceback
    assert apps[0].discarded


def test_a_run_that_gets_stuck_shows_who_waits(write: Write) -> None:
    class Waiting(FakeApp):
        async def stop(self) -> None:
            async def for_ever() -> None:
                while True:  # noqa: ASYNC110 - a hang that timers hide
                    await asyncio.sleep(1)

            await self.host.call(for_ever())

    (plan,) = write(HEARD)
    (outcome,) = tour([plan], Waiting)
    assert titles(outcome)[0].startswith("the run got stuck: the run would pass its horizon")
    assert "for_ever" in outcome.failures[0].traceback
    assert outcome.failures[0].source == "expect: {call: ended, by: anna, within: 1s}"


def test_a_long_tour_lets_go_of_the_worlds_it_has_been_in(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("voicecall_sim.runner.tour.LET_GO", 3)
    worlds: list[weakref.ref[World]] = []
    living: list[int] = []

    def witness(run: Run) -> None:
        worlds.append(weakref.ref(run.world))
        living.append(sum(world() is not None for world in worlds))

    gc.disable()  # what the collector does by itself depends on everything else in this process
    try:
        tour([*write(HEARD)] * 9, FakeApp, options=Options(witness=witness))
    finally:
        gc.enable()
    # whoever called last, for a plan or a witness, may hold on to one more
    assert max(living) <= 3 + 1, living
    assert len(worlds) == 9
