"""Axes, cells, references and ids."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voicecall_sim.scenario import plans
from voicecall_sim.scenario.matrix import Cell, Filling, Ids, cell_id, cells, slugged
from voicecall_sim.scenario.nodes import Scalar
from voicecall_sim.scenario.place import Place
from voicecall_sim.scenario.plan import Waits

from .reading import FILE, document, messages, plan, problems, scenario

PLACE = Place(FILE, 1, 1)


def scalar(text: str, plain: bool = False) -> Scalar:
    return Scalar(PLACE, text, plain)


def filled(text: str, **cell: str) -> Scalar:
    """A text with the references to these axes replaced."""
    filling = Filling({name: scalar(value, plain=True) for name, value in cell.items()})
    node = filling.fill(scalar(text))
    filling.findings.settle()
    assert isinstance(node, Scalar)
    return node


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("{age}", "10s"),
        ("in {age}", "in 10s"),
        ("{age}{who}", "10sanna"),
        ("{{age}}", "{age}"),
        ("{{", "{"),
        ("{{ {age}", "{ 10s"),
        ('{"a": {"b": 1}}', '{"a": {"b": 1}}'),
        (r"\d{3}-{age}", r"\d{3}-10s"),
        ("{ age }", "{ age }"),
        ("{}", "{}"),
        ("}}", "}}"),
        ("plain", "plain"),
    ],
)
def test_references_are_replaced_and_escapes_undone(text: str, meant: str) -> None:
    assert filled(text, age="10s", who="anna").text == meant


def test_a_whole_reference_takes_the_typed_value() -> None:
    assert filled("{age}", age="10s").plain is True
    assert filled("{age} {age}", age="10s").plain is False


NO_BRACES = st.text(st.characters(exclude_characters="{}", exclude_categories=["Cs"]))


@given(NO_BRACES, NO_BRACES, NO_BRACES)
def test_what_is_around_a_reference_stays(before: str, after: str, value: str) -> None:
    assert filled(f"{before}{{axis}}{after}", axis=value).text == f"{before}{value}{after}"


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_escaping_every_brace_gives_the_text_itself(text: str) -> None:
    assert filled(text.replace("{", "{{")).text in (text, re.sub(r"\{(\{[a-z][\w-]*\})\}", r"\1", text))


@given(st.text("ab{}", max_size=12))
def test_values_are_not_replaced_again(value: str) -> None:
    assert filled("x{axis}", axis=value).text == f"x{value}"


@pytest.mark.parametrize(
    ("matrix", "count"),
    [
        ("{age: [10s, 6m]}", 2),
        ("{age: 1..25}", 25),
        ("{age: [1..3, 7]}", 4),
        ("{age: [a, b], who: [x, y, z]}", 6),
        ("{age: -2..2}", 5),
    ],
)
def test_axes_multiply(matrix: str, count: int) -> None:
    text = scenario(
        'app: {speak: "{age}"}', *(['app: {speak: "{who}"}'] if "who" in matrix else []), top=f"matrix: {matrix}\n"
    )
    assert len(document(text).cells) == count
    assert len(plans(document(text), ["twilio"])) == count


def test_an_axis_sets_its_key_and_may_be_referred_to_as_well() -> None:
    text = scenario('app: {speak: "{tunnel}"}', top="matrix: {tunnel: [none, ngrok-free]}\n")
    found = plans(document(text), ["twilio"])
    assert [(each.tunnel, each.steps[2].verb.words) for each in found] == [  # type: ignore[union-attr]
        ("none", "none"),
        ("ngrok-free", "ngrok-free"),
    ]


def test_keys_may_refer_to_an_axis() -> None:
    text = scenario(top='matrix: {number: [+15550001111]}\napp: {numbers: {"{number}": {agentId: a}}}\n')
    assert plan(text).app == {"numbers": {"+15550001111": {"agentId": "a"}}}


def test_keys_that_become_equal_are_an_error() -> None:
    text = scenario(top='matrix: {key: [a, b]}\napp: {a: 1, "{key}": 2}\n')
    assert [problem.message for problem in problems(text)] == ["`a` is there twice"]
    assert problems(text)[0].remedy == "Here `{key}` is `a`."


@pytest.mark.parametrize(
    ("written", "value"),
    [("true", True), ("3", 3), ("0.5", 0.5), ("+15550001234", "+15550001234"), ("null", None), ("'3'", "3")],
)
def test_the_configuration_takes_typed_values(written: str, value: Any) -> None:
    found = plan(scenario(top=f'matrix: {{axis: [{written}]}}\napp: {{key: "{{axis}}", text: "x{{axis}}"}}\n'))
    assert found.app["key"] == value
    assert type(found.app["key"]) is type(value)
    assert found.app["text"] == f"x{written.strip(chr(39))}"


def test_durations_and_people_may_come_from_an_axis() -> None:
    text = scenario(
        'clock: {waits: "{age}"}',
        "{who}: hangs up".replace("{who}", '"{who}"'),
        top="matrix: {age: [10s], who: [anna]}\n",
    )
    found = plan(text)
    assert found.steps[2].verb == Waits(10_000_000)
    assert found.steps[3].actor == "anna"
    assert found.cell == {"age": "10s", "who": "anna"}


def test_what_is_wrong_in_one_cell_names_it() -> None:
    text = scenario('clock: {waits: "{age}"}', top="matrix: {age: [10s, soon, later]}\n")
    assert messages(text) == ["`later` is no duration", "`soon` is no duration"]
    assert problems(text)[1].remedy.endswith("Here `{age}` is `soon`.")


def test_what_is_wrong_in_every_cell_is_told_once() -> None:
    assert len(problems(scenario("anna: {haers: x}", top="matrix: {seed: 1..25}\n"))) == 1


def test_a_wrong_reference_does_not_hide_other_mistakes() -> None:
    text = scenario(
        'clock: {waits: "{agee}"}', 'clock: {waits: "{age}"}', "anna: {haers: x}", top="matrix: {age: [1s]}\n"
    )
    assert messages(text) == ["there is no axis `agee`", "`haers` is not a verb of a person"]


@pytest.mark.parametrize(
    ("matrix", "message"),
    [
        ("[a, b]", "`matrix` is a map, this is a list"),
        ("{age: []}", "the axis `age` has no values"),
        ("{age: 10s}", "the axis `age` needs a list or a range"),
        ("{age: {a: 1}}", "the values of an axis are single values, this is a map"),
        ("{age: [[1]]}", "the values of an axis are single values, this is a list"),
        ("{1st: [a]}", "`1st` cannot be the name of an axis"),
        ("{app: [a]}", "an axis cannot be called `app`: a block has this name"),
        ("{age: 1..99999}", "more than 10000 values"),
        ("{age: 1..5000, who: 1..5}", "more than 10000 cells"),
    ],
)
def test_matrices_that_cannot_be(matrix: str, message: str) -> None:
    found = problems(scenario(top=f"matrix: {matrix}\n"))
    assert [problem.message for problem in found] == [message]
    assert found[0].remedy


# --- ids --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "slug"),
    [
        ("A notification is heard to its end", "a-notification-is-heard-to-its-end"),
        ("ngrok's free address", "ngrok-s-free-address"),
        ("Ünïcödé", "unicode"),
        ("日本 語", "日本-語"),
        ("!!!", "x"),
        ("", "x"),
        ("a=b+c.d", "a=b+c.d"),
    ],
)
def test_slugs(text: str, slug: str) -> None:
    assert slugged(text) == slug


@given(st.text())
def test_slugs_are_stable_and_have_no_signs_of_ids(text: str) -> None:
    slug = slugged(text)
    assert slug
    assert slugged(slug) == slug
    assert not set(slug) & set("[]:/ \n")


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        ({}, "twilio"),
        ({"tunnel": "ngrok-free", "age": "10s"}, "twilio-tunnel=ngrok-free-age=10s"),
        ({"from": "+15559990000"}, "twilio-from=+15559990000"),
        ({"n": "-3"}, "twilio-n=-3"),
        ({"what": "two words"}, "twilio-what=two-words"),
        ({"what": ""}, "twilio-what=x"),
        ({"w": "This is more than anybody reads. In an id."}, "twilio-w=this-is-more-than-anybody-reads.-in-an-i..."),
        ({"what": "a" * 41}, f"twilio-what={'a' * 40}..."),
        ({"what": "a" * 40}, f"twilio-what={'a' * 40}"),
    ],
)
def test_ids_of_cells(cell: dict[str, str], text: str) -> None:
    assert cell_id("twilio", {name: scalar(value) for name, value in cell.items()}) == text


@given(st.lists(st.dictionaries(st.sampled_from(["a", "b"]), st.text(max_size=4)), max_size=8))
def test_ids_are_distinct(found: list[dict[str, str]]) -> None:
    ids = Ids("a.yaml", "Some name")
    made = [ids.of("twilio", {name: scalar(value) for name, value in cell.items()}) for cell in found]
    assert len(set(made)) == len(made)
    assert all(each.startswith("a.yaml::some-name[twilio") and each.endswith("]") for each in made)


def test_without_axes_there_is_one_cell() -> None:
    found: list[Cell] = list(cells([]))
    assert found == [{}]
