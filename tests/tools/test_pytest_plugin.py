"""The plugin in a pytest of its own, without the plugins of others."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from conftest import Write

Run = Callable[..., pytest.RunResult]


@pytest.fixture
def run(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, warm: None) -> Run:
    """Runs pytest in the test's directory, in a process of its own if asked to."""
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parents[2]))
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "pytest.ini").touch()

    def run(*arguments: str, process: bool = False) -> pytest.RunResult:
        begin = pytester.runpytest_subprocess if process else pytester.runpytest_inprocess
        return begin("-p", "voicecall_sim.pytest_plugin", "-p", "no:cacheprovider", *arguments)

    return run


def test_scenarios_are_tests_with_the_ids_of_plans(run: Run, write: Write) -> None:
    write("good")
    write("many", "menus")
    collected = run("--collect-only", "-q")
    collected.stdout.fnmatch_lines(
        [
            "good.scenario.yaml::a-notification-is-heard[[]twilio]",
            "menus/many.scenario.yaml::a-notification-is-heard[[]twilio-after=1s]",
            "menus/many.scenario.yaml::a-notification-is-heard[[]twilio-after=2s]",
            "menus/many.scenario.yaml::a-notification-is-heard[[]twilio-after=3s]",
            "4 tests collected in *",
        ],
        consecutive=False,
    )
    run().assert_outcomes(passed=4)


def test_verdicts_are_pytests(run: Run, write: Write) -> None:
    for name in ("good", "bad", "known", "mended", "elsewhere", "slow"):
        write(name)
    done = run("-rfEsxX")
    done.assert_outcomes(passed=1, failed=3, skipped=1, xfailed=1)
    for line in (
        "FAILED mended.scenario.yaml::* - *XPASS(strict)* a bug that is mended",
        "FAILED bad.scenario.yaml::a-notification-is-heard[[]twilio] - anna did not hear *",
        "FAILED slow.scenario.yaml::a-notification-is-heard[[]twilio] - first_audio.max was *",
        "SKIPPED [[]1] *`vonage` is not emulated by this installation",
        "XFAIL known.scenario.yaml::a-notification-is-heard[[]twilio] - a known bug",
    ):
        done.stdout.fnmatch_lines([line])


def test_a_failure_is_shown_as_the_console_shows_it(run: Run, write: Write) -> None:
    write("bad")
    told = run().stdout.str()
    for piece in (
        "____ a-notification-is-heard[twilio] ____",
        "bad.scenario.yaml:10:5",
        "   10 |   - anna: {hears:",
        "expected  ",
        "nearest  ",
        "✗ it failed here",
        "reproduce  voicecall-sim run 'bad.scenario.yaml::a-notification-is-heard[twilio]' --seed 0",
    ):
        assert piece in told
    assert "Traceback" not in told
    assert "runtest" not in told


def test_a_mistake_in_a_file_is_an_error_with_a_caret(run: Run, write: Write) -> None:
    write("typo")
    write("good")
    done = run()
    done.assert_outcomes(errors=1)
    done.stdout.fnmatch_lines(
        [
            "typo.scenario.yaml:10:12: *",
            "   10 |   - anna: {heers: *",
            "      |            ^^^^^",
            "      = Did you mean `hears`?",
        ],
        consecutive=True,
    )
    done.stdout.no_fnmatch_line("*Traceback*")
    run("--continue-on-collection-errors").assert_outcomes(errors=1, passed=1)


@pytest.mark.parametrize(
    ("arguments", "outcomes"),
    [
        (["-k", "2s"], {"passed": 1, "deselected": 3}),
        (["many.scenario.yaml::a-notification-is-heard[twilio-after=1s]"], {"passed": 1}),
        (["many.scenario.yaml"], {"passed": 3}),
        (["-x"], {"failed": 1}),
        (["--voicecall-carrier", "twilio", "--voicecall-seed", "7", "many.scenario.yaml"], {"passed": 3}),
    ],
)
def test_selecting_works_as_with_other_tests(
    run: Run, write: Write, arguments: list[str], outcomes: dict[str, int]
) -> None:
    write("bad")
    write("many")
    run(*arguments).assert_outcomes(**outcomes)


def test_the_seed_is_told(run: Run, write: Write) -> None:
    write("bad")
    run("--voicecall-seed", "7").stdout.fnmatch_lines(["reproduce * --seed 7"])


def test_recordings_of_scenario_files(run: Run, write: Write, tmp_path: Path) -> None:
    write("many")
    run("--voicecall-audio", str(tmp_path / "wavs")).assert_outcomes(passed=3)
    assert len(list((tmp_path / "wavs").glob("many.a-notification-is-heard.twilio-after=?s.call-1.wav"))) == 3


def test_an_unknown_carrier_is_wrong_usage(run: Run, write: Write) -> None:
    write("good")
    done = run("--voicecall-carrier", "nonsense")
    assert done.ret == pytest.ExitCode.USAGE_ERROR
    done.stderr.fnmatch_lines(["ERROR: there is no carrier 'nonsense'; known: *"])


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("docker-compose.yaml", "services: {}\n"),
        ("other.scenario.yaml", "scenario:\n  voicecall: no\n"),
        ("binary.scenario.yaml", "\udcff\udcfe"),
        ("ours.yaml", "voicecall: 1\n"),
    ],
)
def test_other_peoples_yaml_is_not_touched(run: Run, tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / name).write_text(text, encoding="utf-8", errors="surrogateescape")
    assert run().ret == pytest.ExitCode.NO_TESTS_COLLECTED


def test_junit_of_pytest_has_the_story(run: Run, write: Write, tmp_path: Path) -> None:
    write("bad")
    run("--junitxml", "junit.xml")
    text = (tmp_path / "junit.xml").read_text("utf-8")
    assert 'message="anna did not hear' in text
    assert "it failed here" in text


def test_nothing_heavy_is_loaded_for_other_peoples_tests(run: Run, tmp_path: Path) -> None:
    (tmp_path / "test_other.py").write_text(
        "import sys\n"
        "def test_other():\n"
        "    heavy = ['aiohttp', 'numpy', 'ruamel.yaml', 'rich', 'pydantic', 'voicecall_sdk', 'voicecall_sim.world']\n"
        "    assert [name for name in heavy if name in sys.modules] == []\n"
    )
    run(process=True).assert_outcomes(passed=1)


JUDGE = """
def pytest_voicecall_scenario_ran(item, run):
    assert run.stage.carrier.name == item.plan.carrier
    assert "2s" not in item.name, f"{len(run.stage.phone.calls)} call"
    assert run.stage.carrier.sent and list(run.world.journal)
"""


def test_others_judge_what_ran(run: Run, write: Write, tmp_path: Path) -> None:
    for name in ("many", "bad", "known", "elsewhere"):
        write(name)
    (tmp_path / "conftest.py").write_text(JUDGE, encoding="utf-8")
    done = run("-rf")
    done.assert_outcomes(passed=2, failed=2, skipped=1, xfailed=1)
    done.stdout.fnmatch_lines(["FAILED many*2s* - AssertionError: 1 call*"])
    done.stdout.fnmatch_lines(["FAILED bad.scenario.yaml* - anna did not hear *"])
