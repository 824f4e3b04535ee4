from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest
from defusedxml.ElementTree import parse

from voicecall_sim.report.junit import JunitReport
from voicecall_sim.runner.events import Failure, PlanEnded, TourEnded, Verdict

if TYPE_CHECKING:
    from conftest import OutcomeMaker, PlanMaker


@pytest.fixture
def report(tour: TourEnded, tmp_path: Path) -> ET.Element:
    """The tour as JUnit XML, read back."""
    return written(tour, tmp_path / "not" / "there" / "yet.xml")


def written(tour: TourEnded, path: Path) -> ET.Element:
    reporter = JunitReport(path)
    reporter(PlanEnded(tour.outcomes[0]))
    assert not path.exists()
    reporter(tour)
    root: ET.Element = parse(path).getroot()
    return root


def test_the_counts_add_up(report: ET.Element, tour: TourEnded) -> None:
    (suite,) = report.findall("testsuite")
    expected = {"tests": "6", "failures": "3", "errors": "0", "skipped": "2", "time": "0.120"}
    for element in (report, suite):
        assert {key: element.get(key) for key in expected} == expected
        assert len(element.findall(".//testcase")) == len(tour.outcomes)
        assert len(element.findall(".//failure")) == 3
        assert len(element.findall(".//skipped")) == 2


def test_a_suite_a_file_and_a_case_a_plan(tour: TourEnded, tmp_path: Path, make_plan: PlanMaker) -> None:
    other = make_plan(id="menus/other.scenario.yaml::menu[acme]")
    outcomes = [*tour.outcomes, type(tour.outcomes[0])(plan=other, verdict=Verdict.PASSED)]
    root = written(TourEnded(outcomes, 0, 0), tmp_path / "junit.xml")
    assert [suite.get("name") for suite in root] == ["greeting.scenario.yaml", "menus/other.scenario.yaml"]
    case = root[1][0]
    assert (case.get("classname"), case.get("name")) == ("menus/other.scenario.yaml", "menu[acme]")


def test_a_failure_carries_everything(report: ET.Element) -> None:
    case = report.findall(".//testcase")[0]
    failure = case.find("failure")
    assert failure is not None
    assert failure.get("message") == 'anna did not hear "Hello" within 5s'
    assert "reproduce  voicecall-sim run" in (failure.text or "")
    assert "\x1b" not in (failure.text or "")
    ladder = case.findtext("system-out") or ""
    assert "✗ it failed here" in ladder


def test_properties_tell_the_seed_and_the_way_back(report: ET.Element) -> None:
    case = report.findall(".//testcase")[1]
    facts = {item.get("name"): item.get("value") for item in case.findall("properties/property")}
    assert facts == {
        "seed": "7",
        "carrier": "other",
        "simulated": "9.000",
        "calls": "1",
        "again": "voicecall-sim run greeting.scenario.yaml -k anna-is-greeted --seed 7",
    }


def test_skips_and_expected_failures_say_why(report: ET.Element) -> None:
    skips = [(element.get("type"), element.get("message")) for element in report.findall(".//skipped")]
    assert skips == [("skipped", "acme cannot"), ("expected failure", "acme#17")]


def test_characters_that_xml_cannot_carry_are_replaced(make_outcome: OutcomeMaker, tmp_path: Path) -> None:
    failure = Failure(title="heard \x00\x1b\ud800\uffff ▯ 😀", place=None)
    root = written(TourEnded([make_outcome(Verdict.FAILED, failures=[failure])], 0, 0), tmp_path / "junit.xml")
    element = root.find(".//failure")
    assert element is not None
    assert element.get("message") == "heard \ufffd\ufffd\ufffd\ufffd ▯ 😀"
