"""What the application is made to do, and its life."""

from __future__ import annotations

from typing import Any

import pytest

from voicecall_sim.runner.events import Outcome, Verdict

from .conftest import Play, titles

CALLED = """
steps:
  - app: {call: anna, message: "Hello."}
  - anna: {hears: "Hello."}
"""


def passed(outcome: Outcome) -> bool:
    assert not outcome.failures, titles(outcome)
    return outcome.verdict is Verdict.PASSED


def entries(outcome: Outcome, kind: str) -> list[dict[str, Any]]:
    return [dict(entry.data) for entry in outcome.journal if entry.kind == kind]


def test_a_conversation(play: Play) -> None:
    script = """\
  - app: {ask: "How are you?"}
  - anna: {hears: "How are you?"}
  - anna: {says: "Very well."}
  - expect: {answer: "Very well."}
  - app: {speak: "Good bye."}
  - anna: {hears: "Good bye."}
  - app: end
  - expect: {call: ended, by: app, within: 1s}
  - expect: {stored: {state: hangup-bot, transcript: {user: "Very well."}}}
"""
    outcome = play(CALLED + script)
    assert passed(outcome)
    assert entries(outcome, "answer") == [{"text": "Very well.", "call": 1}]


def test_the_application_does_not_talk_into_what_a_person_was_told_to_say(play: Play) -> None:
    script = """\
  - anna: {says: "Yes, that works very well for me."}
  - app: {ask: "Anything else?"}
  - anna: {hears: "Anything else?"}
"""
    outcome = play(CALLED + script)
    assert passed(outcome)
    ended = next(entry.data["ended"] for entry in outcome.journal if entry.kind == "said")
    asked = next(entry.at for entry in outcome.journal if entry.data.get("step", "").startswith("app: {ask"))
    assert asked == ended


def test_with_a_delay_it_talks_when_it_is_told_to(play: Play) -> None:
    script = '  - anna: {says: "Let me tell you a long story."}\n  - app: {ask: "Stop?", after: 100ms}\n'
    outcome = play(CALLED + script)
    said, asked = [entry.at for entry in outcome.journal if entry.kind == "step"][2:4]
    assert asked == said + 100_000


def test_keys_are_pressed(play: Play) -> None:
    outcome = play(CALLED + '  - app: {press: "42"}\n  - clock: {waits: 3s}\n')
    assert passed(outcome)
    assert "".join(key["keys"] for key in entries(outcome, "keys")) == "42"


def test_operations_can_speak_of_an_earlier_call(play: Play) -> None:
    people = "people:\n  anna: {phone: +15550005678, answers: }\n  ben: {phone: +15550005679, answers: }\n"
    script = """
    steps:
      - app: {call: anna, message: "Hello Anna.", as: first}
      - anna: {hears: "Hello Anna."}
      - app: {call: ben, message: "Hello Ben."}
      - ben: {hears: "Hello Ben."}
      - app: {end: , call: first}
      - expect: {call: ended, of: first, by: app}
      - expect: {never: {call: ended}, for: 10s}
    """
    assert passed(play(script, people=people))


def test_an_operation_waits_for_the_call_that_is_being_placed(play: Play) -> None:
    script = """
    steps:
      - net: {delay: next request, by: 2s}
      - app: {call: anna, message: "Hello."}
      - app: end
      - expect: {call: ended, by: app, within: 5s}
    """
    assert passed(play(script))


def test_a_call_that_the_application_does_not_know_is_an_error(play: Play) -> None:
    script = """
    app: {refuses: [+15550005678]}
    steps:
      - anna: {calls: app}
      - app: end
      - expect: {error: "it has no record of call 1"}
    """
    assert passed(play(script, people="people: {anna: {phone: +15550005678}}\n"))


def test_without_any_call_there_is_nothing_to_end(play: Play) -> None:
    assert passed(play('steps:\n  - app: end\n  - expect: {error: "there is no call yet"}\n  - anna: hears nothing\n'))


def test_the_first_word_of_an_inbound_call_belongs_to_the_application(play: Play) -> None:
    script = """
    app: {greeting: "Good morning."}
    steps:
      - anna: {calls: app, as: first}
      - anna: {hears: "Good morning."}
      - app: {speak: "Are you there?", call: first}
      - anna: {hears: "Are you there?"}
    """
    assert passed(play(script, people="people: {anna: {phone: +15550005678}}\n"))


