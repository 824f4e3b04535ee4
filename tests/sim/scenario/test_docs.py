"""The reference page: every block of it is understood, every word of the language is in it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from voicecall_sim.scenario import load, plans, understand
from voicecall_sim.scenario.grammar.document import TOP
from voicecall_sim.scenario.grammar.machines import KINDS
from voicecall_sim.scenario.grammar.matcher import MATCHERS
from voicecall_sim.scenario.grammar.person import GENERAL, REACTIONS
from voicecall_sim.scenario.thresholds import AGGREGATES, METRICS
from voicecall_sim.scenario.verbs import VERBS
from voicecall_sim.scenario.verbs.net import SIGNATURES, TARGETS
from voicecall_sim.scenario.verbs.tunnel import TUNNELS

PAGE = Path(__file__).parents[3] / "docs" / "scenarios.md"
TEXT = PAGE.read_text(encoding="utf-8")
HERE = Path(__file__).parent


def blocks(info: str) -> list[str]:
    return re.findall(rf"^```{info}\n(.*?)^```$", TEXT, re.MULTILINE | re.DOTALL)


WHOLE, FRAGMENTS, REPORTS = blocks("yaml scenario"), blocks("yaml"), blocks("text")

AROUND = {
    "voicecall": "1",
    "name": "A fragment",
    "why": "To show it.",
    "tunnel": "ngrok-free",
    "agent": "[]",
    "people": "{anna: {phone: +15550005678}}",
}
BEFORE = ["app: {call: anna, as: first}", "expect: {state: ended, call: first}", "net: heal"]


def completed(fragment: str) -> str:
    """A fragment with what it leaves out: steps are put after some others, blocks beside some others."""
    data = YAML(typ="safe", pure=True).load(fragment)
    if isinstance(data, list):
        return f"{around(set())}steps:\n" + "".join(f"- {line}\n" for line in BEFORE) + fragment
    steps = "" if "steps" in data else "steps:\n" + "".join(f"  - {line}\n" for line in steps_for(data))
    axes = data.get("matrix", {})
    return around({*data, *axes}) + fragment + steps


def around(given: set[str]) -> str:
    return "".join(f"{key}: {value}\n" for key, value in AROUND.items() if key not in given)


def steps_for(data: dict[str, object]) -> Iterator[str]:
    people = data.get("people", {"anna": None})
    assert isinstance(people, dict)
    yield from (f"{name}: {{calls: app}}" for name in people)


@pytest.mark.parametrize("text", WHOLE)
def test_scenarios_are_understood(text: str) -> None:
    assert plans(understand(text, Path("page.scenario.yaml")), ["twilio"])


@pytest.mark.parametrize("text", FRAGMENTS)
def test_fragments_are_understood(text: str, tmp_path: Path) -> None:
    (tmp_path / "shared.yaml").write_text("people: {anna: {phone: +15550005678}}\n", encoding="utf-8")
    file = tmp_path / "page.scenario.yaml"
    file.write_text(completed(text), encoding="utf-8")
    assert plans(load(file), ["twilio"])


def test_nothing_is_left_out() -> None:
    assert len(WHOLE) + len(FRAGMENTS) + len(REPORTS) == TEXT.count("\n```") // 2
    assert len(WHOLE) == 11
    assert len(FRAGMENTS) >= 7


def test_the_ten_are_those_that_are_tested() -> None:
    assert WHOLE[1:] == [file.read_text(encoding="utf-8") for file in sorted((HERE / "ten").glob("*.yaml"))]


def test_reports_are_what_authors_read() -> None:
    known = (HERE / "wrong.txt").read_text(encoding="utf-8")
    assert REPORTS
    assert all(report in known for report in REPORTS)


def words() -> Iterator[str]:
    yield from TOP.keys
    for family in VERBS.values():
        for verb, form in family.items():
            yield verb
            yield from form.options
    yield from (*GENERAL, *KINDS, *(key for kind in KINDS.values() for key in kind.keys), *MATCHERS, *REACTIONS)
    yield from (
        *METRICS,
        *AGGREGATES,
        *TUNNELS,
        *SIGNATURES,
        *(target for targets in TARGETS.values() for target in targets),
    )


def test_every_word_of_the_language_is_explained() -> None:
    prose = re.sub(r"^```.*?^```$", "", TEXT, flags=re.MULTILINE | re.DOTALL)
    code = " ".join(re.findall(r"`([^`]+)`", prose))
    assert [
        word for word in dict.fromkeys(words()) if not re.search(rf"(?<![\w-]){re.escape(word)}(?![\w-])", code)
    ] == []
