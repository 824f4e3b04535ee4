"""Faults of media streams by step, and what can be expected of streams."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from voicecall_sim.runner.events import Outcome, Verdict
from voicecall_sim.runner.tour import Options, perform

from .conftest import Write, titles
from .streaming_app import StreamingApp

PEOPLE = {"anna": "+15550005678", "bob": "+15550005679"}
OPENED = """
  - anna: {calls: app}
  - expect: {stream: opened}
  - expect: {stream: {event: mark, name: greeted, how: played}}
"""
STAYS = "  - expect: {never: {stream: closed}, for: 3s}\n  - anna: hangs up\n"
GONE = "  - expect: {call: ended, by: app, within: 2s}\n"

Play = Callable[..., Outcome]


@pytest.fixture
def play(write: Write) -> Play:
    def played(steps: str, app: str = "{}") -> Outcome:
        people = ", ".join(f"{name}: {{phone: {phone}}}" for name, phone in PEOPLE.items() if f"- {name}:" in steps)
        (plan,) = write(f"app: {app}\nsteps:{steps}", people=f"people: {{{people}}}\n")
        return perform(plan, StreamingApp, Options())

    return played


def passed(outcome: Outcome) -> bool:
    assert not outcome.failures, (titles(outcome), outcome.failures[0].differences, outcome.failures[0].traceback)
    return outcome.verdict is Verdict.PASSED


BOB_TOO = """
  - bob: {calls: app}
  - expect: {stream: opened}
"""


def test_a_stream_opens_plays_and_closes(play: Play) -> None:
    steps = """
  - anna: {presses: 5}
  - expect: {stream: {event: dtmf, digit: 5}}
  - anna: hangs up
  - expect: {stream: {event: closed, by: carrier, reason: "call ended", direction: two-way, queued: 100000}}
"""
    assert passed(play(OPENED + steps))


@pytest.mark.parametrize("again", ["true", "false"])
def test_a_stream_is_cut_and_connects_again_if_it_can(play: Play, again: str) -> None:
    cut = """
  - net: {cut: stream}
  - net: {heal: stream}
  - expect: {stream: {event: closed, by: network, code: 31903}}
"""
    after = "  - expect: {stream: opened, within: 1s}\n" + STAYS if again == "true" else GONE
    assert passed(play(OPENED + cut + after, f"{{again: {again}}}"))


def test_nothing_connects_while_streams_are_cut(play: Play) -> None:
    cut = """
  - net: {cut: stream}
  - expect: {stream: {event: failed, code: 31901}, within: 10s}
  - net: heal
  - expect: {stream: opened, within: 10s}
"""
    assert passed(play(OPENED + cut + STAYS, "{again: true}"))


@pytest.mark.parametrize(("which", "count"), [("next stream", 1), ("stream, count: 2", 2), ("stream", 4)])
def test_a_stream_never_connects(play: Play, which: str, count: int) -> None:
    drop = f"\n  - net: {{drop: {which}}}\n  - anna: {{calls: app}}\n"
    failed = "  - expect: {stream: {event: failed, reason: connect timeout}}\n" * count
    after = "  - expect: {stream: opened}\n" if count < 4 else "  - expect: {never: {stream: opened}, for: 4s}\n"
    assert passed(play(drop + failed + after + "  - anna: hangs up\n", "{again: true}"))


def test_a_stream_connects_late(play: Play) -> None:
    late = """
  - net: {delay: next stream, by: 2s}
  - anna: {calls: app}
  - expect: {stream: opened, within: {between: [2s, 3s]}}
  - anna: hangs up
"""
    assert passed(play(late))


@pytest.mark.parametrize("what", ["token: missing", "token: wrong", "change: {token: null}", "claims: an unknown call"])
def test_a_stream_that_introduces_itself_wrongly_is_closed(play: Play, what: str) -> None:
    steps = f"""
  - net: {{tamper: next stream, {what}}}
  - anna: {{calls: app}}
  - expect: {{stream: {{event: closed, by: app, status: 1008}}}}
  - expect: {{call: ended, by: app}}
"""
    assert passed(play(steps))


@pytest.mark.parametrize("signature", ["missing", "wrong"])
def test_a_stream_without_a_good_signature_is_refused(play: Play, signature: str) -> None:
    steps = f"""
  - net: {{tamper: next stream, signature: {signature}}}
  - anna: {{calls: app}}
  - expect: {{stream: {{event: refused, status: 403, code: 31920}}}}
  - expect: {{call: ended, by: app}}
"""
    assert passed(play(steps))


@pytest.mark.parametrize("what", ["token: replayed", "token: of another call", "claims: another call"])
def test_a_stream_with_what_belongs_to_another_is_closed(play: Play, what: str) -> None:
    steps = f"""
  - net: {{tamper: next stream, {what}}}
  - bob: {{calls: app}}
  - expect: {{stream: {{event: closed, by: app, status: 1008}}}}
  - expect: {{call: ended, by: app}}
  - anna: hangs up
"""
    assert passed(play(OPENED + steps))


STRANGERS = [
    "replay: last stream",
    "replay: last stream, copies: 2, by: 1s",
    "forge: last stream",
    "forge: last stream, signature: missing",
    "forge: last stream, signature: genuine",
    "forge: last stream, signature: genuine, token: missing",
    "forge: last stream, signature: genuine, token: wrong",
    "forge: last stream, signature: genuine, token: replayed",
    "forge: last stream, signature: stale, token: of another call",
    "forge: last stream, signature: genuine, claims: another call",
    "forge: last stream, signature: genuine, to: /nowhere",
]


@pytest.mark.parametrize("what", STRANGERS)
def test_a_stranger_is_turned_away_and_the_stream_goes_on(play: Play, what: str) -> None:
    steps = f"  - net: {{{what}}}\n  - expect: {{stream: turned away}}\n"
    outcome = play(OPENED + BOB_TOO + steps + STAYS + "  - bob: hangs up\n")
    assert passed(outcome)
    assert sum(entry.kind == "stream" and entry.data["event"] == "opened" for entry in outcome.journal) == 2


@pytest.mark.parametrize("what", ["replay: last stream", "forge: last stream"])
def test_a_stranger_that_is_let_in_is_seen(play: Play, what: str) -> None:
    steps = f"  - net: {{{what}}}\n  - expect: {{never: {{stream: let in}}, for: 8s}}\n"
    outcome = play(OPENED + steps, "{bugs: [takes any stream]}")
    assert titles(outcome) == ["stream let in was never to be, but it was"]


@pytest.mark.parametrize(
    ("step", "words"),
    [
        ("replay: last stream", "no stream has been opened yet"),
        ("forge: last stream", "no stream has been opened yet"),
    ],
)
def test_there_must_be_a_stream_to_copy(play: Play, step: str, words: str) -> None:
    (title,) = titles(play(f"\n  - anna: hears nothing\n  - net: {{{step}}}\n"))
    assert words in title


@pytest.mark.parametrize("step", ["token: of another call", "claims: another call"])
def test_there_must_be_another_call_to_take_from(play: Play, step: str) -> None:
    outcome = play(OPENED + f"  - net: {{forge: last stream, {step}}}\n")
    assert titles(outcome) == ["no other call has had a stream yet whose identifiers could be used"]
