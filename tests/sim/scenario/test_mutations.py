"""Whatever happens to a scenario file, its author reads a `ScenarioError` and never a traceback."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from voicecall_sim.scenario import Problem, ScenarioError, plans, understand
from voicecall_sim.scenario.verbs import VERBS

FILE = Path("some.scenario.yaml")
TEXTS = [file.read_text(encoding="utf-8") for file in sorted(Path(__file__).with_name("ten").glob("*.yaml"))]
WORDS = sorted(
    {word for text in TEXTS for word in text.split()} | {word for family in VERBS.values() for word in family}
)
SCRAPS = st.sampled_from(
    [*WORDS, *"[]{}:,-#*&!|>'\"\\?@%\t\n\x07\u2028🎉", "{age}", "{{", "---", "<<: ", "1..25", "count: 3"]
)
EDITS = st.lists(st.tuples(st.floats(0, 1), st.integers(0, 12), SCRAPS | st.just("")), min_size=1, max_size=4)


def refused(text: str) -> Sequence[Problem]:
    """Why a text is refused; nothing if it makes plans."""
    try:
        assert plans(understand(text, FILE), ["twilio", "telnyx"])
    except ScenarioError as error:
        return error.problems
    return ()


@given(st.sampled_from(TEXTS), EDITS)
def test_a_damaged_scenario_is_understood_or_refused(text: str, edits: list[tuple[float, int, str]]) -> None:
    for where, cut, scrap in edits:
        at = round(where * len(text))
        text = text[:at] + scrap + text[at + cut :]
    assert all(problem.message and str(problem).count("\n") < 5 for problem in refused(text))


@given(st.sampled_from(TEXTS), st.data())
def test_a_word_in_the_place_of_another_is_understood_or_refused(text: str, data: st.DataObject) -> None:
    word, other = data.draw(st.sampled_from(text.split())), data.draw(st.sampled_from(WORDS))
    assert all(problem.message for problem in refused(text.replace(word, other)))
