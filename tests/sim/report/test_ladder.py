from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from voicecall_sim.report.ladder import LeftOut, Mark, Repeated, ladder, marked, plain, repeated, shortened
from voicecall_sim.report.rungs import RUNGS, Lane, Rung, Tone, describe, rung
from voicecall_sim.world.clock import micros
from voicecall_sim.world.journal import Entry

if TYPE_CHECKING:
    from conftest import Diary

DRAWN = """\
        app                             acme                            anna
0.000s  │ · app rpc voicecall.initiate    │                                │
0.050s  │                                 ├─ call 1: +15550001234 ────────▶│
        │                                 │   calls +15550005678           │
0.060s  ├─ create call ──────────── 201 ─▶│                                │
0.300s  │                                 ├─ call 1 ringing ──────────────▶│
0.310s  │◀─ status: ringing ──────── 204 ─┤                                │
3.300s  │                                 │◀─ call 1 answered ─────────────┤
3.400s  │◀─ voice (attempt 2) ────── 401 ─┤                                │
3.400s  │                                 │ ✗ 11200 HTTP retrieval failure │
4.500s  │                                 ├─ anna hears "An ──────────────▶│
        │                                 │   application error has        │
        │                                 │   occurred."                   │
4.600s  │                                 │◀─ anna says "Hello?" ──────────┤
5.100s  ━━━━━━━━━━━━━━━━━━━━━━━━━ ✗ it failed here ━━━━━━━━━━━━━━━━━━━━━━━━━
9.000s  │                                 │◀─ call 1 ended by anna ────────┤"""


def note(at: int, label: str) -> Rung:
    return Rung(at=at, source=Lane.APP, label=label)


def test_a_call_is_drawn_between_three_lanes(diary: Diary) -> None:
    assert plain(ladder(diary.entries, carrier="acme", width=76, failed_at=micros(5.1))) == DRAWN


def test_what_went_wrong_is_toned_so(diary: Diary) -> None:
    bad = [line.text for line in ladder(diary.entries, carrier="acme", failed_at=0) if line.tone is Tone.BAD]
    assert [next(word for word in ("voice", "11200", "failed") if word in line) for line in bad] == [
        "failed",
        "voice",
        "11200",
    ]


def test_nothing_of_interest_draws_nothing(diary: Diary) -> None:
    diary.entries.clear()
    diary.write(1, "app", "log", level="debug", message="hm")
    assert ladder(diary.entries, carrier="acme") == []


def test_equal_neighbours_are_told_once() -> None:
    pieces = repeated([note(1, "a"), note(2, "a"), note(3, "b"), note(4, "a")])
    assert [(piece.rung.label, piece.times) for piece in pieces if isinstance(piece, Repeated)] == [
        ("a", 2),
        ("b", 1),
        ("a", 1),
    ]
    assert " ×2 " in plain(ladder([Entry(n, n, "app", "answer", {"text": "yes"}) for n in (0, 1)], carrier="acme"))


@pytest.mark.parametrize(
    ("who", "kind", "data", "told"),
    [
        ("acme", "request", {"operation": "create call", "status": 201}, "acme  create call → 201"),
        ("acme", "request", {"method": "GET", "path": "/x", "status": 404, "code": 20404}, "acme  GET /x → 404 20404"),
        ("brain", "request", {"operation": "chat", "host": "api.ai", "status": 200}, "brain  chat at api.ai → 200"),
        ("acme", "webhook", {"kind": "voice", "event": "voice", "status": 200}, "acme  voice → 200"),
        (
            "acme",
            "webhook",
            {"kind": "status", "event": "busy", "attempt": 2, "status": 0, "error": "timeout"},
            "acme  status: busy (attempt 2), timeout → no answer",
        ),
        ("acme", "debug", {"code": 11200, "message": "failure"}, "acme  11200 failure"),
        ("anna", "heard", {"text": "Hel▯", "cut": True}, 'anna hears "Hel▯" (broken off)'),
        ("anna", "said", {"text": "Yes.", "cut": False}, 'anna says "Yes."'),
        ("anna", "keys", {"keys": "1", "way": "pressed"}, "anna presses 1"),
        ("bank", "keys", {"keys": "1", "way": "heard"}, "bank hears the keys 1"),
        ("anna", "sound", {"name": "beep"}, "anna: beep"),
        ("anna", "message", {"text": "Call me."}, 'anna keeps "Call me."'),
        ("app", "answer", {"text": "Yes.", "call": 1}, 'app  the answer is "Yes."'),
        ("app", "error", {"step": "app: {call: anna}", "error": "refused"}, "app  refused"),
        (
            "app",
            "unhandled",
            {"message": "lost", "error": "ValueError: x"},
            "app  unhandled on app: lost, ValueError: x",
        ),
        ("app", "crash", {}, "app crashes"),
        ("app", "rpc", {"door": "tool", "request": {"action": "end"}, "result": {}}, "app tool end"),
        (
            "stranger",
            "rpc",
            {"door": "request", "request": {"method": "POST", "path": "/x"}, "status": 403},
            "stranger request POST /x → 403",
        ),
        ("agent", "thought", {"heard": "hm", "unmatched": True}, 'agent: nothing is written for "hm"'),
        ("net", "fault", {"fault": "drop", "webhook": "status"}, "net  drop webhook=status"),
        ("app", "log", {"level": "warning", "message": "look"}, "app  warning: look"),
        ("moon", "rises", {"phase": 3}, "moon rises phase=3"),
    ],
)
def test_entries_in_words(who: str, kind: str, data: dict[str, Any], told: str) -> None:
    assert describe(Entry(0, 0, who, kind, data)) == told


