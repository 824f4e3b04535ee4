"""Faults by step, each against an application that can stand them."""

from __future__ import annotations

from typing import Any

import pytest

from voicecall_sim.runner.events import Outcome, Verdict
from voicecall_sim.runner.perform.net import FAULTS
from voicecall_sim.scenario.verbs.net import TARGETS

from .conftest import Play, titles

CALLED = """
  - app: {call: anna, message: "Hello."}
  - anna: {hears: "Hello."}
"""


def passed(outcome: Outcome) -> bool:
    assert not outcome.failures, (titles(outcome), outcome.failures[0].traceback)
    return outcome.verdict is Verdict.PASSED


def of_kind(outcome: Outcome, kind: str) -> list[dict[str, Any]]:
    return [dict(entry.data) for entry in outcome.journal if entry.kind == kind]


def webhooks(outcome: Outcome) -> list[tuple[str, int]]:
    return [(hook["event"], hook["status"]) for hook in of_kind(outcome, "webhook")]


def test_a_dropped_webhook_never_arrives(play: Play) -> None:
    outcome = play("steps:\n  - net: {drop: next webhook, of: {event: ringing}}" + CALLED)
    assert passed(outcome)
    assert ("ringing", 0) in webhooks(outcome)
    assert of_kind(outcome, "fault") == [{"fault": "drop", "webhook": "status", "event": "ringing", "number": 2}]


def test_next_is_once_and_count_so_many(play: Play) -> None:
    lost = "steps:\n  - net: {drop: next webhook, count: 2}" + CALLED
    assert [status for _, status in webhooks(play(lost))].count(0) == 2
    lost = "steps:\n  - net: {drop: webhooks, of: {webhook: status}}" + CALLED + "  - clock: {waits: 5s}\n"
    assert [status for _, status in webhooks(play(lost))][:3] == [0, 0, 0]


def test_a_delayed_webhook_comes_later(play: Play) -> None:
    script = """
    steps:
      - net: {delay: next webhook, of: {event: initiated}, by: 10s}
      - app: {call: anna, message: "Hello."}
      - expect: {webhook: {event: answered}}
      - expect: {webhook: {event: initiated}, within: {between: [8s, 10s]}}
    """
    assert passed(play(script))


def test_webhooks_come_in_any_order(play: Play) -> None:
    script = "seed: {seed}\nsteps:\n  - net: {{reorder: webhooks, by: {{between: [0ms, 5s]}}, seed: {seed}}}"
    orders = set()
    for seed in range(5):
        outcome = play(script.format(seed=seed) + CALLED + "  - clock: {waits: 6s}\n")
        assert passed(outcome)
        orders.add(tuple(event for event, _ in webhooks(outcome)[:3]))
    assert len(orders) > 1


def test_a_duplicate_arrives_twice_with_one_number(play: Play) -> None:
    script = "steps:\n  - net: {duplicate: webhooks, by: 100ms, copies: 2}" + CALLED
    outcome = play(script)
    assert passed(outcome)
    numbers = [hook["number"] for hook in of_kind(outcome, "webhook")]
    assert numbers.count(1) == 3


def test_chance_strikes_now_and_then(play: Play) -> None:
    struck = [
        len(of_kind(play(f"seed: {seed}\nsteps:\n  - net: {{duplicate: webhooks, chance: 50%}}" + CALLED), "fault"))
        for seed in range(6)
    ]
    assert 0 < sum(struck) < 6 * 4


@pytest.mark.parametrize(
    ("step", "status", "kinds"),
    [
        ("replay: last webhook", 200, ["replay"]),
        ("replay: last webhook, copies: 2, by: 1s", 200, ["replay", "replay"]),
        ("forge: last webhook", 403, ["forge"]),
        ("forge: last webhook, signature: missing", 403, ["forge"]),
        ("forge: last webhook, signature: stale, change: {CallStatus: completed}", 403, ["forge"]),
        ("forge: last webhook, signature: genuine, change: {CallStatus: ringing}", 200, ["forge"]),
        ("forge: last webhook, signature: genuine, to: /nowhere", 404, ["forge"]),
    ],
)
def test_the_last_webhook_is_sent_again(play: Play, step: str, status: int, kinds: list[str]) -> None:
    again = f"  - net: {{{step}}}\n  - clock: {{waits: 2s}}\n"
    outcome = play("steps:" + CALLED + again)
    assert passed(outcome)
    assert [fault["fault"] for fault in of_kind(outcome, "fault")] == kinds
    sent = [hook for hook in of_kind(outcome, "webhook") if hook["number"] == 3]
    assert [hook["status"] for hook in sent] == [200] + [status] * len(kinds)


