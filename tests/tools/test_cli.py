from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner, Result
from defusedxml.ElementTree import parse
from jsonschema import Draft7Validator
from ruamel.yaml import YAML

from voicecall_sim.cli import main

if TYPE_CHECKING:
    from conftest import Write


@pytest.fixture
def command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Runs `voicecall-sim` in the test's directory."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "100")

    def run(*arguments: str) -> Result:
        return CliRunner().invoke(main, list(arguments), catch_exceptions=False)

    return run


# --- recordings -------------------------------------------------------------------------------------------------


def test_recordings_are_written_of_good_and_bad_runs(command: Any, write: Write, tmp_path: Path) -> None:
    done = command("run", write("good").name, write("bad").name, "--audio", "wavs/of/today")
    assert done.exit_code == 1
    names = sorted(path.name for path in (tmp_path / "wavs/of/today").iterdir())
    assert names == [f"{name}.a-notification-is-heard.twilio.call-1.wav" for name in ("bad", "good")]


def test_recordings_that_cannot_be_written_are_a_mistake_of_usage(command: Any, write: Write, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    done = command("run", write("good").name, "--audio", "file/wavs")
    assert done.exit_code == 2
    assert "recordings cannot go to file/wavs: Not a directory" in done.stderr


# --- exit codes -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("names", "code"),
    [
        (["good"], 0),
        (["known"], 0),
        (["elsewhere"], 0),
        (["bad"], 1),
        (["mended"], 1),
        (["bad", "slow"], 1),
        (["slow"], 99),
        (["good", "slow"], 99),
        (["typo"], 2),
        (["strange"], 2),
        (["good", "typo"], 2),
    ],
)
def test_the_exit_code_tells_the_outcome(command: Any, write: Write, names: list[str], code: int) -> None:
    assert command("run", *(write(name).name for name in names)).exit_code == code


@pytest.mark.parametrize(
    "arguments",
    [
        ["run"],
        ["run", "nowhere"],
        ["run", "good.scenario.yaml", "-k", "nonsense"],
        ["run", "good.scenario.yaml::nonsense"],
        ["run", "good.scenario.yaml", "--carrier", "nonsense"],
        ["run", "good.scenario.yaml", "--subject", "nonsense"],
        ["run", "good.scenario.yaml", "--seed", "x"],
        ["nonsense"],
        ["check", "typo.scenario.yaml"],
        ["schema", "--subject", "nonsense"],
        ["serve", "--port", "8600"],
        ["serve", "--port", "nonsense=8600"],
        ["serve", "--port", "twilio=70000"],
        ["serve", "--number", "twilio=12"],
        ["serve", "--webhook", "twilio=nowhere"],
    ],
    ids=" ".join,
)
def test_wrong_usage_is_2(command: Any, write: Write, arguments: list[str]) -> None:
    write("good")
    write("typo")
    assert command(*arguments).exit_code == 2


# --- run --------------------------------------------------------------------------------------------------------


def test_a_good_run_is_told_in_lines(command: Any, write: Write) -> None:
    write("good")
    lines = command("run", ".").stdout.splitlines()
    assert lines[0].split()[0] == "passed"
    assert lines[0].endswith("s  good.scenario.yaml::a-notification-is-heard[twilio]")
    assert lines[-1].startswith("1 passed · 1 call · ")
    assert " simulated in " in lines[-1]


def test_a_failure_shows_everything(command: Any, write: Write) -> None:
    write("bad")
    told = command("run", "bad.scenario.yaml").stdout
    for piece in (
        "FAILED",
        "bad.scenario.yaml:10:5",
        "   10 |   - anna: {hears:",
        "      |     ^",
        "expected",
        "nearest",
        'anna hears "Your parcel comes today."',
        "✗ it failed here",
        "reproduce  voicecall-sim run",
    ):
        assert piece in told


def test_the_line_that_reproduces_it_does(command: Any, write: Write) -> None:
    import shlex

    write("bad")
    write("many")
    told = command("run", ".").stdout
    (line,) = [line for line in told.splitlines() if line.startswith("reproduce")]
    again = command(*shlex.split(line)[2:])
    assert again.exit_code == 1
    assert again.stdout.splitlines()[-1].startswith("1 failed · ")


def test_the_first_failure_can_be_the_last(command: Any, write: Write) -> None:
    write("bad", "a")
    write("good", "b")
    assert "1 failed · " in command("run", ".", "-x").stdout
    assert "1 passed, 1 failed · " in command("run", ".").stdout


def test_ladders_for_all(command: Any, write: Write) -> None:
    write("good")
    assert "├─ create call ─" not in command("run", ".").stdout
    assert "├─ create call ─" in command("run", ".", "--ladder").stdout


