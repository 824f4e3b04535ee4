"""Media streams in the language: faults and expectations."""

from __future__ import annotations

from typing import Any

import pytest

from voicecall_sim.carriers.emulator import Carrier
from voicecall_sim.faults.streams import CLAIMS, TOKENS
from voicecall_sim.scenario.grammar.subjects import STREAM_EVENTS
from voicecall_sim.scenario.plan import NetStep
from voicecall_sim.scenario.verbs import net

from .reading import messages, scenario, verb


@pytest.mark.parametrize(
    ("line", "meant"),
    [
        ("net: {drop: next stream}", NetStep("drop", "next stream")),
        ("net: {drop: stream, count: 2}", NetStep("drop", "stream", count=2)),
        ("net: {delay: stream, by: 1s}", NetStep("delay", "stream", by=(1_000_000, 1_000_000))),
        ("net: {replay: last stream, copies: 2}", NetStep("replay", "last stream", options={"copies": 2})),
        (
            "net: {tamper: next stream, token: of another call, claims: an unknown call}",
            NetStep("tamper", "next stream", options={"token": "of another call", "claims": "an unknown call"}),
        ),
        (
            "net: {forge: last stream, change: {token: null}, to: /x, signature: genuine}",
            NetStep("forge", "last stream", options={"change": {"token": None}, "to": "/x", "signature": "genuine"}),
        ),
        ("net: {cut: stream}", NetStep("cut", "stream")),
        ("net: {heal: stream}", NetStep("heal", "stream")),
    ],
)
def test_faults_of_streams(line: str, meant: NetStep) -> None:
    assert verb(line) == meant


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("net: {forge: last webhook, token: missing}", "`token` is what a stream tells"),
        ("net: {tamper: next webhook, claims: another call}", "`claims` is what a stream tells"),
        ("net: {drop: stream, of: {rest: create call}}", "streams cannot be told apart"),
        ("net: {forge: last stream, token: stolen}", "`stolen` is not a kind of token"),
        ("net: {forge: last stream, claims: me}", "`me` is not a call that is claimed"),
        ("net: {forge: next stream}", "`next stream` is not something to forge"),
        ("expect: {stream: connected}", "`connected` is not an event of a stream"),
        ("expect: {stream: {event: mark, how: lost}}", "`lost` is not a state of a mark"),
        ("expect: {stream: {state: opened}}", "a stream has no `state`"),
    ],
)
def test_what_cannot_be_said_of_streams(line: str, message: str) -> None:
    assert messages(scenario(line)) == [message]


OPENED = {"event": "opened", "call": 1, "stream": 1, "direction": "two-way"}
CLOSED = {"event": "closed", "by": "app", "reason": "closed", "status": 1000, "played": 1000, "direction": "two-way"}


@pytest.mark.parametrize(
    ("expected", "actual", "matches"),
    [
        ("opened", OPENED, True),
        ("opened", CLOSED, False),
        ("{event: closed, by: app}", CLOSED, True),
        ("{event: closed, status: 1000, played: {between: [1, 2000]}}", CLOSED, True),
        ("{event: closed, by: network}", CLOSED, False),
        ("{direction: one-way}", OPENED, False),
    ],
)
def test_what_is_expected_of_streams(expected: str, actual: dict[str, Any], matches: bool) -> None:
    assert verb(f"expect: {{stream: {expected}}}").expected.what.matches(actual) is matches


def test_the_language_has_the_words_of_the_faults_and_of_carriers() -> None:
    assert set(net.TOKENS) == set(TOKENS)
    assert set(net.CLAIMS) == set(CLAIMS)
    for event in STREAM_EVENTS:
        assert f"`{event}`" in str(Carrier.__doc__)