@pytest.mark.parametrize("what", ["tamper", "forge"])
def test_the_next_webhook_is_altered_on_its_way(play: Play, what: str) -> None:
    script = f"steps:\n  - net: {{{what}: next webhook, of: {{event: answered}}, change: {{CallStatus: busy}}}}"
    outcome = play(script + CALLED + "  - expect: {webhook: {event: answered, status: 403}}\n")
    assert passed(outcome)


def test_what_was_stored_before_is_remembered(play: Play) -> None:
    unchanged = (
        "  - net: {replay: last webhook}\n  - expect: {webhook: {status: 200}}\n  - expect: {stored: unchanged}\n"
    )
    assert passed(play("steps:" + CALLED + unchanged))
    changed = unchanged.replace(
        "  - expect: {stored", '  - app: {speak: "More."}\n  - clock: {waits: 1s}\n  - expect: {stored'
    )
    outcome = play("steps:" + CALLED + changed)
    assert titles(outcome) == ["stored unchanged did not hold within 30s"]
    assert outcome.failures[0].differences[0].startswith("own-1.transcript: expected to stay")


def test_there_must_be_a_webhook_to_replay(play: Play) -> None:
    outcome = play("steps:\n  - anna: hears nothing\n  - net: {replay: last webhook}\n")
    assert titles(outcome) == ["no webhook has been sent yet that could be sent again as replay"]


# --- REST -------------------------------------------------------------------------------------------------------


def test_a_lost_request_calls_nobody(play: Play) -> None:
    script = """
    steps:
      - net: {drop: next request, of: {rest: create call}}
      - app: {call: anna, message: "Hello."}
      - expect: {error: {contains: "no answer"}}
      - anna: hears nothing
    """
    outcome = play(script)
    assert passed(outcome)
    assert outcome.calls == 0


def test_a_lost_reply_calls_all_the_same(play: Play) -> None:
    script = """
    steps:
      - net: {drop: next reply, of: {rest: create call}}
      - app: {call: anna, message: "Hello."}
      - anna: {hears: "Hello."}
      - expect: {error: {contains: "no answer"}}
      - expect: {request: {create: call}, count: 1}
    """
    assert passed(play(script))


@pytest.mark.parametrize(("which", "accepted"), [("next request", 3_015_000), ("next reply", 15_000)])
def test_requests_and_replies_can_be_late(play: Play, which: str, accepted: int) -> None:
    outcome = play(
        f"steps:\n  - net: {{delay: {which}, by: 3s}}"
        + CALLED
        + "  - app: {end: , after: 5s}\n  - expect: {call: ended}\n"
    )
    assert passed(outcome)
    assert next(entry.at for entry in outcome.journal if entry.kind == "call") == accepted
    ended = next(entry.at for entry in outcome.journal if entry.data.get("state") == "ended")
    assert ended > 3_000_000


@pytest.mark.parametrize("what", ["webhooks", "rest", "everything"])
def test_links_are_cut_and_healed(play: Play, what: str) -> None:
    script = f"""
    steps:
      - app: {{call: anna, message: "Hello."}}
      - anna: {{hears: "Hello."}}
      - net: {{cut: {what}}}
      - app: {{speak: "Still there?"}}
      - expect: {{never: {{heard: {{contains: still}}}}, for: 5s}}
      - net: {{heal: {what}}}
      - anna: {{hears: "Still there?"}}
    """
    outcome = play(script)
    if what == "webhooks":
        assert titles(outcome)[0].startswith("heard {contains: still} was never to be")
    else:
        assert passed(outcome)


