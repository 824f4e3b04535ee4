"""Media streams on the ladder."""

from __future__ import annotations

from typing import Any

import pytest

from voicecall_sim.report.rungs import Lane, Tone, rung

from .conftest import Diary

APP, CARRIER = Lane.APP, Lane.CARRIER


@pytest.mark.parametrize(
    ("data", "source", "label", "aside", "tone", "minor"),
    [
        ({"event": "opened"}, CARRIER, "stream 1 opened", "", Tone.PLAIN, False),
        (
            {"event": "refused", "reason": "the answer was 403", "status": 403, "code": 31920},
            APP,
            "stream 1 refused: the answer was 403",
            "31920",
            Tone.BAD,
            False,
        ),
        (
            {"event": "failed", "reason": "connect timeout"},
            CARRIER,
            "stream 1 failed: connect timeout",
            "",
            Tone.BAD,
            False,
        ),
        ({"event": "mark", "name": "m", "how": "queued"}, APP, "stream 1 mark: m, queued", "", Tone.PLAIN, True),
        ({"event": "mark", "name": "m", "how": "played"}, CARRIER, "stream 1 mark: m, played", "", Tone.PLAIN, True),
        ({"event": "cleared", "queued": 5}, APP, "stream 1 cleared", "", Tone.PLAIN, False),
        ({"event": "dtmf", "digit": "5"}, CARRIER, "stream 1 dtmf: 5", "", Tone.PLAIN, False),
        (
            {"event": "closed", "by": "app", "reason": "closed", "status": 1000},
            APP,
            "stream 1 closed: closed",
            "1000",
            Tone.PLAIN,
            False,
        ),
        (
            {"event": "closed", "by": "network", "reason": "connection lost", "code": 31903},
            CARRIER,
            "stream 1 closed: connection lost",
            "31903",
            Tone.BAD,
            False,
        ),
        ({"event": "turned away", "status": 403}, APP, "stream 1 turned away", "403", Tone.PLAIN, False),
        ({"event": "let in"}, CARRIER, "stream 1 let in", "", Tone.BAD, False),
    ],
)
def test_a_stream_goes_between_carrier_and_application(
    data: dict[str, Any], source: Lane, label: str, aside: str, tone: Tone, minor: bool
) -> None:
    drawn = rung(Diary().write(1, "acme", "stream", call=1, stream=1, direction="two-way", **data))
    assert (drawn.source, drawn.label, drawn.aside, drawn.tone, drawn.minor) == (source, label, aside, tone, minor)
    assert {drawn.source, drawn.target} == {APP, CARRIER}