def test_keys_that_follow_each_other_are_told_as_one() -> None:
    pressed = [Entry(at, at, "anna", "keys", {"keys": key, "way": "pressed"}) for at, key in enumerate("4711#")]
    heard = [Entry(9, 9, "anna", "keys", {"keys": "1", "way": "heard"})]
    drawn = plain(ladder([*pressed, *heard], carrier="acme"))
    assert "◀─ anna presses 4711# ─" in drawn
    assert "├─ anna hears the keys 1 ─" in drawn


@pytest.mark.parametrize(("failed_at", "place"), [(0, 0), (1, 1), (2, 3), (9, 4)])
def test_the_mark_stands_after_what_had_happened(failed_at: int, place: int) -> None:
    pieces = marked(repeated([note(1, "a"), note(2, "b"), note(2, "c"), note(3, "d")]), failed_at)
    assert pieces.index(Mark(failed_at)) == place


@pytest.mark.parametrize("failed_at", [None, 0, 5, 50, 99])
def test_a_long_ladder_keeps_its_beginning_and_the_failure(failed_at: int | None) -> None:
    pieces = marked(repeated([note(at, str(at)) for at in range(100)]), failed_at)
    kept = shortened(pieces, 20)
    shown = [piece for piece in kept if not isinstance(piece, LeftOut)]
    assert len(shown) <= 20
    assert len(shown) + sum(piece.count for piece in kept if isinstance(piece, LeftOut)) == len(pieces)
    assert kept[:6] == pieces[:6]
    around = pieces.index(Mark(failed_at)) if failed_at is not None else 99
    assert pieces[around] in kept


def test_what_is_left_out_is_counted() -> None:
    entries = [Entry(at, at, "app", "answer", {"text": str(at)}) for at in range(40)]
    lines = plain(ladder(entries, carrier="acme", failed_at=39, most=20)).splitlines()
    assert [line.split() for line in lines if "⋮" in line] == [["⋮", "21", "more"]]


def test_a_short_ladder_is_left_alone() -> None:
    pieces = repeated([note(1, "a"), note(2, "b")])
    assert shortened(pieces, 2) == pieces


VALUES = st.none() | st.integers(-1, 10**9) | st.text(max_size=60) | st.lists(st.integers(), max_size=3)
ENTRIES = st.lists(
    st.builds(
        Entry,
        st.just(0),
        st.integers(0, 10**12),
        st.sampled_from(["app", "acme", "anna", "net"]),
        st.sampled_from([*RUNGS, "unheard of"]),
        st.dictionaries(
            st.sampled_from(
                ["state", "status", "direction", "text", "keys", "way", "level", "event", "kind", "by", "other"]
            ),
            VALUES,
        ),
    ),
    max_size=8,
)


@given(ENTRIES, st.integers(1, 300), st.none() | st.integers(0, 10**12))
def test_every_line_is_as_wide_as_the_paper(entries: list[Entry], width: int, failed_at: int | None) -> None:
    lines = ladder(entries, carrier="acme", width=width, failed_at=failed_at)
    assert {cell_len(line.text) for line in lines[1:]} <= {min(max(width, 60), 160)}
    assert all(line.text.isprintable() for line in lines)


@pytest.mark.parametrize(
    ("kind", "data", "minor"),
    [
        ("webhook", {"kind": "partial", "status": 200}, True),
        ("webhook", {"kind": "partial", "status": 500}, False),
        ("webhook", {"kind": "status", "status": 200}, False),
        ("log", {"level": "info"}, True),
        ("log", {"level": "WARNING"}, False),
        ("step", {}, True),
        ("unheard of", {}, True),
        ("fault", {}, False),
    ],
)
def test_the_unimportant_may_be_left_out(kind: str, data: dict[str, Any], minor: bool) -> None:
    assert rung(Entry(0, 0, "acme", kind, data)).minor is minor


@pytest.mark.parametrize(
    ("data", "lanes", "label"),
    [
        ({"direction": "outbound", "state": "ringing"}, (Lane.CARRIER, Lane.PEOPLE), "call 1 ringing"),
        ({"direction": "inbound", "state": "ringing"}, (Lane.PEOPLE, Lane.CARRIER), "call 1 ringing"),
        ({"direction": "outbound", "state": "answered"}, (Lane.PEOPLE, Lane.CARRIER), "call 1 answered"),
        ({"state": "ended", "by": "app", "cause": "normal"}, (Lane.CARRIER, Lane.PEOPLE), "call 1 ended by app"),
        ({"state": "ended", "by": "anna", "cause": "busy"}, (Lane.PEOPLE, Lane.CARRIER), "call 1 ended by anna (busy)"),
    ],
)
def test_a_call_moves_towards_whom_it_concerns(data: dict[str, Any], lanes: tuple[Lane, Lane], label: str) -> None:
    drawn = rung(Entry(0, 0, "acme", "call", {"call": 1} | data))
    assert ((drawn.source, drawn.target), drawn.label) == (lanes, label)
