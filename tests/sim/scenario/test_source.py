"""From text to nodes that know their place."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voicecall_sim.scenario.errors import ScenarioError
from voicecall_sim.scenario.nodes import Items, Node, Pairs, Scalar, written
from voicecall_sim.scenario.source import parse, read_text

FILE = Path("some.scenario.yaml")


def value(text: str) -> Scalar:
    """The only value of a map."""
    node = parse(text, FILE).pairs[0][1]
    assert isinstance(node, Scalar)
    return node


@pytest.mark.parametrize(
    "text",
    ["+15550001234", "0123", "no", "1:30", "on", "12:30:00", "0x1F", "1_000", "~", "null", "2026-01-05", "=", "1e3"],
)
def test_plain_scalars_keep_their_source_text(text: str) -> None:
    assert (value(f"a: {text}").text, value(f"a: {text}").plain) == (text, True)


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ('"1"', "1"),
        ("'it''s'", "it's"),
        ('"a\\nb\\u00e9"', "a\nb\u00e9"),
        ("|\n  one\n  two\n", "one\ntwo\n"),
        (">-\n  one\n  two\n", "one two"),
    ],
)
def test_quoted_scalars_are_texts(source: str, text: str) -> None:
    assert (value(f"a: {source}").text, value(f"a: {source}").plain) == (text, False)


def test_nodes_know_line_column_width_and_excerpt() -> None:
    root = parse("a:\n  - {b: 'x y', c: 2}\n", FILE)
    items = root.get("a")
    assert isinstance(items, Items)
    inner = items.items[0]
    assert isinstance(inner, Pairs)
    assert [(key.place.line, key.place.column, key.place.width) for key, _ in inner.pairs] == [(2, 6, 1), (2, 16, 1)]
    text = inner.get("b")
    assert text is not None
    assert (text.place.column, text.place.width, text.place.excerpt) == (9, 5, "  - {b: 'x y', c: 2}")
    assert str(text.place) == "some.scenario.yaml:2:9"


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
def test_lines_end_as_they_like(ending: str) -> None:
    root = parse(ending.join(["a: 1", "b: 2", "c: 3", ""]), FILE)
    assert [(key.place.line, key.place.excerpt) for key, _ in root.pairs] == [(1, "a: 1"), (2, "b: 2"), (3, "c: 3")]


def test_an_empty_value_is_placed_at_its_key() -> None:
    node = value("a:\n  \nb: 1\n")
    assert node.empty
    assert (node.place.line, node.place.column) == (1, 1)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a: {b: 'x', c: [1, +2], d: }", '{a: {b: "x", c: [1, +2], d: }}'),
        ("a:\n  - b: yes\n  - |\n    x\n", '{a: [{b: yes}, "x\\n"]}'),
    ],
)
def test_nodes_are_written_on_one_line(text: str, shown: str) -> None:
    assert written(parse(text, FILE)) == shown


SCALARS = st.builds(Scalar, st.just(value("a: 1").place), st.text("ab1 :{},", max_size=5), st.just(False))
NODES = st.recursive(
    SCALARS,
    lambda inner: (
        st.builds(Items, st.just(value("a: 1").place), st.lists(inner, max_size=3).map(tuple))
        | st.builds(
            Pairs,
            st.just(value("a: 1").place),
            st.lists(st.tuples(SCALARS, inner), max_size=3, unique_by=lambda pair: pair[0].text).map(tuple),
        )
    ),
    max_leaves=8,
)


def plain(node: Node) -> object:
    match node:
        case Scalar(text=text):
            return text
        case Items(items=items):
            return [plain(item) for item in items]
        case Pairs(pairs=pairs):
            return {key.text: plain(item) for key, item in pairs}


@given(NODES)
def test_what_is_written_of_a_node_reads_as_the_same(node: Node) -> None:
    again = parse(f"root: {written(node)}", FILE).get("root")
    assert again is not None
    assert plain(again) == plain(node)


@given(st.text(max_size=60))
def test_any_text_is_a_map_or_refused(text: str) -> None:
    try:
        root: Pairs | None = parse(text, FILE)
    except ScenarioError:
        root = None
    assert root is None or isinstance(root, Pairs)


@pytest.mark.parametrize(
    ("text", "message", "line", "column"),
    [
        ("a: *b", "the alias `*b` is refused", 1, 4),
        ("a: &b 1", "the anchor `&b` is refused", 1, 4),
        ("a: !!int 1", "a YAML tag is refused", 1, 4),
        ("a: !x {b: 1}", "a YAML tag is refused", 1, 4),
        ("%YAML 1.1\n---\na: yes", "a YAML directive", 1, 1),
        ("a: 1\nb: 2\na: 3", "`a` is there twice", 3, 1),
        ("a: {b: 1, 'b': 2}", "`b` is there twice", 1, 11),
        ("? [a]\n: b", "a key is a single word", 1, 3),
        ("a: " + "[" * 60, "nested more than 40 deep", 1, 43),
        ("a: 'x\n--- y'", "the quote opened here is not closed", 1, 4),
        ("a: [1\nb: 2", "the `[` opened here is not closed", 1, 4),
        ("a: @b", "no value begins with this character", 1, 4),
        ("a: - b", "a list cannot begin here", 1, 4),
        ("a: >x\n b", "not YAML: expected chomping or indentation indicators, but found 'x'", 1, 5),
        ("%YAML 3.0\n---\na: 1", "not YAML: found incompatible YAML document (version 1.* is required)", 1, 1),
    ],
)
def test_what_is_refused_and_where(text: str, message: str, line: int, column: int) -> None:
    with pytest.raises(ScenarioError) as caught:
        parse(text, FILE)
    problem = caught.value.problems[0]
    assert (problem.message, problem.place.line, problem.place.column) == (message, line, column)
    assert problem.remedy


def test_all_that_is_refused_is_told_at_once() -> None:
    with pytest.raises(ScenarioError) as caught:
        parse("a: &x 1\nb: *x\nb: !!str 2\n<<: {c: 1}\n", FILE)
    assert [problem.place.line for problem in caught.value.problems] == [1, 2, 3, 3, 4]


def test_a_byte_order_mark_does_not_count(tmp_path: Path) -> None:
    file = tmp_path / "a.yaml"
    file.write_bytes("\ufeffa: 1\n".encode())
    assert parse(read_text(file), file).words == ["a"]


def test_bytes_that_are_not_utf_8_have_a_place(tmp_path: Path) -> None:
    file = tmp_path / "a.yaml"
    file.write_bytes(b"a: 1\nb: \xff\n")
    with pytest.raises(ScenarioError) as caught:
        read_text(file)
    (problem,) = caught.value.problems
    assert (problem.message, problem.place.line, problem.place.column) == ("not UTF-8", 2, 4)


def test_a_file_that_is_not_there_is_a_problem(tmp_path: Path) -> None:
    with pytest.raises(ScenarioError, match="cannot be read: No such file or directory"):
        read_text(tmp_path / "nowhere.yaml")
    with pytest.raises(ScenarioError, match="cannot be read: Is a directory"):
        read_text(tmp_path)
