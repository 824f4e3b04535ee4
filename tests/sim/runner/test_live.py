"""The words of scenarios in Python."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from voicecall_sim.runner.events import Verdict
from voicecall_sim.runner.live import Live, Lived, Setting, live, node, place_of, word
from voicecall_sim.runner.performance import StepFailed
from voicecall_sim.scenario.errors import ScenarioError
from voicecall_sim.scenario.nodes import Scalar, written

from .fake_app import FakeApp

HERE = place_of(Path(__file__), 1)


def lived(test: Callable[[Live], Awaitable[None]], **given: Any) -> Lived:
    people = {"anna": {"phone": "+15550005678", "answers": {"after": "1s"}}}
    blocks = {"app": {}, "people": people, "carrier": "twilio", "place": HERE, "name": "test_it"} | given
    return live(Setting(**blocks), FakeApp, test)


def test_a_test_passes() -> None:
    async def test(world: Live) -> None:
        await world.app.call("anna", message="Hello Anna.", as_="first")
        await world.anna.hears({"contains": "hello"}, within="8s")
        await world.anna.hears({"contains": "anna."})
        await world.anna.hears_nothing(for_="2s")
        await world.anna.says("Good morning.", after="600ms")
        await world.expect(transcript={"user": "Good morning."})
        await world.net.replay("last webhook")
        await world.expect(stored="unchanged")
        await world.expect.never(call="ended", for_="5s")
        await world["anna"].hangs_up()
        await world.expect(call={"state": "ended", "by": "anna"}, of="first", within="1s")
        assert world.world.clock.now() < 60_000_000
        assert world.performance.stage.subject.live() == 1

    result = lived(test)
    assert result.raised is None, result.raised
    assert (result.outcome.verdict, result.outcome.calls) == (Verdict.PASSED, 1)


def test_a_step_that_does_not_hold_raises_and_knows_its_line() -> None:
    async def test(world: Live) -> None:
        await world.app.call("anna", message="Hello Anna.")
        await world.anna.hears("Good bye.", within="8s")

    result = lived(test)
    assert isinstance(result.raised, StepFailed)
    assert str(result.raised) == "anna did not hear it within 8s"
    (failure,) = result.outcome.failures
    assert failure.place is not None
    assert failure.place.file == Path(__file__)
    assert failure.place.excerpt.strip() == 'await world.anna.hears("Good bye.", within="8s")'
    assert failure.source == 'anna: {hears: "Good bye.", within: "8s"}'
    assert result.outcome.again == f"pytest {HERE.file.as_posix()}::test_it"


def test_what_a_test_raises_itself_is_kept_and_the_world_comes_to_its_end() -> None:
    async def test(world: Live) -> None:
        await world.app.call("anna", message="Hello Anna.")
        await world.anna.hears("Hello Anna.")
        raise ZeroDivisionError("mine")

    result = lived(test)
    assert isinstance(result.raised, ZeroDivisionError)
    assert result.outcome.verdict is Verdict.PASSED
    assert any(entry.data.get("state") == "ended" for entry in result.outcome.journal)


def test_rules_hold_for_tests_too() -> None:
    async def test(world: Live) -> None:
        await world.app.call("anna", message="Hello Anna.")
        await world.anna.hears("Hello Anna.")

    result = lived(test, app={"bugs": ["leaks slots"]})
    assert result.raised is None
    assert [failure.rule for failure in result.outcome.failures] == ["a call that is over occupies nothing"]


def test_an_error_may_be_expected() -> None:
    async def test(world: Live) -> None:
        await world.carrier.refuses({"create call": 21215})
        await world.app.call("anna", message="Hello Anna.")
        await world.expect(error={"contains": "21215"})
        await world.clock.waits("1h")

    assert lived(test).outcome.verdict is Verdict.PASSED


def test_wrong_words_are_told_as_in_a_file() -> None:
    async def test(world: Live) -> None:
        await world.anna.heers("Hello.")

    result = lived(test)
    assert isinstance(result.raised, ScenarioError)
    assert "Did you mean `hears`?" in str(result.raised)
    assert 'await world.anna.heers("Hello.")' in str(result.raised)


def test_words_that_the_carrier_has_not_are_told_as_in_a_file() -> None:
    async def test(world: Live) -> None:
        await world.carrier.refuses({"create call": "invalid numbr"})

    result = lived(test)
    assert isinstance(result.raised, ScenarioError)
    assert "Did you mean `invalid number`?" in str(result.raised)


def test_a_setting_that_is_wrong_raises_at_once() -> None:
    async def test(world: Live) -> None:
        raise AssertionError("never begun")

    with pytest.raises(ScenarioError, match="has no key `fone`"):
        lived(test, people={"anna": {"fone": "+15550005678"}})
    with pytest.raises(ValueError, match="crowds are for scenario files"):
        lived(test, people={"crowd": {"count": 3}})


def test_the_seed_is_the_settings() -> None:
    async def test(world: Live) -> None:
        await world.app.call("anna", message="Hello Anna.")
        await world.anna.hears("Hello Anna.")

    def path(seed: int) -> str:
        return next(e.data["path"] for e in lived(test, seed=seed).outcome.journal if e.kind == "request")

    assert path(1) == path(1) != path(2)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, ""),
        (True, "true"),
        (12, "12"),
        (0.5, "0.5"),
        ("ended", "ended"),
        ("last webhook", "last webhook"),
        ("Hello.", '"Hello."'),
        ("true", '"true"'),
        ("no: really", '"no: really"'),
        (["a", {"b": 1}], "[a, {b: 1}]"),
    ],
)
def test_values_become_nodes(value: object, text: str) -> None:
    assert written(node(HERE, value)) == text


def test_words_of_the_language() -> None:
    assert [word(name) for name in ("hangs_up", "for_", "hears_nothing", "says")] == [
        "hangs up",
        "for",
        "hears nothing",
        "says",
    ]
    assert isinstance(node(HERE, "x"), Scalar)
    with pytest.raises(AttributeError):
        Live(None, None)._private  # type: ignore[arg-type]  # noqa: B018


def test_a_test_behind_a_tunnel() -> None:
    async def test(world: Live) -> None:
        await world.anna.calls("app")
        await world.anna.hears("Hello.")
        await world.tunnel.changes_url("other.example.com")
        await world.anna.hangs_up()

    result = lived(test, app={"greeting": "Hello."}, tunnel="tls-proxy")
    assert result.raised is None, result.raised
    events = [(entry.data["event"], entry.data["url"]) for entry in result.outcome.journal if entry.kind == "tunnel"]
    assert events == [("changes url", "https://other.example.com")]
    with pytest.raises(ScenarioError, match="cloudflare"):
        lived(test, tunnel="cloudflare")
