"""The fixture, in a pytest of its own: with pytest-asyncio in either mode, and without it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

Run = Callable[..., pytest.RunResult]

HEAD = """\
import pytest

pytestmark = pytest.mark.voicecall(people={"anna": {"phone": "+15550005678", "answers": {"after": "2s"}}})

"""

GOOD = """\
async def test_it(voicecall_world, tmp_path):
    world = voicecall_world
    await world.app.call("anna", message="Hello.", mode="notify")
    await world.anna.hears("Hello.")
    await world.expect(call="ended", by="app", within="10s")
    assert world.world.clock.now() > 2_000_000
    assert tmp_path.exists()
"""


@pytest.fixture
def run(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, warm: None) -> Run:
    """Runs pytest on a test file with this text."""
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "pytest.ini").touch()

    def run(text: str, *arguments: str) -> pytest.RunResult:
        (tmp_path / "test_it.py").write_text(HEAD + text, encoding="utf-8")
        carrier = () if "--voicecall-carrier" in arguments else ("--voicecall-carrier", "twilio")
        ours = ("-p", "voicecall_sim.pytest_plugin", "-p", "no:cacheprovider")
        return pytester.runpytest_inprocess(*ours, *carrier, *arguments)

    return run


ASYNCIO = ["-p", "pytest_asyncio.plugin", "-o", "asyncio_default_fixture_loop_scope=function"]
WAYS = {
    "without pytest-asyncio": [],
    "strict": [*ASYNCIO, "-o", "asyncio_mode=strict"],
    "auto": [*ASYNCIO, "-o", "asyncio_mode=auto"],
}


@pytest.mark.parametrize("way", WAYS)
def test_a_coroutine_test_runs_in_virtual_time(run: Run, way: str) -> None:
    done = run(GOOD, "-W", "error", "-v", *WAYS[way])
    done.assert_outcomes(passed=1)
    done.stdout.fnmatch_lines(["test_it.py::test_it[[]twilio] PASSED*"])


@pytest.mark.parametrize("way", WAYS)
def test_a_step_that_does_not_hold_is_shown_as_the_console_shows_it(run: Run, way: str) -> None:
    told = run(GOOD.replace('hears("Hello.")', 'hears("Goodbye.")'), *WAYS[way]).stdout.str()
    for piece in (
        "test_it.py:8:5",
        '    8 |     await world.anna.hears("Goodbye.")',
        "      |     ^^^^^",
        "expected  ",
        's  anna hears "Hello."',
        "✗ it failed here",
        "reproduce  pytest 'test_it.py::test_it[twilio]'",
    ):
        assert piece in told
    assert "Traceback" not in told
    assert "live.py" not in told


@pytest.mark.parametrize("way", WAYS)
def test_an_assertion_of_the_test_is_pytests_with_the_ladder_beside_it(run: Run, way: str) -> None:
    done = run(GOOD.replace("> 2_000_000", "< 2_000_000"), *WAYS[way])
    done.assert_outcomes(failed=1)
    done.stdout.fnmatch_lines(["E * assert * < 2000000", "*Captured voicecall call*", "*├─ create call ─*"])


def test_classes_fixtures_and_markers_work_together(run: Run) -> None:
    done = run(
        """\
@pytest.fixture
def words():
    return "Good day."

@pytest.mark.voicecall(app={"inboundPolicy": "open"}, seed=3)
class TestCallers:
    @pytest.mark.parametrize("times", [1, 2])
    @pytest.mark.voicecall(app={"inboundPolicy": "open", "inboundGreeting": "Good day."})
    async def test_they_are_greeted(self, voicecall_world, words, times):
        assert voicecall_world.world.chance.seed == 3
        for _ in range(times):
            await voicecall_world.anna.calls("app")
            await voicecall_world.anna.hears(words)
            await voicecall_world.anna.hangs_up()
            await voicecall_world.expect(call="ended", by="anna")
"""
    )
    done.assert_outcomes(passed=2)


def test_a_scripted_brain_answers(run: Run) -> None:
    done = run(
        """\
@pytest.mark.voicecall(
    app={"inboundPolicy": "open", "inboundGreeting": "Good day."},
    agent=[{"hears": "sunday", "replies": "On Sunday we are closed."}],
)
async def test_it(voicecall_world):
    await voicecall_world.anna.calls("app")
    await voicecall_world.anna.hears("Good day.")
    await voicecall_world.anna.says("Are you open on Sunday?")
    await voicecall_world.anna.hears("On Sunday we are closed.")
    await voicecall_world.anna.hangs_up()
"""
    )
    done.assert_outcomes(passed=1)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("def test_it(voicecall_world): ...", "voicecall_world is for coroutine tests: write `async def test_it`"),
        ('async def test_it(voicecall_world):\n    await voicecall_world.anna.heers("x")', "Did you mean `hears`?"),
        ('@pytest.mark.voicecall(people={"bob": {"fone": 1}})\nasync def test_it(voicecall_world): ...', "`phone`?"),
    ],
)
def test_mistakes_are_told_without_a_traceback(run: Run, text: str, told: str) -> None:
    done = run(text)
    done.assert_outcomes(failed=1)
    assert told in done.stdout.str()
    assert "live.py" not in done.stdout.str()
    assert "During handling" not in done.stdout.str()


@pytest.mark.parametrize("mark", ['voicecall("anna")', "voicecall(peple={})"])
def test_an_unknown_word_in_the_marker_is_wrong_usage(run: Run, mark: str) -> None:
    done = run(f"@pytest.mark.{mark}\n{GOOD}")
    said = done.stdout.str() + done.stderr.str()
    assert "the marker is voicecall(app, people, agent, carriers, tunnel, seed)" in said
    assert done.ret != 0


def test_carriers_and_seed_can_be_chosen(run: Run) -> None:
    text = "async def test_it(voicecall_world):\n    assert voicecall_world.world.chance.seed == 9\n"
    run(text, "--voicecall-seed", "9", "--voicecall-carrier", "twilio").assert_outcomes(passed=1)
    run(f"@pytest.mark.voicecall(carriers=['telnyx'])\n{text}").assert_outcomes(skipped=1)


def test_other_tests_are_left_alone(run: Run) -> None:
    text = """\
import asyncio, time

async def test_real_time():
    began = time.perf_counter()
    await asyncio.sleep(0.05)
    assert time.perf_counter() - began > 0.04
    assert type(asyncio.get_running_loop()).__name__ != "VirtualLoop"
"""
    run(text, *WAYS["auto"]).assert_outcomes(passed=1)


def test_a_rule_of_every_run_holds_here_too(run: Run) -> None:
    text = """\
import asyncio

async def test_it(voicecall_world):
    host = voicecall_world.world.host("app")
    host.start(asyncio.sleep(10_000))
"""
    done = run(text)
    done.assert_outcomes(failed=1)
    assert "left on app" in done.stdout.str()