def test_reports_are_written(command: Any, write: Write, tmp_path: Path) -> None:
    write("good")
    write("bad")
    command("run", ".", "--junit", "out/junit.xml", "--jsonl", "out/run.jsonl")
    assert parse(tmp_path / "out" / "junit.xml").getroot().get("failures") == "1"
    events = [json.loads(line)["event"] for line in (tmp_path / "out" / "run.jsonl").read_text("utf-8").splitlines()]
    assert events[0] == "tour began"
    assert events[-1] == "tour ended"
    assert events.count("entry") > 10


def test_runs_of_one_seed_are_equal(command: Any, write: Write) -> None:
    write("many")
    result = command("run", ".", "--check-determinism")
    assert result.exit_code == 0, result.stdout


def test_another_seed_is_another_run(command: Any, write: Write, tmp_path: Path) -> None:
    write("good")
    journals = []
    for seed in ("1", "1", "2"):
        command("run", ".", "--seed", seed, "--jsonl", "run.jsonl")
        lines = map(json.loads, (tmp_path / "run.jsonl").read_text("utf-8").splitlines())
        journals.append([(line["at"], line["kind"], line["data"]) for line in lines if line["event"] == "entry"])
    assert journals[0] == journals[1]
    assert journals[0] != journals[2]


# --- selecting --------------------------------------------------------------------------------------------------

CELLS = ["after=1s", "after=2s", "after=3s"]


@pytest.mark.parametrize(
    ("arguments", "cells"),
    [
        (["."], CELLS),
        ([".", "."], CELLS),
        (["many.scenario.yaml"], CELLS),
        (["many.scenario.yaml::a-notification-is-heard"], CELLS),
        (["many.scenario.yaml::a-notification-is-heard[twilio-after=2s]"], ["after=2s"]),
        ([".", "-k", "after=1s or after=3s"], ["after=1s", "after=3s"]),
        ([".", "-k", "notification and not 2S"], ["after=1s", "after=3s"]),
        ([".", "--carrier", "twilio"], CELLS),
    ],
)
def test_what_is_selected(command: Any, write: Write, arguments: list[str], cells: list[str]) -> None:
    write("many")
    listed = command("list", *arguments).stdout.splitlines()
    assert listed == [f"many.scenario.yaml::a-notification-is-heard[twilio-{cell}]" for cell in cells]


def test_a_carrier_can_leave_nothing(command: Any, write: Write) -> None:
    write("elsewhere")
    assert command("list", ".", "--carrier", "twilio").exit_code == 2


# --- check, list, schema ----------------------------------------------------------------------------------------


def test_check_is_content(command: Any, write: Write) -> None:
    write("good")
    write("many")
    assert command("check", ".").stdout == "2 files, 4 scenarios: all is well\n"


def test_check_shows_every_mistake_of_every_file(command: Any, write: Write) -> None:
    write("typo")
    write("strange")
    told = command("check", ".", "nowhere").stderr
    for piece in (
        "typo.scenario.yaml:10:12: ",
        "   10 |   - anna: {heers:",
        "      |            ^^^^^",
        "      = Did you mean `hears`?",
        "nowhere: there is no such file or directory",
    ):
        assert piece in told
    assert told.endswith("\n3 mistakes\n")


def test_check_asks_the_application(command: Any, write: Write) -> None:
    write("strange")
    told = command("check", ".").stderr
    assert "strange.scenario.yaml:5:" in told
    assert "outbound.defaultMode" in told
    assert "^" in told


def test_the_resolved_configuration_is_whole(command: Any, write: Write) -> None:
    write("good")
    write("elsewhere")
    told = command("list", "good.scenario.yaml", "elsewhere.scenario.yaml", "--resolved").stdout
    app = YAML(typ="safe").load(told)["app"]
    assert app["provider"] == "twilio"
    assert app["fromNumber"] == "+15550001234"
    assert app["outbound"]["defaultMode"] == "notify"
    assert "(skipped: `vonage` is not emulated" in told


def test_the_schema_is_one_and_knows_the_application(command: Any, write: Write) -> None:
    schema = json.loads(command("schema").stdout)
    Draft7Validator.check_schema(schema)
    validator = Draft7Validator(schema)
    yaml = YAML(typ="safe")
    assert not list(validator.iter_errors(yaml.load(write("good"))))
    assert list(validator.iter_errors(yaml.load(write("strange"))))


def test_help_names_the_commands(command: Any) -> None:
    told = command("--help").stdout
    assert all(f"\n  {name} " in told for name in ("check", "list", "run", "schema", "serve"))