def test_cut_webhooks_are_not_answered(play: Play) -> None:
    script = """
    steps:
      - net: {cut: webhooks}
      - app: {call: anna, message: "Hello."}
      - anna: {hears: "Hello."}
      - expect: {webhook: {event: initiated, error: connect timeout}, within: 10s}
      - net: heal
      - anna: hangs up
      - expect: {webhook: {event: completed, status: 200}, within: 5s}
    """
    assert passed(play(script))


# --- carrier ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "fault",
    [
        "net: {drop: next webhook, of: {webhook: amd}}",
        "net: {delay: next reply, of: {rest: press keys}, by: 1s}",
        "net: {delay: webhooks, of: {event: answered}, by: 1s, count: 3}",
        "carrier: {refuses: {end call: unavailable}}",
        "net: {drop: next stream}",
    ],
)
def test_a_fault_that_never_strikes_proves_nothing(play: Play, fault: str) -> None:
    script = f"""
    steps:
      - app: {{call: anna, message: "One."}}
      - anna: {{hears: "One."}}
      - {fault}
    """
    (failure,) = play(script).failures
    assert failure.title == "this fault never struck"
    assert fault in f"{failure.source}"


def test_a_fault_by_chance_may_never_strike(play: Play) -> None:
    script = """
    steps:
      - net: {drop: webhooks, of: {webhook: amd}, chance: 10%}
      - app: {call: anna, message: "One."}
      - anna: {hears: "One."}
    """
    assert passed(play(script))


def test_a_refusal_is_for_the_next_request(play: Play) -> None:
    script = """
    steps:
      - carrier: {refuses: {create call: 20429}}
      - app: {call: anna, message: "One."}
      - expect: {error: {contains: "20429"}}
      - app: {call: anna, message: "Two."}
      - anna: {hears: "Two."}
    """
    assert passed(play(script))


def test_a_refusal_by_its_reason_is_read_by_any_of_its_names(play: Play) -> None:
    script = """
    steps:
      - app: {call: anna, message: "One."}
      - anna: {hears: "One."}
      - carrier: {refuses: {end call: call is over}}
      - app: end
      - expect: {error: {contains: "21220"}}
      - expect: {request: {end: call, refused: not answered yet, code: 21220}}
      - expect: {request: {operation: {matches: "^update"}, refused: call is over}, count: 1}
      - expect: {never: {request: {instruct: call}}, for: 1s}
      - anna: hangs up
      - expect: {webhook: {event: ended, status: 200}}
      - expect: {webhook: {event: completed, status: 200}, count: 1}
    """
    assert passed(play(script))


def test_a_forgery_in_neutral_words(play: Play) -> None:
    script = """
    steps:
      - app: {call: anna, message: "One."}
      - anna: {hears: "One."}
      - net: {forge: last webhook, of: {webhook: status}, change: {state: ended, to: +15550001111}, signature: stale}
      - expect: {webhook: {kind: status, status: 403, params: {CallStatus: completed, To: +15550001111}}}
    """
    assert passed(play(script))


def test_numbers_can_point_elsewhere(play: Play) -> None:
    script = """
    steps:
      - carrier: {redirects: {webhook: "https://voice.example.com/nowhere", fallback: "https://voice.example.com/voice"}}
      - anna: {calls: app}
      - expect: {webhook: {status: 404}}
      - anna: {hears: "Hello!"}
    """
    assert passed(play(script, people="people: {anna: {phone: +15550005678}}\n"))


@pytest.mark.parametrize(
    ("step", "title"),
    [
        ("limits: {trial: 1}", "`trial` is true or false"),
        ("limits: {concurrent requests: true}", "`concurrent requests` is a number from 0 on"),
    ],
)
def test_what_a_carrier_cannot_do_is_said(play: Play, step: str, title: str) -> None:
    outcome = play(f"steps:\n  - anna: hears nothing\n  - carrier: {{{step}}}\n")
    assert titles(outcome) == [title]


# --- the tables -------------------------------------------------------------------------------------------------


def test_every_fault_of_the_language_is_known() -> None:
    assert {(what, which) for what, targets in TARGETS.items() for which in targets} <= set(FAULTS)