def test_status_rpc_tool_and_raw_requests_are_journaled(play: Play) -> None:
    script = """\
  - app: status
  - app: {rpc: {method: voicecall.status, params: {verbose: true}}}
  - app: {tool: {action: get_status}}
  - app: {request: {path: /health}}
  - app: {request: {method: POST, path: /voice, headers: {X-Twilio-Signature: bogus}, body: {a: 1}}}
  - clock: {waits: 1s}
"""
    outcome = play(CALLED + script)
    assert passed(outcome)
    rpc = entries(outcome, "rpc")
    assert rpc[0] == {"door": "status", "result": {"calls": 1}}
    assert rpc[1]["result"] == {"door": "rpc", "method": "voicecall.status", "params": {"verbose": True}}
    assert rpc[2]["result"] == {"door": "tool", "action": "get_status"}
    assert (rpc[3]["status"], rpc[3]["body"]) == (200, '{"ok": true}')
    assert rpc[4]["status"] == 403


def test_what_an_operation_raises_is_an_error_with_its_traceback(play: Play) -> None:
    outcome = play(CALLED + "  - app: {rpc: {method: explode}}\n  - clock: {waits: 1s}\n")
    assert titles(outcome) == ["app failed: OSError: exploded"]
    assert 'raise OSError("exploded")' in outcome.failures[0].traceback


# --- life -------------------------------------------------------------------------------------------------------


def test_it_dies_and_comes_back(play: Play) -> None:
    script = """\
  - app: crashes
  - app: {speak: "Anybody?"}
  - expect: {error: "the application is not running"}
  - anna: hangs up
  - app: {restarts: , after: 1d}
  - app: {call: anna, message: "Hello again."}
  - anna: {hears: "Hello again."}
"""
    outcome = play(CALLED + script)
    assert "voicecall" not in titles(outcome)
    # the fake remembers the call that ended while it was dead: its slot is gone
    assert titles(outcome) == ["1 of the application's slots still taken 10 minutes after the last call"]


def test_what_was_under_way_dies_with_it(play: Play) -> None:
    script = """\
  - app: {ask: "How are you?"}
  - anna: {hears: "How are you?"}
  - app: crashes
  - anna: hangs up
"""
    assert passed(play(CALLED + script))


def test_operations_wait_for_a_restart_to_be_over(play: Play) -> None:
    script = """
    steps:
      - app: {restarts: , with: {greeting: "Hello from another one."}}
      - app: {rpc: {method: are you there}}
      - anna: {calls: app}
      - anna: {hears: "Hello from another one."}
    """
    assert passed(play(script, people="people: {anna: {phone: +15550005678}}\n"))


def test_it_can_be_started_by_a_step(play: Play) -> None:
    script = """
    steps:
      - anna: {calls: app}
      - expect: {webhook: {error: "connection failed"}}
      - expect: {call: ended, by: carrier}
      - app: starts
      - anna: {calls: app}
      - anna: {hears: "Hello!"}
      - app: stops
      - anna: hangs up
    """
    outcome = play(script, people="people: {anna: {phone: +15550005678}}\n")
    assert passed(outcome)


@pytest.mark.parametrize("bad", ["crashes", "stops"])
def test_what_is_down_is_not_asked_for_its_slots(play: Play, bad: str) -> None:
    assert passed(play(CALLED + f"  - app: {bad}\n  - anna: hangs up\n"))


def test_a_full_disk_by_step(play: Play) -> None:
    script = """
    steps:
      - app: {disk: full}
      - app: {call: anna, message: "Hello."}
      - expect: {error: "disk full"}
      - app: {disk: works}
      - app: {call: anna, message: "Hello."}
      - anna: {hears: "Hello."}
    """
    assert passed(play(script))


# --- people -----------------------------------------------------------------------------------------------------


def test_people_answer_reject_and_press_by_step(play: Play) -> None:
    by_step = "people: {anna: {phone: +15550005678}}\n"
    called = '\nsteps:\n  - app: {call: anna, message: "Hello."}\n  - expect: {call: ringing}\n'
    pressed = "  - anna: {answers: , after: 7s}\n  - anna: {hears: Hello.}\n  - anna: {presses: 4}\n"
    outcome = play(called + pressed + "  - expect: {transcript: {user: 4}}\n", people=by_step)
    assert passed(outcome)
    rejected = (
        "  - anna: {rejects: , after: 7s}\n  - expect: {call: {state: ended, cause: rejected, by: anna}, within: 1s}\n"
    )
    assert passed(play(called + rejected, people=by_step))
