"""Matchers: what they accept, and how they explain what they do not."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voicecall_sim.scenario.cast import Cast
from voicecall_sim.scenario.errors import ScenarioError
from voicecall_sim.scenario.grammar.matcher import CAUGHT, HEARD, PLAIN, Reader
from voicecall_sim.scenario.grammar.subjects import CALL, LOG, RECORD, REQUEST, STATE, TRANSCRIPT, WEBHOOK
from voicecall_sim.scenario.hearing import running
from voicecall_sim.scenario.matching import MISSING, Anything, Comparison, shown
from voicecall_sim.scenario.source import parse

from .reading import FILE


def matcher(text: str, reader: Reader = PLAIN) -> Comparison:
    """The matcher that a scenario writes so."""
    node = parse(f"m: {text}", FILE).get("m")
    assert node is not None
    return reader.read(node, Cast())


@pytest.mark.parametrize(
    ("written", "actual"),
    [
        ("12", 12),
        ("12", "12"),
        ("12", 12.0),
        ("'12'", "12"),
        ("true", True),
        ("true", "true"),
        ("null", None),
        ("0123", "0123"),
        ("+15550001234", "+15550001234"),
        ("ended", "ended"),
        ("{contains: b}", "abc"),
        ("{contains: b}", ["a", "b"]),
        ("{contains: {a: 1}}", [{"a": 2}, {"a": 1, "b": 3}]),
        ("{matches: '^a.c$'}", "abc"),
        ("{matches: '^4..$'}", 401),
        ("{any: [1, 2]}", 2),
        ("{any: [{contains: a}, {contains: b}]}", "xbx"),
        ("{between: [1, 3]}", 3),
        ("{between: [1ms, 2s]}", 1_500_000),
        ("{between: [0.5, 0.7]}", 0.6),
        ("{not: 3}", 4),
        ("{not: {contains: a}}", "b"),
        ("{contains: a, not: {contains: b}}", "ac"),
        ("{a: 1}", {"a": 1, "b": 2}),
        ("{a: {b: {not: 3}}}", {"a": {"b": 4}}),
        ("{a: null}", {"b": 1}),
        ("{a: {not: 1}}", {}),
        ("{exactly: {a: 1}}", {"a": 1}),
        ("{exactly: [1, 2]}", [1, 2]),
        ("[1, {contains: b}]", [1, "abc"]),
        ("[]", []),
        ("{}", {"a": 1}),
    ],
)
def test_what_matches(written: str, actual: Any) -> None:
    assert matcher(written).difference(actual) == []
    assert matcher(written).matches(actual)


@pytest.mark.parametrize(
    ("written", "actual", "differences"),
    [
        ("12", 13, ["expected 12, was 13"]),
        ("'12'", 12, ['expected "12", was 12']),
        ("1", True, ["expected 1, was true"]),
        ("true", 1, ["expected true, was 1"]),
        ("null", "", ['expected null, was ""']),
        ("{contains: b}", "ac", ['expected {contains: b}, was "ac"']),
        ("{contains: b}", 3, ["expected {contains: b}, was 3"]),
        ("{contains: {a: 1}}", [{"a": 2}], ["expected {contains: {a: 1}}, was [{a: 2}]"]),
        ("{matches: '^a$'}", "b", ['expected {matches: "^a$"}, was "b"']),
        ("{matches: a}", None, ["expected {matches: a}, was null"]),
        ("{any: [1, 2]}", 3, ["expected {any: [1, 2]}, was 3"]),
        ("{between: [1, 3]}", 4, ["expected {between: [1, 3]}, was 4"]),
        ("{between: [1, 3]}", "2", ['expected {between: [1, 3]}, was "2"']),
        ("{between: [0, 3]}", True, ["expected {between: [0, 3]}, was true"]),
        ("{not: 3}", 3, ["expected {not: 3}, was 3"]),
        ("{contains: a, not: {contains: b}}", "ab", ['expected {not: {contains: b}}, was "ab"']),
        ("{a: 1, b: 2}", {"a": 2}, ["a: expected 1, was 2", "b: expected 2, was missing"]),
        ("{a: {b: [1, {c: 2}]}}", {"a": {"b": [1, {"c": 3}]}}, ["a.b[1].c: expected 2, was 3"]),
        ("{a: 1}", [1], ["expected {a: 1}, was [1]"]),
        ("{exactly: {a: 1}}", {"a": 1, "b": 2}, ["b: not expected, was 2"]),
        ("[1, 2]", [1], ["expected 2 items, was 1: [1]"]),
        ("[1, 2]", [1, 3], ["[1]: expected 2, was 3"]),
        ("[1]", "1", ['expected [1], was "1"']),
    ],
)
def test_what_does_not_match_is_explained_with_its_path(written: str, actual: Any, differences: list[str]) -> None:
    assert matcher(written).difference(actual) == differences
    assert not matcher(written).matches(actual)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=6,
)
WRITTEN = st.sampled_from(
    [
        "1",
        "a",
        "{contains: a}",
        "{matches: a}",
        "{between: [1, 2]}",
        "{a: 1}",
        "[1]",
        "{exactly: {a: 1}}",
        "{any: [1, a]}",
    ]
)


@given(WRITTEN, JSON)
def test_not_is_the_opposite(written: str, actual: Any) -> None:
    assert matcher(f"{{not: {written}}}").matches(actual) is not matcher(written).matches(actual)


@given(WRITTEN, JSON)
def test_any_of_one_is_the_same(written: str, actual: Any) -> None:
    assert matcher(f"{{any: [{written}]}}").matches(actual) is matcher(written).matches(actual)


@given(JSON)
def test_every_value_can_be_shown(actual: Any) -> None:
    assert 0 < len(shown(actual)) <= 300
    assert "\n" not in shown(actual)


@pytest.mark.parametrize(
    "written",
    ["ended", '"Hello."', "{contains: a}", "{any: [1, {not: 2}]}", "{a: 1, b: [x, {c: 2}]}", '{exactly: "a b"}'],
)
def test_a_matcher_is_shown_as_it_was_written(written: str) -> None:
    assert str(matcher(written)) == written


def test_anything_wants_something() -> None:
    assert Anything("anything").matches(None)
    assert Anything("anything").difference(MISSING) == ["expected anything, was missing"]


# --- what is heard ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("written", "heard", "same"),
    [
        ('"Hello!"', "hello", True),
        ('"Yes, that works."', "yes, that  works", True),
        ('"4 2 7"', "427", True),
        ('"Hello"', "Hello there", False),
        ('"Hello"', "Hell▯", False),
        ("no", "No.", True),
        ("{contains: monday TO}", "from Monday  to Friday", True),
        ("{contains: monday TO}", "from Mondayto Friday", False),
        ("{matches: '^We .*five'}", "We open at five", True),
        ("{exactly: hello}", "Hello!", True),
        ("{any: [hello, {contains: bye}]}", "well, goodbye", True),
        ("{not: {contains: Saturday}}", "on saturday", False),
    ],
)
def test_heard_text_is_compared_by_ear(written: str, heard: str, same: bool) -> None:
    assert matcher(written, HEARD).matches(heard) is same


@pytest.mark.parametrize(
    ("written", "heard", "same"),
    [
        ("opening hours", "What are your opening hours?", True),
        ("sunday", "And on Sunday?", True),
        ("{exactly: sunday}", "And on Sunday?", False),
        ("{exactly: and on sunday}", "And on Sunday?", True),
    ],
)
def test_who_listens_for_words_catches_them_within(written: str, heard: str, same: bool) -> None:
    assert matcher(written, CAUGHT).matches(heard) is same


@pytest.mark.parametrize(
    ("written", "tried_while_it_grows"),
    [
        ("hello", False),
        ("{contains: a}", True),
        ("{matches: a}", True),
        ("{any: [{contains: a}, {matches: b}]}", True),
        ("{any: [{contains: a}, hello]}", False),
        ("{contains: a, matches: b}", True),
        ("{not: {contains: a}}", False),
        ("{contains: a, not: {contains: b}}", False),
    ],
)
def test_only_what_more_text_cannot_undo_is_tried_on_the_running_text(written: str, tried_while_it_grows: bool) -> None:
    assert running(matcher(written, HEARD)) is tried_while_it_grows


# --- calls, requests, webhooks, logs, records -------------------------------------------------------------------

LINES = [{"bot": "Hello. Press 1."}, {"user": "One, please."}]


@pytest.mark.parametrize(
    ("reader", "written", "actual"),
    [
        (CALL, "ended", {"state": "ended", "by": "app"}),
        (CALL, "{state: ended, cause: busy}", {"state": "ended", "cause": "busy", "call": 1}),
        (CALL, "{any: [ringing, answered]}", {"state": "answered"}),
        (CALL, "{not: ended}", {"state": "ringing"}),
        (REQUEST, "{create: call}", {"operation": "create call", "path": "/x"}),
        (REQUEST, "create call", {"operation": "create call"}),
        (REQUEST, "{update: call, form: {S: done}}", {"operation": "update call", "form": {"S": "done"}}),
        (REQUEST, "{host: api.openai.com}", {"host": "api.openai.com", "operation": "chat"}),
        (WEBHOOK, "status", {"kind": "status", "event": "ringing"}),
        (WEBHOOK, "{status: {any: [200, 401]}, params: {Digits: 1}}", {"status": 401, "params": {"Digits": "1"}}),
        (LOG, "{matches: 'publicUrl.*old'}", {"level": "warning", "message": "publicUrl is old"}),
        (LOG, "{level: error, message: {contains: x}}", {"level": "error", "message": "axb"}),
        (STATE, "ended", "hangup-bot"),
        (STATE, "{any: [completed, hangup-user]}", "completed"),
        (STATE, "{not: ended}", "listening"),
        (RECORD, "{state: ended}", {"state": "no-answer"}),
        (RECORD, "{transcript: [{bot: {contains: Press}}, {user: 'ONE, please'}]}", {"transcript": LINES}),
        (RECORD, "{transcript: {user: 'one, please'}}", {"transcript": LINES}),
        (RECORD, "{transcript: []}", {"transcript": []}),
        (RECORD, "{transcript: {not: {bot: {contains: Saturday}}}}", {"transcript": LINES}),
        (TRANSCRIPT, "{bot: Hello. Press 1.}", LINES),
        (TRANSCRIPT, "{contains: {user: 'One, please.'}}", LINES),
        (RECORD, "unchanged", ({"state": "active"}, {"state": "active"})),
    ],
)  # fmt: skip
def test_subjects_are_matched_by_their_own_words(reader: Reader, written: str, actual: Any) -> None:
    assert matcher(written, reader).difference(actual) == []


@pytest.mark.parametrize(
    ("reader", "written", "actual", "differences"),
    [
        (CALL, "ended", {"state": "ringing"}, ['state: expected ended, was "ringing"']),
        (REQUEST, "{fetch: call}", {"operation": "list calls"}, ['operation: expected fetch call, was "list calls"']),
        (STATE, "ended", "active", ['expected ended (any terminal state), was "active"']),
        (STATE, "ended", None, ["expected ended (any terminal state), was null"]),
        (RECORD, "{transcript: {bot: hello. press 1.}}", {"transcript": LINES[:1]},
         ['transcript: expected a line {bot: hello. press 1.}, was [{bot: "Hello. Press 1."}]']),
        (RECORD, "unchanged", ({"a": 1, "b": 2}, {"a": 1, "b": 3, "c": 4}),
         ["b: expected to stay 2, became 3", "c: expected to stay missing, became 4"]),
        (RECORD, "unchanged", (None, {"a": 1}), ["expected to stay null, became {a: 1}"]),
    ],
)  # fmt: skip
def test_subjects_explain_themselves(reader: Reader, written: str, actual: Any, differences: list[str]) -> None:
    assert matcher(written, reader).difference(actual) == differences


@pytest.mark.parametrize(
    ("reader", "written", "message"),
    [
        (PLAIN, "{contains: a, b: 1}", "`b` cannot stand beside a matcher"),
        (PLAIN, "{any: 1}", "`any` takes a list of what may be there"),
        (PLAIN, "{any: []}", "`any` takes a list of what may be there"),
        (PLAIN, "{between: [1]}", "`between` takes two values"),
        (PLAIN, "{between: [2, 1]}", "the range ends before it begins"),
        (PLAIN, "{between: [a, b]}", "`a` is neither a number nor a duration"),
        (PLAIN, "{matches: '('}", "`(` is no regular expression: missing ), unterminated subpattern at position 0"),
        (HEARD, "[a]", "a text is wanted here, this is a list"),
        (HEARD, "{a: b}", "a text is wanted here, this is a map"),
        (HEARD, "{contains: [a]}", "`contains` takes a text, this is a list"),
        (HEARD, "''", "there is no text to be heard"),
        (CALL, "hung up", "`hung up` is not a state of a call"),
        (CALL, "{status: ended}", "a call has no `status`"),
        (CALL, "{any: [ended, endet]}", "`endet` is not a state of a call"),
        (WEBHOOK, "{kind: staus}", "`staus` is not a kind of webhook"),
        (LOG, "{lvl: error}", "a line of the log has no `lvl`"),
        (RECORD, "changed", "`changed` says nothing about a record"),
        (TRANSCRIPT, "[hello]", "who says this?"),
        (TRANSCRIPT, "{anna: hello}", "a transcript has no `anna`"),
    ],
)
def test_matchers_that_cannot_be(reader: Reader, written: str, message: str) -> None:
    with pytest.raises(ScenarioError) as caught:
        matcher(written, reader)
    assert caught.value.problems[0].message == message
    assert caught.value.problems[0].remedy
