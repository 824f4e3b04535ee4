"""Expectations: windows, cursors, counts, never, conditions, errors, strictness."""

from __future__ import annotations

import pytest

from voicecall_sim.runner.events import Outcome, Verdict

from .conftest import Play, titles

CALLED = """
steps:
  - app: {call: anna, message: "Hello Anna."}
  - anna: {hears: "Hello Anna."}
"""
HABIT = """
people:
  anna:
    phone: +15550005678
    answers: {after: 1s}
    when: [{hears: "Hello", after: 2s, hangs up: }]
"""
"""Two seconds after she has heard `Hello`, Anna hangs up by herself: an event at a known instant."""

CALLED_HABIT = """
steps:
  - app: {call: anna, message: "Hello"}
  - anna: {hears: "Hello"}
"""


def failed_line(outcome: Outcome) -> int:
    """Which step failed first, from 1."""
    lines = [step.place.line for step in outcome.plan.steps]
    place = outcome.failures[0].place
    assert place is not None
    return lines.index(place.line) + 1


def holds(outcome: Outcome) -> bool:
    assert outcome.verdict in (Verdict.PASSED, Verdict.FAILED)
    return outcome.verdict is Verdict.PASSED


# --- windows ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("within", "good"),
    [
        ("2s", True),
        ("1999ms", False),
        ("{between: [2s, 3s]}", True),
        ("{between: [2001ms, 3s]}", False),
        ("{between: [1s, 1999ms]}", False),
    ],
)
def test_a_window_counts_from_the_step_before_and_has_both_its_ends(play: Play, within: str, good: bool) -> None:
    outcome = play(CALLED_HABIT + f"  - expect: {{call: ended, within: {within}}}\n", people=HABIT)
    assert holds(outcome) is good


def test_what_comes_too_late_or_too_early_is_said_by_how_much(play: Play) -> None:
    late = play(CALLED_HABIT + "  - expect: {call: ended, within: 1500ms}\n  - clock: {waits: 5s}\n", people=HABIT)
    assert titles(late) == ["call ended did not come within 1.5s"]
    early = play(CALLED_HABIT + "  - expect: {call: ended, within: {between: [3s, 4s]}}\n", people=HABIT)
    assert early.failures[0].differences == ["it came 1s too early"]


def test_what_already_happened_is_found_in_time(play: Play) -> None:
    outcome = play(CALLED_HABIT + "  - clock: {waits: 10s}\n  - expect: {call: ended, within: 1s}\n", people=HABIT)
    assert holds(outcome)


@pytest.mark.parametrize(("within", "good"), [("600ms", True), ("599ms", False)])
def test_an_utterance_counts_at_the_end_of_its_last_sound(play: Play, within: str, good: bool) -> None:
    # answered at a whole second; `Hello Anna` takes 10 times 60 ms, and its silence 400 ms more
    script = f"""
    steps:
      - app: {{call: anna, message: "Hello Anna"}}
      - expect: {{call: answered}}
      - anna: {{hears: "Hello Anna", within: {within}}}
    """
    assert holds(play(script)) is good


def test_running_text_counts_at_its_character(play: Play) -> None:
    script = """
    steps:
      - app: {call: anna, message: "Hello Anna, how are you doing today?"}
      - expect: {call: answered}
      - anna: {hears: {contains: Anna}, within: 600ms}
      - anna: {hears: {contains: how}, within: 300ms}
      - anna: {hears: {contains: Anna}, within: 20s}
    """
    outcome = play(script)
    assert failed_line(outcome) == 5  # the name was heard before


def test_after_delays_a_step_and_silence_the_steps_of_a_person(play: Play) -> None:
    script = """
      - anna: {stays silent: 3s}
      - anna: {hangs up: , after: 1s}
      - expect: {call: ended}
    """
    outcome = play(CALLED + script.replace("      -", "  -"))
    silent, hangs_up = [entry.at for entry in outcome.journal if entry.kind == "step"][2:4]
    assert hangs_up == silent + 3_000_000


# --- order ------------------------------------------------------------------------------------------------------


def test_events_of_a_sort_are_looked_for_forward(play: Play) -> None:
    script = """
    steps:
      - app: {call: anna, message: "Hello."}
      - expect: {webhook: {event: answered}}
      - expect: {webhook: {event: ringing}, within: 5s}
    """
    outcome = play(script)
    assert failed_line(outcome) == 3
    assert outcome.failures[0].differences == ["it came before the place from which this step looks on"]


def test_others_may_lie_between(play: Play) -> None:
    script = """
    steps:
      - app: {call: anna, message: "Hello."}
      - expect: {webhook: {event: initiated}}
      - expect: {webhook: {event: answered}}
      - expect: {call: ringing}
      - expect: {call: answered}
    """
    assert holds(play(script))


