"""Rules that hold in every run: a well-behaved application breaks none, each bug breaks its own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from voicecall_sim.runner.events import Outcome
from voicecall_sim.runner.invariants.calls import CallsEndOnce, SilenceAfterTheEnd
from voicecall_sim.runner.invariants.house import NoSecrets, grouped
from voicecall_sim.runner.invariants.watch import Watch
from voicecall_sim.world.clock import EPOCH
from voicecall_sim.world.journal import Entry, Journal

from .conftest import Play, rules, titles

CALLER = "people: {anna: {phone: +15550005678}}\n"

INBOUND = """
steps:
  - anna: {calls: app}
  - anna: {hears: "Hello!"}
  - clock: {waits: 3s}
"""
OUTBOUND = """
steps:
  - app: {call: anna, message: "Hello!"}
  - anna: {hears: "Hello!"}
  - clock: {waits: 3s}
"""
REPLAYED = OUTBOUND + "  - net: {replay: last webhook}\n  - clock: {waits: 3s}\n"
DUPLICATED = "steps:\n  - net: {duplicate: webhooks, by: 300ms}\n" + OUTBOUND.removeprefix("\nsteps:\n")
FORGED = INBOUND + "  - net: {forge: last webhook, to: '/voice?type=status', change: {CallStatus: completed}}\n" \
    "  - clock: {waits: 3s}\n"  # fmt: skip
TAMPERED = """
steps:
  - net: {tamper: next webhook, of: {event: initiated}}
  - app: {call: anna, message: "Hello!"}
  - anna: {hears: "Hello!"}
"""
ENDED = INBOUND + "  - app: end\n  - expect: {call: ended}\n  - clock: {waits: 3s}\n"
UNWANTED = """
app: {refuses: [+15550005678]BUGS}
steps:
  - anna: {calls: app}
  - clock: {waits: 40s}
