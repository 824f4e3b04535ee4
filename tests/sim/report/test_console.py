from __future__ import annotations

import io
from typing import TYPE_CHECKING

import pytest
from rich.console import Console

from voicecall_sim.report.console import ConsoleReport, verdict_line
from voicecall_sim.runner.events import Failure, Outcome, PlanBegan, PlanEnded, TourBegan, TourEnded, Verdict

if TYPE_CHECKING:
    from conftest import OutcomeMaker, PlanMaker


def shown(tour: TourEnded, *, width: int = 100, terminal: bool = False, ladders: bool = False) -> str:
    out = io.StringIO()
    report = ConsoleReport(Console(file=out, width=width, force_terminal=terminal, _environ={}), ladders=ladders)
    report(TourBegan([outcome.plan for outcome in tour.outcomes]))
    for outcome in tour.outcomes:
        report(PlanBegan(outcome.plan))
        report(PlanEnded(outcome))
    report(tour)
    return out.getvalue()


def test_each_scenario_is_one_line_of_verdict_time_and_id(tour: TourEnded) -> None:
    lines = shown(tour).splitlines()[: len(tour.outcomes)]
    assert lines == [
        "FAILED            9.000s  greeting.scenario.yaml::anna-is-greeted[acme]",
        "passed            9.000s  greeting.scenario.yaml::anna-is-greeted[other]",
        "skipped                   greeting.scenario.yaml::a-skipped-one[acme]  (acme cannot)",
        "expected failure  9.000s  greeting.scenario.yaml::a-known-bug[acme]  (acme#17)",
        "UNEXPECTED PASS   9.000s  greeting.scenario.yaml::a-mended-bug[acme]",
        "THRESHOLD MISSED  9.000s  greeting.scenario.yaml::a-slow-one[acme]",
    ]


def test_the_last_line_sums_up(tour: TourEnded) -> None:
    assert shown(tour, width=160).splitlines()[-1] == (
        "1 passed, 1 failed, 1 skipped, 1 expected failure, 1 unexpected pass, 1 threshold missed"
        " · 5 calls · 45.0s simulated in 120ms (375 x)"
    )


def test_a_failure_is_told_in_full(tour: TourEnded, failed: Outcome) -> None:
    text = shown(tour)
    place = failed.failures[0].place
    assert place is not None
    pieces = [
        "failed greeting.scenario.yaml::anna-is-greeted[acme] ──",
        'anna did not hear "Hello" within 5s\n',
        f"{place.file}:5:5",
        '    5 |   - anna: {hears: "Hello", within: 5s}\n      |     ^\n',
        'expected  hears "Hello"',
        'but       text: "An application error has occurred." is not "Hello"',
        'nearest   4.500s  anna hears "An application error has occurred."',
        "likely    The application refused the carrier's webhook with 401.",
        "✗ it failed here",
        "reproduce  voicecall-sim run greeting.scenario.yaml -k anna-is-greeted --seed 7",
    ]
    at = [text.replace("\n", "").find(piece.replace("\n", "")) for piece in pieces]
    assert -1 not in at
    assert at == sorted(at)


def test_what_is_not_a_failure_is_not_told_in_full(tour: TourEnded) -> None:
    headings = [line.rstrip(" ─") for line in shown(tour).splitlines() if line.endswith("──") and "│" not in line]
    assert headings == [
        "failed greeting.scenario.yaml::anna-is-greeted[acme]",
        "unexpected pass greeting.scenario.yaml::a-mended-bug[acme]",
        "threshold missed greeting.scenario.yaml::a-slow-one[acme]",
    ]


def test_a_missed_threshold_and_an_unexpected_pass_give_their_reason(tour: TourEnded) -> None:
    text = shown(tour)
    assert "turn.p95 was 2.1s, not below 1.5s" in text
    assert "It passed, although the scenario says that it fails: acme#18" in text


@pytest.mark.parametrize("width", [60, 100, 160])
def test_no_line_is_wider_than_the_paper(tour: TourEnded, width: int) -> None:
    body = shown(tour, width=width).splitlines()[len(tour.outcomes) :]
    assert max(len(line.rstrip()) for line in body if "greeting.scenario" not in line) <= width


def test_progress_lives_on_a_terminal_only(tour: TourEnded) -> None:
    assert "2 of 6" not in shown(tour)
    live = shown(tour, terminal=True)
    assert "2 of 6" in live
    assert ", 1 bad" in live
    assert live.count("\x1b[?25l") == live.count("\x1b[?25h") == 1


def test_a_run_that_is_broken_off_gives_the_terminal_back(tour: TourEnded) -> None:
    out = io.StringIO()
    report = ConsoleReport(Console(file=out, force_terminal=True, _environ={}))
    report(TourBegan([tour.outcomes[0].plan]))
    report(PlanBegan(tour.outcomes[0].plan))
    assert out.getvalue().count("\x1b[?25h") == 0
    report.close()
    assert out.getvalue().count("\x1b[?25h") == 1


def test_on_a_terminal_a_line_is_a_line(tour: TourEnded) -> None:
    lines = shown(tour, terminal=True, width=44).replace("\x1b[2K", "\n").splitlines()
    assert any(line.endswith("9.000s  greeting  other") for line in lines)


def test_a_broken_rule_is_named_and_a_traceback_shown(make_outcome: OutcomeMaker) -> None:
    failure = Failure(
        title="twice ended", place=None, rule="a call ends once", traceback="Traceback ...\n  ValueError\n"
    )
    outcome = make_outcome(Verdict.FAILED, failures=[failure])
    text = shown(TourEnded([outcome], 1, 1))
    assert "\na call ends once: twice ended\n" in text
    assert "\nTraceback ...\n  ValueError\n" in text


def test_the_line_to_copy_is_never_broken(make_outcome: OutcomeMaker) -> None:
    outcome = make_outcome(Verdict.UNEXPECTED_PASS, again="voicecall-sim run " + "x" * 200 + " --seed 7")
    assert f"\nreproduce  {outcome.again}\n" in shown(TourEnded([outcome], 1, 1))


def test_ladders_are_drawn_for_all_on_request(make_outcome: OutcomeMaker) -> None:
    outcome = make_outcome()
    tour = TourEnded([outcome], outcome.simulated, outcome.real)
    assert "├─ create call" not in shown(tour)
    assert "├─ create call" in shown(tour, ladders=True)


def test_the_grid_counts_where_cells_are_many(make_outcome: OutcomeMaker, make_plan: PlanMaker) -> None:
    plans = [make_plan(carrier="acme", cell={"seed": str(seed)}) for seed in range(14)]
    outcomes = [make_outcome(Verdict.FAILED if plan.cell["seed"] == "3" else Verdict.PASSED, plan) for plan in plans]
    outcomes.append(make_outcome(Verdict.PASSED, make_plan("another")))
    text = shown(TourEnded(outcomes, 1, 1))
    assert "greeting: anna is greeted  13✓ 1✗" in text
    assert "another" not in text.split("scenario      ")[-1]


def test_a_run_of_nothing_is_summed_up_as_nothing() -> None:
    assert shown(TourEnded([], 0, 0)).split() == ["no", "scenarios"]


def test_a_reason_beside_a_good_verdict_comes_from_the_outcome_first(
    make_outcome: OutcomeMaker, make_plan: PlanMaker
) -> None:
    outcome = make_outcome(Verdict.SKIPPED, make_plan(skip="plan"), reason="outcome")
    assert verdict_line(outcome).plain.endswith("(outcome)")