def test_the_latest_call_is_meant_unless_another_is_named(play: Play) -> None:
    script = """
    steps:
      - app: {call: anna, message: "One.", as: first}
      - anna: {hears: "One."}
      - anna: hangs up
      - app: {call: anna, message: "Two."}
      - anna: {hears: "Two."}
      - expect: {call: ended, of: first}
      - expect: {call: ended, within: 5s}
    """
    outcome = play(script)
    assert failed_line(outcome) == 7
    assert outcome.failures[0].differences == ['state: expected ended, was "answered"']


# --- counts -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("count", "good"), [(1, True), (2, False)])
def test_a_count_is_exact(play: Play, count: int, good: bool) -> None:
    outcome = play(CALLED + f"  - expect: {{request: {{create: call}}, count: {count}, within: 5s}}\n")
    assert holds(outcome) is good
    assert good or titles(outcome) == ["request {create: call} came once, not twice"]


def test_a_count_is_waited_for_over_the_whole_run(play: Play) -> None:
    script = """
    steps:
      - app: {call: anna, message: "Hello."}
      - expect: {webhook: status, count: 4}
    """
    assert failed_line(play(script)) == 2  # she never hangs up: three callbacks only
    assert holds(play(script.replace("      - expect", "      - anna: {hangs up: , after: 5s}\n      - expect")))


def test_a_count_is_judged_again_at_the_end(play: Play) -> None:
    again = """
  - expect: {request: {create: call}, count: 1}
  - anna: hangs up
  - app: {call: anna, message: "Hello again."}
  - anna: {hears: "Hello again."}
"""
    outcome = play(CALLED + again)
    assert titles(outcome) == ["request {create: call} came twice, not once"]
    assert failed_line(outcome) == 3


def test_what_the_runner_itself_ends_is_not_counted(play: Play) -> None:
    outcome = play(CALLED + "  - expect: {webhook: status, count: 3}\n")
    assert holds(outcome)  # the fourth callback came when the runner hung up for Anna


# --- never ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("span", "good"), [("1999ms", True), ("2s", False), ("3s", False)])
def test_the_last_instant_of_a_window_belongs_to_it(play: Play, span: str, good: bool) -> None:
    # the clock waits past the silence of the utterance; 1.6 s of the two are left then
    script = CALLED_HABIT + f"  - clock: {{waits: 0ms}}\n  - expect: {{never: {{call: ended}}, for: {span}}}\n"
    outcome = play(script, people=HABIT.replace("2s", "2400ms"))
    assert holds(outcome) is good


def test_never_does_not_look_back_behind_the_step_before(play: Play) -> None:
    outcome = play(CALLED + "  - expect: {never: {heard: {contains: Anna}}, for: 5s}\n")
    assert holds(outcome)


def test_never_hears_what_is_being_said_as_the_window_ends(play: Play) -> None:
    script = """
    steps:
      - app: {call: anna, message: "Hello Anna, how are you doing on this fine day?"}
      - anna: {hears: {contains: Hello}}
      - expect: {never: {heard: {contains: doing}}, for: 1s}
      - expect: {never: {heard: {contains: fine}}, for: 1500ms}
    """
    outcome = play(script)
    assert failed_line(outcome) == 4
    assert "fine" in outcome.failures[0].differences[0]


@pytest.mark.parametrize("wanted", ["state: active", "stored: {state: active}", "transcript: {bot: Hello Anna.}"])
def test_conditions_are_never_to_hold_either(play: Play, wanted: str) -> None:
    outcome = play(CALLED + f"  - expect: {{never: {{{wanted}}}, for: 1s}}\n")
    assert failed_line(outcome) == 3
    assert outcome.failures[0].differences == ("it holds",)


def test_a_condition_that_never_holds_is_fine(play: Play) -> None:
    assert holds(play(CALLED + "  - expect: {never: {stored: {state: completed}}, for: 20s}\n"))


# --- conditions -------------------------------------------------------------------------------------------------


def test_conditions_are_looked_at_until_they_hold(play: Play) -> None:
    script = CALLED_HABIT + "  - expect: {stored: {state: ended}, within: 4s}\n  - expect: {state: completed}\n"
    assert holds(play(script, people=HABIT))
    outcome = play(CALLED_HABIT + "  - expect: {stored: {state: busy}, within: 4s}\n", people=HABIT)
    assert outcome.failures[0].differences == ['state: expected busy, was "completed"']
    assert outcome.failures[0].nearest


def test_a_condition_may_hold_too_early(play: Play) -> None:
    outcome = play(CALLED + "  - expect: {state: active, within: {between: [2s, 3s]}}\n")
    assert "too early" in outcome.failures[0].differences[0]