"""

CASES = {
    "believes anything": (FORGED, "a forged webhook changes nothing"),
    "counts replays": (REPLAYED, "a replayed webhook changes nothing"),
    "leaks slots": (INBOUND, "a call that is over occupies nothing"),
    "leaves a task": (INBOUND, "nothing is left after the stop"),
    "drops exceptions": (INBOUND, "no exception is left unhandled"),
    "writes secrets": (INBOUND, "no secret is written down"),
    "revises ends": (ENDED, "a stored end is final"),
}


def with_bug(script: str, *bugs: str) -> str:
    if "BUGS" in script:
        return script.replace("BUGS", f", bugs: [{', '.join(bugs)}]" if bugs else "")
    return f"app: {{bugs: [{', '.join(bugs)}]}}\n" + script


SCRIPTS = [*dict.fromkeys(script for script, _ in CASES.values()), DUPLICATED, TAMPERED, UNWANTED]


@pytest.mark.parametrize("script", SCRIPTS)
def test_a_good_application_breaks_no_rule(play: Play, script: str) -> None:
    outcome = play(with_bug(script), people="people: {anna: {phone: +15550005678, answers: {after: 1s}}}\n")
    assert titles(outcome) == []


@pytest.mark.parametrize(("bug", "script", "rule"), [(bug, script, rule) for bug, (script, rule) in CASES.items()])
def test_every_bug_breaks_its_rule(play: Play, bug: str, script: str, rule: str) -> None:
    outcome = play(with_bug(script, bug), people=CALLER)
    assert set(rules(outcome)) == {rule}, titles(outcome)
    assert all(failure.at is not None for failure in outcome.failures)


def test_duplicates_that_count_are_found(play: Play) -> None:
    outcome = play(with_bug(DUPLICATED, "counts replays"), people=CALLER)
    assert set(rules(outcome)) == {"a duplicate webhook changes nothing"}, titles(outcome)


def test_a_refused_caller_on_the_line_is_found(play: Play) -> None:
    outcome = play(with_bug(UNWANTED, "forgets to hang up"), people=CALLER)
    assert rules(outcome) == ["a refused inbound call is hung up"]
    assert titles(outcome) == ["call 1 from +15550005678 goes on, although the application has no record of it"]


def test_a_replay_of_what_never_arrived_may_count(play: Play) -> None:
    script = """
    app: {bugs: [counts replays]}
    steps:
      - app: {call: anna, message: "Hello!"}
      - expect: {webhook: {event: initiated}}
      - app: {disk: full}
      - expect: {webhook: {event: ringing, status: 500}}
      - app: {disk: works}
      - net: {replay: last webhook}
      - expect: {webhook: {event: ringing, status: 200}}
    """
    assert titles(play(script, people="people: {anna: {phone: +15550005678, answers: {after: 5s}}}\n")) == []


def test_what_happens_to_go_on_at_the_same_time_is_not_blamed_on_a_replay(play: Play) -> None:
    script = OUTBOUND.replace("clock: {waits: 3s}", 'app: {speak: "More."}') + "  - net: {replay: last webhook}\n"
    assert titles(play(with_bug(script, "counts replays") + "  - clock: {waits: 1s}\n", people=CALLER)) == []


def test_a_call_that_does_not_end_is_found(play: Play, monkeypatch: pytest.MonkeyPatch) -> None:
    from voicecall_sim.actors.person import Person

    monkeypatch.setattr(Person, "stop", lambda self: None)
    outcome = play(INBOUND, people=CALLER)
    assert rules(outcome) == ["every call ends once faults stop"]
    assert titles(outcome) == ["call 1 (+15550005678 to +15550001234) is still answered after 10 minutes"]


def test_a_secret_in_what_is_said_is_found(play: Play) -> None:
    outcome = play(with_bug(INBOUND, "writes secrets"), people=CALLER)
    assert sorted(titles(outcome)) == ["twilio.authToken in a log of app", "twilio.authToken in the log of fake"]
    logged = next(entry.data["message"] for entry in outcome.journal if entry.kind == "log")
    assert logged == "verified with <twilio.authToken>"


# --- the watch --------------------------------------------------------------------------------------------------


class Suspicious:
    name = "nothing happens"
    kinds = frozenset({"something"})

    def __init__(self) -> None:
        self.fed: list[str] = []

    def feed(self, entry: Entry) -> str | None:
        self.fed.append(entry.kind)
        return "something happened"

    def finish(self) -> Iterator[str]:
        yield "and it is over"


class Still:
    def now(self) -> int:
        return 7

    def wall(self) -> object:
        return EPOCH


def test_rules_are_fed_their_kinds_and_a_finding_is_told_once() -> None:
    journal = Journal(Still())  # type: ignore[arg-type]
    rule = Suspicious()
    watch = Watch(journal, [rule])
    for kind in ("something", "else", "something"):
        journal.write("app", kind)
    watch.finish()
    assert rule.fed == ["something", "something"]
    assert [(broken.title, broken.at) for broken in watch.broken] == [("something happened", 7), ("and it is over", 7)]
    assert watch.broken[0].nearest == (journal[0],)


def test_outcomes_of_bad_runs_keep_their_journal(play: Play) -> None:
    outcome: Outcome = play(with_bug(INBOUND, "leaks slots"), people=CALLER)
    assert any(entry.kind == "webhook" for entry in outcome.journal)


# --- rules about calls, fed by hand -----------------------------------------------------------------------------


def fed(rule: CallsEndOnce | SilenceAfterTheEnd, *entries: tuple[int, str, dict[str, object]]) -> list[str]:
    titles = [rule.feed(Entry(index, at, "x", kind, data)) for index, (at, kind, data) in enumerate(entries)]
    return [title for title in titles if title is not None] + list(rule.finish())


STATES = ("accepted", "ringing", "answered", "ended")


@pytest.mark.parametrize(("before", "after"), [(before, after) for before in STATES for after in STATES])
def test_a_call_goes_forward_only(before: str, after: str) -> None:
    titles = fed(CallsEndOnce(), *((0, "call", {"call": 1, "state": state}) for state in (before, after)))
    assert bool(titles) is (STATES.index(after) <= STATES.index(before))
    other = fed(CallsEndOnce(), (0, "call", {"call": 1, "state": before}), (0, "call", {"call": 2, "state": after}))
    assert other == []


@pytest.mark.parametrize(("began", "wrong"), [(9, False), (10, False), (11, True)])
def test_nothing_is_heard_that_began_after_the_end(began: int, wrong: bool) -> None:
    over = (10, "call", {"call": 1, "state": "ended"})
    sound = (12, "heard", {"call": 1, "text": "hello", "began": began})
    assert fed(SilenceAfterTheEnd(), over, sound) == (["x heard 'hello' after call 1 had ended"] if wrong else [])
    assert fed(SilenceAfterTheEnd(), over, (12, "heard", {"call": 2, "text": "hello", "began": 11})) == []


@pytest.mark.parametrize(("secret", "kind"), [(True, "log"), (True, "request"), (False, "said"), (False, "webhook")])
def test_the_name_of_a_secret_is_a_leak_where_the_application_speaks(secret: bool, kind: str) -> None:
    rule = NoSecrets(("twilio.authToken",))
    text = "<twilio.authToken>" if secret else "<b>"
    assert (rule.feed(Entry(0, 0, "app", kind, {"text": text})) is not None) is secret
    assert "said" not in rule.kinds


def test_leftovers_are_counted() -> None:
    assert grouped(["task a", "timer", "task a"]) == {"task a": 2, "timer": 1}
