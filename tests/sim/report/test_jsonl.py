from __future__ import annotations

import json
from pathlib import Path
from types import MappingProxyType
from typing import Any

from voicecall_sim.report.jsonl import JsonlReport, plain_value
from voicecall_sim.runner.events import PlanBegan, PlanEnded, RunEvent, TourBegan, TourEnded


def told(tour: TourEnded) -> list[RunEvent]:
    events: list[RunEvent] = [TourBegan([outcome.plan for outcome in tour.outcomes])]
    for outcome in tour.outcomes:
        events += [PlanBegan(outcome.plan), PlanEnded(outcome)]
    return [*events, tour]


def written(events: list[RunEvent], path: Path) -> list[dict[str, Any]]:
    report = JsonlReport(path)
    for event in events:
        report(event)
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def test_every_event_and_entry_is_a_line_in_order(tour: TourEnded, tmp_path: Path) -> None:
    lines = written(told(tour), tmp_path / "deep" / "run.jsonl")
    expected = ["tour began"]
    for outcome in tour.outcomes:
        expected += ["plan began", *["entry"] * len(outcome.journal), "plan ended"]
    assert [line["event"] for line in lines] == [*expected, "tour ended"]


def test_an_entry_is_whole(tour: TourEnded, tmp_path: Path) -> None:
    entry = next(line for line in written(told(tour), tmp_path / "run.jsonl") if line["event"] == "entry")
    assert entry == {
        "event": "entry",
        "plan": "greeting.scenario.yaml::anna-is-greeted[acme]",
        "index": 0,
        "at": 0,
        "who": "app",
        "kind": "rpc",
        "data": {"door": "rpc", "request": {"method": "voicecall.initiate"}},
        "evidence": {"raw": "\\xff\x00"},
    }


def test_a_failure_is_whole(tour: TourEnded, tmp_path: Path) -> None:
    ended = next(line for line in written(told(tour), tmp_path / "run.jsonl") if line["event"] == "plan ended")
    (failure,) = ended["failures"]
    assert failure["nearest"] == [8]
    assert failure["at"] == 5_100_000
    assert failure["place"].endswith("greeting.scenario.yaml:5:5")


def test_lines_are_written_as_they_come(tour: TourEnded, tmp_path: Path) -> None:
    path = tmp_path / "run.jsonl"
    report = JsonlReport(path)
    report(told(tour)[0])
    assert json.loads(path.read_text())["event"] == "tour began"
    report(tour)


def test_two_equal_runs_give_equal_bytes(tour: TourEnded, tmp_path: Path) -> None:
    for name in "ab":
        written(told(tour), tmp_path / name)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_what_json_has_no_form_for() -> None:
    assert plain_value(b"a\xff") == "a\\xff"
    assert plain_value(frozenset({"b", "a"})) == ["a", "b"]
    assert plain_value(Path("a/b")) == "a/b"
    assert plain_value(MappingProxyType({"a": 1})) == {"a": 1}