def test_a_limit_on_what_was_measured(play: Play) -> None:
    assert holds(play(CALLED + '  - expect: {metric: "first_audio.max < 1s"}\n'))
    outcome = play(CALLED + '  - expect: {metric: "turn.max < 1s"}\n')
    assert outcome.failures[0].differences == ["turn was never measured, wanted turn.max < 1s"]


def test_nothing_is_stored_about_no_call(play: Play) -> None:
    outcome = play("steps:\n  - anna: hears nothing\n  - expect: {stored: {state: active}, within: 1s}\n")
    assert outcome.failures[0].differences == ("nothing is stored about the call",)


# --- errors -----------------------------------------------------------------------------------------------------

REFUSED = """
steps:
  - carrier: {refuses: {create call: 21215}}
  - app: {call: anna, message: "Hello."}
  - expect: {error: {contains: "21215"}}
"""


def test_an_error_that_is_expected_is_no_failure(play: Play) -> None:
    assert holds(play(REFUSED))


def test_an_error_that_nobody_expects_fails_at_the_line_that_acted(play: Play) -> None:
    outcome = play(REFUSED.rpartition("  - expect")[0] + "  - clock: {waits: 10s}\n  - anna: hears nothing\n")
    assert failed_line(outcome) == 2
    (failure,) = outcome.failures
    assert failure.title.startswith("app failed: 21215: ")
    assert failure.nearest[0].kind == "error"
    assert failure.cause.startswith("The carrier refused `create call` with 400 (code 21215)")


def test_the_last_step_may_still_fail(play: Play) -> None:
    outcome = play(REFUSED.rpartition("  - expect")[0])
    assert titles(outcome)[0].startswith("app failed: 21215")


def test_an_error_stops_the_script_when_no_step_to_come_expects_one(play: Play) -> None:
    outcome = play(REFUSED.rpartition("  - expect")[0] + "  - clock: {waits: 10s}\n  - anna: hears nothing\n")
    assert sum(entry.kind == "step" for entry in outcome.journal) == 3


def test_another_error_than_the_expected_one_fails_both_steps(play: Play) -> None:
    outcome = play(REFUSED.replace('"21215"', '"21211"'))
    assert len(outcome.failures) == 2
    assert outcome.failures[0].title.startswith("app failed: 21215")
    assert outcome.failures[1].title.startswith("error")


def test_a_person_who_cannot_do_it_fails_at_his_line(play: Play) -> None:
    outcome = play(CALLED + '  - anna: {interrupts: "Stop!"}\n')
    assert failed_line(outcome) == 3
    assert titles(outcome) == ["anna failed: anna cannot interrupt: the other side is not speaking; use `says`"]


# --- strictness -------------------------------------------------------------------------------------------------


def test_strict_actors_have_no_messages_but_those_that_are_mentioned(play: Play) -> None:
    said = '  - app: {speak: "One more thing."}\n'
    assert holds(play("strict: [anna]" + CALLED))
    outcome = play("strict: [anna]" + CALLED + said + "  - clock: {waits: 10s}\n")
    assert titles(outcome) == ["anna is strict, and no step mentions this"]
    assert outcome.failures[0].nearest[0].data["text"] == "One more thing."


@pytest.mark.parametrize(("actor", "kind"), [("app", "request"), ("carrier", "webhook")])
def test_others_can_be_strict_too(play: Play, actor: str, kind: str) -> None:
    outcome = play(f"strict: [{actor}]" + CALLED)
    assert {entry.kind for failure in outcome.failures for entry in failure.nearest} == {kind}


# --- hearing ----------------------------------------------------------------------------------------------------


def test_hears_nothing_so_far_or_for_a_while(play: Play) -> None:
    assert holds(play("steps:\n  - anna: hears nothing\n  - anna: {hears nothing: 5s}\n"))
    outcome = play(CALLED + "  - anna: hears nothing\n")
    assert titles(outcome) == ["anna was to hear nothing, but a voice was heard"]
    assert outcome.failures[0].differences == ["heard 'Hello Anna.'"]


@pytest.mark.parametrize(("span", "good"), [("999ms", True), ("1s", False)])
def test_the_last_instant_of_a_silence_belongs_to_it(play: Play, span: str, good: bool) -> None:
    script = f"""
    steps:
      - app: {{call: anna, message: "Hello."}}
      - expect: {{call: ringing}}
      - anna: {{hears nothing: {span}}}
    """
    assert holds(play(script)) is good


def test_what_is_being_said_is_told_when_it_is_not_what_was_wanted(play: Play) -> None:
    script = """
    steps:
      - app: {call: anna, message: "Hello Anna, how are you?"}
      - expect: {call: answered}
      - anna: {hears: {contains: Bob}, within: 500ms}
    """
    outcome = play(script)
    assert outcome.failures[0].differences[-1].startswith("what is being said so far: 'Hello")
