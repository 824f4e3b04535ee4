"""What was heard is compared with what the application's record says: by ear, exactly, up to the recorded cut."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import SimpleNamespace
from typing import Any

import pytest

from voicecall_sim.runner.invariants.words import Comparison, HeardIsRecorded, Line, Utterance
from voicecall_sim.world.clock import EPOCH
from voicecall_sim.world.journal import Entry, Journal

GREETING = Line("Hello! How can I help?")
OPEN = Line("We are open.")
CUT_OPEN = Line("We are op", interrupted=True)


def uttered(*texts: str, told: bool = True) -> list[Utterance]:
    return [Utterance(text, told) for text in texts]


ALIKE: list[tuple[list[str], list[Line]]] = [
    ([], []),
    (["Hello! How can I help?"], [GREETING]),
    (["hello!  how can i HELP"], [GREETING]),
    (["Hello! How can I help? We are open."], [GREETING, OPEN]),
    (["Hello! How", "can I help?", "We are open"], [GREETING, OPEN]),
    (["We are op▯"], [CUT_OPEN]),
    (["We are op"], [CUT_OPEN]),
    (["We are ▯"], [CUT_OPEN]),
    (["We are open▯", "Hello! How can I help?"], [CUT_OPEN, GREETING]),
    (["We are op▯ We are open."], [CUT_OPEN, OPEN]),
    (["▯"], [Line("We", interrupted=True)]),
    (["Perché è STRASSE."], [Line("perché è Straße")]),
]

UNLIKE: list[tuple[list[str], list[Line], tuple[str, str]]] = [
    (["Hello! How can I ▯elp?"], [GREETING], ("'Hello! How can I ▯elp?'", "'Hello! How can I help?'")),
    (["Hello! How can I"], [GREETING], ("'Hello! How can I'", "'Hello! How can I help?'")),
    (["Hello! How can I help? ▯"], [GREETING], ("'Hello! How can I help? ▯'", "'Hello! How can I help?'")),
    (["Hello! How can I help?"], [GREETING, OPEN], ("nothing more", "'We are open.'")),
    (["Hello! How can I help?", "We are open."], [GREETING], ("'We are open.'", "nothing more")),
    (["Hello! How can I help?"] * 2, [GREETING], ("'Hello! How can I help?'", "nothing more")),
    (
        ["We are open.", "Hello! How can I help?"],
        [GREETING, OPEN],
        ("'We are open.' 'Hello! How can I help?'", "'Hello! How can I help?' 'We are open.'"),
    ),
    (["We ar▯"], [CUT_OPEN], ("'We ar▯'", "'We are op' (interrupted)")),
    (["We are open on▯"], [CUT_OPEN], ("'We are open on▯'", "'We are op' (interrupted)")),
    (["▯▯▯"], [OPEN], ("'▯▯▯'", "'We are open.'")),
    ([], [OPEN], ("nothing more", "'We are open.'")),
]


@pytest.mark.parametrize(("heard", "lines"), ALIKE)
def test_what_is_alike(heard: list[str], lines: list[Line]) -> None:
    assert Comparison().difference(uttered(*heard), lines) is None


@pytest.mark.parametrize(("heard", "lines", "told"), UNLIKE)
def test_what_is_not(heard: list[str], lines: list[Line], told: tuple[str, str]) -> None:
    assert Comparison().difference(uttered(*heard), lines) == told


@pytest.mark.parametrize("letters", range(len("weareopenfromninetofive") + 1))
def test_two_letters_at_the_cut_are_a_trifle(letters: int) -> None:
    text, recorded = "weareopenfromninetofive", 12
    wrong = Comparison().difference(uttered(f"{text[:letters]}▯"), [Line(text[:recorded], interrupted=True)])
    assert (wrong is None) is (abs(letters - recorded) <= 2)


@pytest.mark.parametrize(
    ("heard", "alike"),
    [
        ("Hello! How can I help?", True),
        ("He▯lo! H▯w can I help▯", True),
        ("Hello!▯How can I help?", True),
        ("▯" * 22, True),
        ("He▯! How can I help?", False),
        ("Hello! How can I helb?", False),
        ("Hello! How can I", False),
    ],
)
def test_a_line_that_loses_frames_excuses_characters_and_nothing_else(heard: str, alike: bool) -> None:
    assert (Comparison(blurred=True).difference(uttered(heard), [GREETING]) is None) is alike


def test_a_lost_letter_of_two_bytes_may_be_two() -> None:
    assert Comparison(blurred=True).difference(uttered("Perch▯▯"), [Line("Perché")]) is None
    assert Comparison(blurred=True).difference(uttered("Perch▯"), [Line("Perché")]) is None


@pytest.mark.parametrize(
    ("heard", "alike"),
    [
        (["Hello! How", "We are open."], True),
        (["Hello! How▯", "We are open."], True),
        (["We are open."], True),
        (["We are open.", "Hello! How can I help?"], False),
        (["Hello! How can I help?", "Nobody said that."], False),
    ],
)
def test_where_nobody_tells_how_much_was_said_lines_may_be_cut_and_nothing_else(heard: list[str], alike: bool) -> None:
    assert (Comparison(streamed=False).difference(uttered(*heard, told=False), [GREETING, OPEN]) is None) is alike


@pytest.mark.parametrize(
    ("told", "alike"), [((True, False), True), ((False, False), True), ((True, True), False), ((False, True), False)]
)
def test_a_call_may_have_both(told: tuple[bool, bool], alike: bool) -> None:
    heard = [Utterance("Hello! How can I help?", told[0]), Utterance("We are▯", told[1])]
    assert (Comparison().difference(heard, [GREETING, OPEN]) is None) is alike


# --- the rule ---------------------------------------------------------------------------------------------------


class Still:
    at = 0

    def now(self) -> int:
        return self.at

    def wall(self) -> object:
        return EPOCH


def found(
    transcript: Sequence[Mapping[str, Any]] | None,
    *heard: str,
    streamed: bool = True,
    who: str = "anna",
    began: int = 0,
    deaths: Sequence[int] = (),
    closed: bool = False,
    direction: str = "two-way",
) -> list[str]:
    record = None if transcript is None else {"callId": "own-1", "transcript": transcript}
    rule = HeardIsRecorded(
        SimpleNamespace(record_of=lambda any_id: record),
        SimpleNamespace(calls=[SimpleNamespace(number=1, carrier_id="CA1")]),  # type: ignore[arg-type]
        frozenset({"lossy"}),
        ("We're sorry.",),
    )
    clock = Still()
    journal = Journal(clock)  # type: ignore[arg-type]
    said: list[str | None] = []
    journal.listen(lambda entry: said.append(rule.feed(entry)) if fed(rule, entry) else None)
    for clock.at in deaths:
        journal.write("app", "crash", {})
    if streamed:
        clock.at = 0
        journal.write("twilio", "stream", {"event": "opened", "call": 1, "stream": 1, "direction": direction})
    if closed:
        clock.at = 20
        journal.write("twilio", "stream", {"event": "closed", "call": 1, "stream": 1})
    for text in heard:
        journal.write(who, "heard", {"call": 1, "text": text, "began": began, "ended": began + 10, "cut": False})
    assert not any(said)
    return list(rule.finish())


def fed(rule: HeardIsRecorded, entry: Entry) -> bool:
    return entry.kind in rule.kinds


def test_the_message_names_what_was_heard_and_what_the_record_says() -> None:
    assert found([{"bot": "Hello."}, {"user": "Hi."}, {"bot": "We are open."}], "Hello.", "▯▯▯") == [
        "on call 1 anna heard '▯▯▯', where the record says 'We are open.'"
    ]


def test_what_is_right_is_no_finding() -> None:
    assert found([{"bot": "Hello."}, {"user": "Hi."}, {"bot": "We a", "interrupted": True}], "Hello.", "We are▯") == []


@pytest.mark.parametrize("streamed", [False, True])
def test_a_cut_that_nobody_told_of(streamed: bool) -> None:
    assert bool(found([{"bot": "Hello."}], "He▯", streamed=streamed)) is streamed


@pytest.mark.parametrize(("closed", "alike"), [(False, False), (True, True)])
def test_what_is_said_after_the_stream_is_the_carriers(closed: bool, alike: bool) -> None:
    assert (found([{"bot": "Hello."}], "He▯", closed=closed, began=50) == []) is alike


def test_a_stream_that_only_listens_speaks_nothing() -> None:
    assert found([{"bot": "Hello."}], "He▯", direction="one-way") == []


def test_calls_without_a_record_are_nobodys_affair() -> None:
    assert found(None, "Hello.") == []


def test_what_the_carrier_announces_is_not_the_applications() -> None:
    assert found([{"bot": "Hello."}], "Hello.", "We're sorry.") == []


def test_losses_of_the_line_are_excused() -> None:
    assert found([{"bot": "Hello."}], "He▯lo.", who="lossy") == []
    assert found([{"bot": "Hello."}], "He▯lo.") != []


def test_an_application_that_dies_does_not_know_what_it_was_saying() -> None:
    assert found([], "Hello.", deaths=[5]) == []
    assert found([{"bot": "Hello."}], "Hello.", deaths=[5]) == []
    assert found([], "Hello.", deaths=[11]) != []


def test_nothing_heard_of_what_is_recorded() -> None:
    assert found([{"bot": "Hello."}]) == ["on call 1 somebody heard nothing more, where the record says 'Hello.'"]
