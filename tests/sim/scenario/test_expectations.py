"""What is expected: events, conditions, counts, windows."""

from __future__ import annotations

import pytest

from voicecall_sim.scenario.grammar.subjects import CALL_STATES
from voicecall_sim.scenario.matching import Anything
from voicecall_sim.scenario.plan import Expect, Never
from voicecall_sim.scenario.thresholds import Threshold
from voicecall_sim.telephony.network import CallState
from voicecall_sim.world.clock import SECOND

from .reading import messages, problems, scenario, verb


@pytest.mark.parametrize(
    ("line", "subject", "written", "label", "by", "count"),
    [
        ("expect: {call: ended}", "call", "ended", None, None, None),
        ("expect: {call: ended, by: anna}", "call", "ended", None, "anna", None),
        ("expect: {call: {state: ended, cause: busy}}", "call", "{state: ended, cause: busy}", None, None, None),
        ('expect: {answer: "No, thanks."}', "answer", '"No, thanks."', None, None, None),
        ("expect: {error: {contains: busy}}", "error", "{contains: busy}", None, None, None),
        ("expect: {heard: {contains: Saturday}}", "heard", "{contains: Saturday}", None, None, None),
        ("expect: {request: {create: call}, count: 1}", "request", "{create: call}", None, None, 1),
        ("expect: {webhook: {status: 401}}", "webhook", "{status: 401}", None, None, None),
        ("expect: {stream: opened}", "stream", "opened", None, None, None),
        ("expect: {log: {matches: a.b}}", "log", "{matches: a.b}", None, None, None),
        ("expect: {state: ended}", "state", "ended", None, None, None),
        ("expect: {stored: {state: ended}}", "stored", "{state: ended}", None, None, None),
        ("expect: {transcript: {user: Hi}}", "transcript", "{user: Hi}", None, None, None),
    ],
)
def test_each_subject(
    line: str, subject: str, written: str, label: str | None, by: str | None, count: int | None
) -> None:
    expect = verb(line)
    assert isinstance(expect, Expect)
    found = expect.expected
    assert (found.subject, str(found.what), found.call, found.by, expect.count) == (subject, written, label, by, count)


@pytest.mark.parametrize(
    "line",
    [
        "expect: {stored: {state: ended}, call: first}",
        "expect: {call: ended, of: first}",
        "expect: {answer: Hi, call: first}",
    ],
)
def test_a_call_is_named_beside_what_is_expected_of_it(line: str) -> None:
    from .reading import steps

    expect = steps("app: {call: anna, as: first}", line)[1].verb
    assert isinstance(expect, Expect)
    assert expect.expected.call == "first"


def test_an_error_may_be_any() -> None:
    assert verb("expect: {error: }").expected.what == Anything("anything")
    assert verb("expect: error").expected.what == Anything("anything")


def test_never_has_its_window() -> None:
    never = verb("expect: {never: {request: {host: api.openai.com}}, for: 10s}")
    assert isinstance(never, Never)
    assert (never.expected.subject, never.span) == ("request", 10 * SECOND)
    assert verb("expect: {never: {state: ended}, for: 1s}").expected.subject == "state"


def test_a_metric_is_a_threshold() -> None:
    found = verb('expect: {metric: "overrun.max < 200ms"}').expected.what
    assert found == Threshold("overrun", "max", "<", 200_000, "overrun.max < 200ms")


def test_the_states_of_calls_are_the_networks() -> None:
    assert set(CALL_STATES) == {state.value for state in CallState}


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("expect: ended", "`ended` is not a verb of `expect`"),
        ("expect: call", "`call` does not say enough"),
        ("expect: {call: }", "a state of a call is missing here"),
        ("expect: {answer: }", "there is no text to be heard"),
        ("expect: {error: [a]}", "a text is wanted here, this is a list"),
        ("expect: {call: ended, by: nobody}", "there is nobody called `nobody`"),
        ("expect: {call: ended, count: 0}", "`0` is less than 1"),
        ("expect: {call: ended, for: 3s}", "`call` has no key `for`"),
        ("expect: {call: ended, within: 3}", "`3` has no unit"),
        ("expect: {never: ended, for: 3s}", "`ended` is not a verb of `never`"),
        ("expect: {never: {metric: 'turn.max < 1s'}, for: 3s}", "`metric` is not a verb of `never`"),
        ("expect: {never: {call: ended, within: 3s}, for: 3s}", "`call` has no key `within`"),
        ("expect: {metric: overrun}", "`overrun` is no limit on a metric"),
        ("expect: {metric: 'overrun.max ~ 3s'}", "`~` is no comparison"),
        ("expect: {stored: unchanged}", "`stored: unchanged` needs a `net` step before it"),
        ("expect: {transcript: {user: [a]}}", "a text is wanted here, this is a list"),
    ],
)
def test_expectations_that_cannot_be(line: str, message: str) -> None:
    found = problems(scenario(line))
    assert [problem.message for problem in found] == [message]
    assert found[0].remedy


def test_who_ended_a_call_is_one_person() -> None:
    text = scenario("crowd: {calls: app}", "expect: {call: ended, by: crowd}", people="people: {crowd: {count: 3}}\n")
    assert messages(text) == ["`crowd` are many"]


def test_unchanged_needs_a_fault_on_the_same_carrier() -> None:
    text = scenario("only: {telnyx: [net: {replay: last webhook}]}", "expect: {stored: unchanged}")
    text = text.replace("[twilio]", "[twilio, telnyx]")
    assert messages(text) == ["`stored: unchanged` needs a `net` step before it"]
